import Foundation
import Testing

/// Nodes that behave as badly as a real sshd lets them: whatever they send, gantry's memory and time stay bounded, and
/// no escape sequence of theirs reaches the terminal.
@Suite(.lab("bad=none", "good=none"), .serialized)
struct HostileNodeTests {
  private static let terminal = Lab.root + "/lab/lib/terminal"

  /// Gives every command on `bad` this shell text in its place.
  private func force(_ lab: Lab, _ text: String, _ more: String...) async throws {
    let script = "#!/bin/bash\n" + text + "\n"
    try script.write(toFile: lab.work + "/force", atomically: true, encoding: .utf8)
    let set = try await Lab.execute(
      "/bin/sh",
      [
        "-c", "\"$0\" sh \"$1\" bad -- sh -c 'cat >/run/force; chmod 755 /run/force' <\"$2\"",
        Lab.root + "/lab/lab", lab.name, lab.work + "/force",
      ])
    try #require(set.status == 0, "\(set.errors)")
    let options = try await Lab.execute(
      Lab.root + "/lab/lab", ["sshd", lab.name, "bad", "ForceCommand /run/force"] + more)
    try #require(options.status == 0, "\(options.errors)")
  }

  private struct OnTerminal {
    let outcome: Lab.Outcome
    let kilobytes: Int
    let seconds: Double
  }

