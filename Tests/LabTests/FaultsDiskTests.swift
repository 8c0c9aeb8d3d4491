import Foundation
import Testing

/// Disks of nodes that are full, without inodes, or read-only, before and during a load.
@Suite(
  .lab(
    "full=containerd,disk=64M", "fills=containerd,disk=64M", "dfills=docker,disk=64M",
    "inodes=containerd,disk=64M",
    "readonly=containerd,disk=64M", "turns=containerd,disk=64M", "fine=containerd,disk=64M"),
  .serialized)
struct FaultsDiskTests {
  @Test func everyDiskHasItsOwnTrouble() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.20.0", size: "2M", images: 2)
    for node in ["fills", "dfills", "turns"] { try await lab.lab("link", node, "rate", "4mbit") }
    try await lab.lab("fill", "full")
    _ = try await lab.inside(
      "inodes", "sh", "-c",
      "mkdir /var/lib/containerd/small && cd /var/lib/containerd/small && seq 1 20000 | xargs touch 2>/dev/null"
    )
    let root = "/var/lib/containerd"
    try await Self.makeReadOnly(lab, "readonly", root)

    let running = lab.begin("load", bundle, "-o", "json")
    for node in ["fills", "dfills", "turns"] { try await lab.wait(for: "transfer", on: node, in: running) }
    async let fills: Lab.Outcome = lab.lab("fill", "fills")
    async let dfills: Lab.Outcome = lab.lab("fill", "dfills")
    async let turns: Void = Self.makeReadOnly(lab, "turns", root + "/io.containerd.content.v1.content")
    _ = try await (fills, dfills, turns)
    let outcome = try await running.outcome.value
    #expect(outcome.status == 1)
    let document = try outcome.document()
    func expect(_ node: String, _ fault: String, code: String, touched: Bool) {
      let result = document[node]
      #expect(result?.status == "failed", "\(node)")
      #expect(result?.error?.code == code, "\(node): \(String(describing: result?.error))")
      #expect(result?.error?.hint != nil, "\(node)")
      #expect(((result?.bytesSent ?? 0) > 0) == touched, "\(node) was sent \(result?.bytesSent ?? -1) bytes")
      FaultTable.row(fault, result, outcome.status, touched ? "" : "nothing was sent")
    }
    expect("full", "disk full before", code: "disk-full", touched: false)
    expect("fills", "disk full during the transfer, containerd", code: "disk-full", touched: true)
    expect("dfills", "disk full during the transfer, Docker", code: "disk-full", touched: true)
    expect("inodes", "no inode left", code: "inodes-exhausted", touched: false)
    expect("readonly", "image folder read-only before", code: "read-only-file-system", touched: false)
    expect(
      "turns", "image folder read-only during the transfer", code: "read-only-file-system", touched: true)
    #expect(document["fine"]?.status == "changed")

    // What is there under a wanted name is whole: a failed import leaves no half image behind.
    for node in ["full", "fills", "inodes", "turns"] {
      let check = try await lab.inside(node, "ctr", "-n", "k8s.io", "images", "check")
      #expect(!check.output.contains(" incomplete "), "\(node): \(check.output)")
    }
    for node in ["full", "fills", "dfills"] { try await lab.lab("free", node) }
    _ = try await lab.inside("inodes", "rm", "-rf", root + "/small")
    _ = try await lab.inside("readonly", "umount", root)
    _ = try await lab.inside("turns", "umount", root + "/io.containerd.content.v1.content")
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    #expect(try rerun.document().nodes.count == 6)
    let verify = try await lab.gantry("verify", bundle)
    #expect(verify.status == 0, "\(verify.errors)")
    FaultTable.row("those disks mended, then `rerun`", "all changed", exit: rerun.status)
  }

  /// A read-only mount over a folder: what is open stays open, and whatever is opened from now on cannot be written.
  /// A file that the daemon opened between the two steps keeps the mount busy until it is closed.
  private static func makeReadOnly(_ lab: Lab, _ node: String, _ folder: String) async throws {
    let made = try await lab.inside(
      node, "sh", "-c",
      """
      mount --bind \(folder) \(folder) || exit
      for i in $(seq 200); do mount -o remount,bind,ro \(folder) 2>/dev/null && exit; sleep 0.02; done
      mount -o remount,bind,ro \(folder)
      """)
    try #require(made.status == 0, "\(made.errors)")
  }
}
