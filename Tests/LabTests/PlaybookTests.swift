import Foundation
import Testing

/// Playbooks on real nodes: files and commands, batches, a step that stops, a kill, and taking up again.
@Suite(.lab("n1=none", "n2=none", "n3=none"), .serialized)
struct PlaybookTests {
  private func write(_ lab: Lab, _ name: String, _ text: String) throws -> String {
    let path = lab.work + "/" + name
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func lines(_ lab: Lab, _ node: String, _ file: String) async throws -> [String] {
    try await lab.inside(node, "sh", "-c", "cat \(file) 2>/dev/null || true").output.split(separator: "\n")
      .map(String.init)
  }

  @Test func aStepThatStopsIsTakenUpAgain() async throws {
    let lab = try Lab.current
    _ = try write(lab, "app.conf", "key = value\n")
    // The second step fails on n2 alone: its folder is not there.
    for node in ["n1", "n3"] { _ = try await lab.inside(node, "mkdir", "-p", "/srv/app") }
    let book = try write(
      lab, "app.yaml",
      """
      variables:
        word: {default: one}
      steps:
        - name: first
          exec: {shell: 'echo "$1" >> /srv/first', arguments: ["${{ word }}"]}
        - name: conf
          copy: {from: app.conf, to: /srv/app/app.conf, mode: "0640"}
        - name: last
          exec: {shell: echo x >> /srv/last}
      """)
    let stopped = try await lab.gantry("run", book, options: ["-o", "json", "--set", "word=two words"])
    #expect(stopped.status == 1, "\(stopped.errors)")
    let document = try stopped.document()
    #expect(document.steps?.map(\.status) == ["changed", "failed", "not-begun"])
    #expect(document.steps?[1].nodes.map(\.status) == ["changed", "failed", "changed"])
    #expect(document["n2"]?.status == "failed" && document["n2"]?.error?.code == "remote-exit")
    #expect(stopped.errors.contains("no folder /srv/app"))
    for node in ["n1", "n2", "n3"] { #expect(try await lines(lab, node, "/srv/last").isEmpty) }

    _ = try await lab.inside("n2", "mkdir", "-p", "/srv/app")
    let before = try lab.connections("n1").logins
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    let again = try rerun.document()
    #expect(again.steps?.map(\.status) == ["changed", "changed", "changed"])
    for node in ["n1", "n2", "n3"] {
      // The first step was not done again; the others are whole.
      #expect(try await lines(lab, node, "/srv/first") == ["two words"])
      #expect(try await lines(lab, node, "/srv/app/app.conf") == ["key = value"])
      #expect(try await lines(lab, node, "/srv/last") == ["x"])
      let mode = try await lab.inside(node, "stat", "-c", "%a", "/srv/app/app.conf")
      #expect(mode.output == "640\n")
    }
    // A node that was done with the open step was only connected to for the step after it.
    #expect(try lab.connections("n1").logins == before + 1)
    let nothing = try await lab.gantry("rerun")
    #expect(nothing.status == 0 && nothing.errors.contains("every step is done"))

    // Once more from the beginning: what is right is not sent again.
    let whole = try await lab.gantry("run", book, options: ["-o", "json", "--tags", "x"])
    #expect(try whole.document().steps?.map(\.status) == ["skipped", "skipped", "skipped"])
    let equal = try await lab.gantry("run", book, options: ["-o", "json", "--start-at", "conf"])
    #expect(try equal.document().steps?.map(\.status) == ["skipped", "ok", "changed"])
  }

  @Test func aKillLeavesARecordToGoOnFrom() async throws {
    let lab = try Lab.current
    let book = try write(
      lab, "kill.yaml",
      """
      steps:
        - name: a
          exec: {shell: echo a >> /srv/a}
        - name: b
          serial: 1
          exec: {shell: echo b >> /srv/b; sleep 3}
      """)
    let killed = try await Lab.execute(
      "/usr/bin/timeout",
      [
        "-s", "KILL", "6", Lab.gantry, "run", "-i", lab.inventory, "--known-hosts",
        lab.directory + "/known_hosts",
        "--state-dir", lab.state, book,
      ])
    #expect(killed.status != 0 && killed.status != 1)
    let runs = try await lab.gantry("runs")
    #expect(runs.output.contains("killed"))
    let doneBefore = try await lines(lab, "n1", "/srv/b")
    #expect(doneBefore == ["b"])
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    #expect(try rerun.document().steps?.map(\.status) == ["changed", "changed"])
    for node in ["n1", "n2", "n3"] { #expect(try await lines(lab, node, "/srv/a") == ["a"], "\(node)") }
    // Done before the kill, and not again.
    #expect(try await lines(lab, "n1", "/srv/b") == ["b"])
    #expect(try await lines(lab, "n3", "/srv/b").isEmpty == false)
  }

  @Test func aSecretIsFedAndLeavesNoTrace() async throws {
    let lab = try Lab.current
    let book = try write(
      lab, "secret.yaml",
      """
      variables:
        pw: {secret: true, required: true}
      steps:
        - exec: {shell: "cat > /srv/pw; chmod 600 /srv/pw; cat /srv/pw", stdin: "${{ pw }}"}
      """)
    let without = try await lab.gantry("run", book)
    #expect(without.status == 2 && without.errors.contains("GANTRY_VAR_PW"))
    let given = try await lab.gantry("run", book, "--set", "pw=hunter2-x")
    #expect(given.status == 2 && !given.errors.contains("hunter2-x"))
    let run = try await lab.gantry(
      "run", book, options: ["-o", "json", "-vv"], environment: ["GANTRY_VAR_PW": "hunter2-x"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try await lines(lab, "n2", "/srv/pw") == ["hunter2-x"])
    #expect(!run.output.contains("hunter2-x") && !run.errors.contains("hunter2-x"))
    let record = try await Lab.execute("/usr/bin/grep", ["-rl", "hunter2-x", lab.state])
    #expect(record.output.isEmpty, "\(record.output)")
  }

  @Test func aPauseNeedsSomebodyAndADryRunChangesNothing() async throws {
    let lab = try Lab.current
    let book = try write(
      lab, "pause.yaml",
      """
      steps:
        - pause: {message: is everybody ready?}
        - exec: {shell: echo x >> /srv/paused}
      """)
    // Standard input of the tests is no terminal.
    let alone = try await lab.gantry("run", book)
    #expect(alone.status == 2 && alone.errors.contains("waits for somebody"))
    let before = try await lab.lab("snapshot", "n1").output
    let dry = try await lab.gantry("run", book, options: ["--check", "-o", "json"])
    #expect(dry.status == 0, "\(dry.errors)")
    #expect(try await lab.lab("snapshot", "n1").output == before)
    #expect(try await lines(lab, "n1", "/srv/paused").isEmpty)
    let yes = try await lab.gantry("run", book, options: ["--yes"])
    #expect(yes.status == 0, "\(yes.errors)")
    #expect(try await lines(lab, "n3", "/srv/paused") == ["x"])
  }

  @Test func mistakesEndBeforeAnyConnection() async throws {
    let lab = try Lab.current
    let before = try lab.connections("n1")
    let wrong = try write(
      lab, "wrong.yaml", "steps:\n  - load: {bundel: x}\n  - exec: {command: [a], become: maybe}\n")
    let run = try await lab.gantry("run", wrong)
    #expect(run.status == 2)
    // Every mistake, each with its place.
    for part in ["wrong.yaml:2", "'bundel'", "did you mean 'bundle'?", "wrong.yaml:3"] {
      #expect(run.errors.contains(part))
    }
    let lint = try await lab.gantry("playbook", "lint", wrong, "kpanda")
    #expect(lint.status == 1 && lint.output.contains("wrong.yaml:2"))
    #expect(try await lab.gantry("run", "kpnada").status == 2)
    #expect(try await lab.gantry("run", "kpanda", "--set", "bundle=/nowhere.tar").status == 2)
    #expect(try lab.connections("n1") == before)
  }
}