  /// Runs gantry on a terminal, where a hostile sequence would do harm.
  private func run(_ lab: Lab, _ command: String, _ more: [String]) async throws -> OnTerminal {
    let start = ContinuousClock.now
    let outcome = try await Lab.execute(
      Self.terminal,
      [
        "--memory", Lab.gantry, command, "-i", lab.inventory, "--known-hosts", lab.directory + "/known_hosts",
        "--state-dir", lab.state, "--retries", "0",
      ] + more)
    let memory = outcome.errors.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }
    return OnTerminal(
      outcome: outcome, kilobytes: try #require(memory, "\(outcome.errors)"),
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// What gantry itself writes: colours, cursor up, erase below.
  private func expectOnlyOwnSequences(_ text: String, _ what: String) {
    let rest = text.replacing(/\u{1b}\[[0-9;]*[mAJ]/, with: "")
    #expect(
      !rest.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{7}" || $0 == "\u{9b}" }, "\(what): \(rest)")
  }

  @Test(arguments: [
    ("endless output", "exec cat /dev/zero"),
    ("endless text", "exec yes 'some text'"),
    ("endless errors", "exec cat /dev/zero >&2"),
    ("endless lines on both", "yes x >&2 & exec yes y"),
  ])
  func floodsAreBounded(name: String, text: String) async throws {
    let lab = try Lab.current
    try await force(lab, text)
    let check = try await run(lab, "exec", ["-o", "json", "--command-timeout", "5", "--", "id"])
    #expect(check.outcome.status == 1)
    #expect(check.outcome.output.contains("command-timeout"), "\(name): \(check.outcome.output.suffix(2000))")
    #expect(check.seconds < 25, "\(name): \(check.seconds) s")
    #expect(check.kilobytes < 200_000, "\(name): \(check.kilobytes) KiB")
    FaultTable.row("node sends \(name)", "failed (`command-timeout`), \(check.kilobytes >> 10) MiB", exit: 1)
  }

  @Test func aLineOfAGigabyte() async throws {
    let lab = try Lab.current
    try await force(lab, "head -c 1000000000 /dev/zero | tr '\\0' a; echo; exit 0")
    let check = try await run(lab, "exec", ["-o", "json", "--command-timeout", "60", "--", "id"])
    #expect(check.outcome.status == 1)
    // It ended with exit 0 and never ran what it was asked to.
    #expect(
      !check.outcome.output.contains(#""status" : "changed","#)
        || check.outcome.output.contains("remote-exit"))
    #expect(check.seconds < 90)
    #expect(check.kilobytes < 200_000, "\(check.kilobytes) KiB")
    FaultTable.row(
      "node sends a line of 1 GB", "failed, \(check.kilobytes >> 10) MiB", exit: check.outcome.status)
  }

  @Test func sequencesForTheTerminal() async throws {
    let lab = try Lab.current
    let harm =
      "\\033]0;PWNED\\007\\033[2J\\033[31m\\302\\233 1m\\033P+q\\033\\\\ \\342\\200\\256reversed\\r\\b"
    try "Welcome \u{1b}]0;PWNED\u{7}\u{1b}[2J\n".write(
      toFile: lab.work + "/banner", atomically: true, encoding: .utf8)
    _ = try await Lab.execute(
      "/bin/sh",
      [
        "-c", "\"$0\" sh \"$1\" bad -- sh -c 'cat >/run/banner' <\"$2\"", Lab.root + "/lab/lab", lab.name,
        lab.work + "/banner",
      ])
    for text in [
      "printf '\(harm)'; printf '\(harm)' >&2; exit 3",
      // With the frame's marks, as if it were the command's own.
      "printf '\(harm)'; eval \"$SSH_ORIGINAL_COMMAND\"; printf '\(harm)' >&2",
    ] {
      try await force(lab, text, "Banner /run/banner")
      for (command, more) in [
        ("check", ["-vv"]), ("exec", ["-vv", "--", "id"]), ("exec", ["-o", "json", "--", "id"]),
      ] {
        let seen = try await run(lab, command, more)
        expectOnlyOwnSequences(seen.outcome.output, "\(command) \(more)")
        expectOnlyOwnSequences(seen.outcome.errors, "\(command) \(more)")
        #expect(seen.outcome.status != 2)
      }
      expectOnlyOwnSequences(try await lab.show([]).output, "runs show")
    }
    FaultTable.row("node sends escape sequences", "made visible, none reaches the terminal", exit: 1)
  }

  @Test(arguments: [
    ("lies: exit 0 and nothing done", "exit 0"),
    ("lies: a trailer with another run's word", "printf '\\036abc start\\n\\n\\036abc end 0\\n' >&2; exit 0"),
    ("closes the channel at once", "kill -9 $PPID; exit 0"),
    (
      "lies: says it started, never that it ended",
      "eval \"$(echo \"$SSH_ORIGINAL_COMMAND\" | sed 's/ end /xx/')\"; exit 0"
    ),
  ])
  func aStatusThatIsNone(name: String, text: String) async throws {
    let lab = try Lab.current
    try await force(lab, text)
    for (command, more) in [("exec", ["--", "id"]), ("check", [])] as [(String, [String])] {
      let outcome = try await Lab.execute(
        Lab.gantry,
        [
          command, "-i", lab.inventory, "-l", "bad", "--known-hosts", lab.directory + "/known_hosts",
          "--state-dir", lab.state, "--retries", "0", "-o", "json",
        ] + more)
      #expect(outcome.status == 1, "\(name), \(command): \(outcome.output)")
      let node = try #require(try outcome.document()["bad"])
      #expect(node.status == "failed" || node.status == "unreachable", "\(name)")
      #expect(node.error != nil)
      if command == "exec" { FaultTable.row("node \(name)", node, outcome.status) }
    }
  }

  @Test func neverAnswers() async throws {
    let lab = try Lab.current
    try await force(lab, "sleep 600")
    let silent = try await run(lab, "exec", ["-o", "json", "--command-timeout", "3", "--", "id"])
    #expect(silent.outcome.status == 1 && silent.outcome.output.contains("command-timeout"))
    #expect(silent.seconds < 15)
    try await lab.lab("pause", "bad", "sshd")
    let frozen = try await lab.gantry("exec", "-o", "json", "--timeout", "3", "--retries", "0", "--", "id")
    try await lab.lab("resume", "bad", "sshd")
    let document = try frozen.document()
    #expect(document["bad"]?.status == "unreachable")
    #expect(document["bad"]?.error?.code == "login-timeout")
    // The other is as it always is.
    #expect(document["good"]?.status == "changed")
    FaultTable.row("node takes the connection and never answers", document["bad"], frozen.status)
  }

  @Test func aHugeBanner() async throws {
    let lab = try Lab.current
    _ = try await lab.inside("bad", "sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' b >/run/banner")
    try await force(lab, "eval \"$SSH_ORIGINAL_COMMAND\"", "Banner /run/banner")
    let seen = try await run(lab, "exec", ["-o", "json", "--", "id"])
    #expect(seen.seconds < 25)
    #expect(seen.kilobytes < 200_000)
    #expect(!seen.outcome.output.contains("bbbbbbbbbb"))
    FaultTable.row(
      "node sends a banner of 1 MB", "exit \(seen.outcome.status), \(seen.kilobytes >> 10) MiB",
      exit: seen.outcome.status)
  }
}
