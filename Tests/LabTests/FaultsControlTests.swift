import Foundation
import Testing

/// What happens to this machine and to gantry itself: no room for the record, signals, terminals that go away, clocks
/// that jump.
@Suite(.lab("n1=containerd", "n2=docker"), .serialized)
struct FaultsControlTests {
  private static let terminal = Lab.root + "/lab/lib/terminal"

  private func words(_ lab: Lab, _ command: String, state: String? = nil, _ more: [String]) -> [String] {
    [
      command, "-i", lab.inventory, "--known-hosts", lab.directory + "/known_hosts", "--state-dir",
      state ?? lab.state,
    ] + more
  }

  private func expectCancelledAndFinish(_ lab: Lab, _ bundle: String, _ fault: String, _ status: Int32)
    async throws
  {
    for node in ["n1", "n2"] { try await lab.lab("link", node, "clear") }
    let show = try await lab.show(["-o", "json"])
    #expect(
      show.output.contains("cancelled"), "\(fault): the record does not say so: \(show.output)\(show.errors)")
    for node in ["n1", "n2"] { try await lab.expectNoImport(node) }
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(fault): \(rerun.errors)")
    #expect(try await lab.gantry("verify", bundle).status == 0)
    FaultTable.row(fault, "cancelled and recorded, `rerun` finishes", exit: status)
  }

  @Test(arguments: ["TERM", "HUP"]) func signals(_ signal: String) async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.2\(signal.count).0", size: "3M", images: 2, "--seed", signal)
    for node in ["n1", "n2"] { try await lab.lab("link", node, "rate", "2mbit") }
    let stopped = try await Lab.execute(
      "/usr/bin/timeout",
      ["--preserve-status", "-s", signal, "5", Lab.gantry] + words(lab, "load", [bundle, "-o", "json"]))
    #expect(stopped.status == 130, "\(stopped.errors)")
    #expect(try stopped.document().nodes.allSatisfy { $0.status == "cancelled" })
    try await expectCancelledAndFinish(lab, bundle, "SIG\(signal)", stopped.status)
  }

  @Test func aTerminalThatIsClosed() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.30.0", size: "3M", images: 2)
    for node in ["n1", "n2"] { try await lab.lab("link", node, "rate", "2mbit") }
    let closed = try await Lab.execute(
      Self.terminal, ["--close-after", "5", Lab.gantry] + words(lab, "load", [bundle]))
    #expect(closed.status == 130, "\(closed.errors)")
    try await expectCancelledAndFinish(lab, bundle, "terminal closed", closed.status)
  }

  /// A file system of a few hundred KiB for the record.
  private func smallDisk<Value>(_ lab: Lab, _ body: (String) async throws -> Value) async throws -> Value {
    let folder = lab.work + "/small"
    let image = lab.work + "/small.img"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let made = try await Lab.execute(
      "/bin/sh",
      [
        "-c", "truncate -s 512K $0 && mkfs.ext4 -q -m 0 -O ^has_journal $0 && mount -o loop $0 $1", image,
        folder,
      ])
    try #require(made.status == 0, "\(made.errors)")
    let result: Value
    do {
      result = try await body(folder)
    } catch {
      _ = try await Lab.execute("/bin/sh", ["-c", "umount -l $0; rm -f $1", folder, image])
      throw error
    }
    _ = try await Lab.execute("/bin/sh", ["-c", "umount -l $0; rm -f $1", folder, image])
    return result
  }

  @Test func noRoomForTheRecordBefore() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.40.0", size: "500K", images: 1)
    let before = try lab.connections("n1")
    try await smallDisk(lab) { folder in
      _ = try await Lab.execute("/bin/sh", ["-c", "head -c 1M /dev/zero >$0/fill 2>/dev/null", folder])
      let load = try await Lab.execute(
        Lab.gantry, words(lab, "load", state: folder + "/state", [bundle, "-o", "json"]))
      #expect(load.status == 2)
      #expect(load.output.isEmpty)
      #expect(load.errors.contains("(state-dir-unusable)"), "\(load.errors)")
      #expect(load.errors.contains("o space left on device"), "\(load.errors)")
      #expect(try lab.connections("n1") == before, "a node was touched")
      FaultTable.row("no room for the record on this machine", "refused, nothing touched", exit: load.status)
    }
  }

  @Test func noRoomForTheRecordInTheMiddle() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.41.0", size: "3M", images: 2)
    for node in ["n1", "n2"] { try await lab.lab("link", node, "rate", "4mbit") }
    try await smallDisk(lab) { folder in
      let load = Task {
        try await Lab.execute(
          Lab.gantry, words(lab, "load", state: folder + "/state", [bundle, "-o", "json"]))
      }
      try await Task.sleep(for: .seconds(3))
      _ = try await Lab.execute("/bin/sh", ["-c", "head -c 1M /dev/zero >$0/fill 2>/dev/null", folder])
      let outcome = try await load.value
      // The fleet's work does not depend on this machine's disk, and the result is told.
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try outcome.document().nodes.allSatisfy { $0.status == "changed" })
      #expect(outcome.errors.contains("record"), "nothing tells of the hole: \(outcome.errors)")
      FaultTable.row(
        "this machine's disk full during the run", "the nodes are loaded and told, the record's hole too",
        exit: outcome.status)
    }
    for node in ["n1", "n2"] { try await lab.lab("link", node, "clear") }
    #expect(try await lab.gantry("verify", bundle).status == 0)
  }

  /// An hour forward and two days back, for every reading of the wall clock of the process.
  @Test(arguments: ["+3600", "-172800"]) func aClockThatJumps(_ offset: String) async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.5\(offset.count).0", size: "2M", images: 2, "--seed", offset)
    for node in ["n1", "n2"] { try await lab.lab("link", node, "rate", "4mbit") }
    let file = lab.work + "/clock"
    try "+0\n".write(toFile: file, atomically: true, encoding: .utf8)
    let library = try await Lab.execute("/bin/sh", ["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"])
    let preload = library.output.trimmingCharacters(in: .whitespacesAndNewlines)
    try #require(library.status == 0, "libfaketime is missing: lab/setup installs it")
    let load = Task {
      try await Lab.execute(
        Lab.gantry, words(lab, "load", [bundle, "-o", "json"]),
        environment: [
          "LD_PRELOAD": preload, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
          "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ])
    }
    try await Task.sleep(for: .seconds(3))
    try "\(offset)\n".write(toFile: file, atomically: false, encoding: .utf8)
    let outcome = try await load.value
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try outcome.document()
    #expect(document.nodes.allSatisfy { $0.status == "changed" && $0.attempts == 1 })
    #expect((0.1...120).contains(document.seconds), "\(document.seconds)")
    for node in ["n1", "n2"] { try await lab.lab("link", node, "clear") }
    #expect(try await lab.gantry("verify", bundle).status == 0)
    FaultTable.row("clock jumps by \(offset) s during the run", document.nodes.first, outcome.status)
  }

  @Test func killedAtAnyMomentARerunCompletesTheUnion() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.60.0", size: "4M", images: 3)
    for node in ["n1", "n2"] { try await lab.lab("link", node, "rate", "8mbit") }
    for moment in ["0.7", "2", "3.3"] {
      _ = try await Lab.execute(
        "/usr/bin/timeout", ["-s", "KILL", moment, Lab.gantry] + words(lab, "load", [bundle]))
    }
    for node in ["n1", "n2"] { try await lab.lab("link", node, "clear") }
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.output)\(rerun.errors)")
    let names = try Set(rerun.document().nodes.map(\.name))
    #expect(names.isSubset(of: ["n1", "n2"]))
    #expect(try await lab.gantry("verify", bundle).status == 0)
    FaultTable.row("kill -9 three times, then `rerun`", "complete on every node", exit: rerun.status)
  }
}
