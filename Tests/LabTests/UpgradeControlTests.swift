import Foundation
import Testing

/// Where helm runs, and what becomes of it when somebody stops it.
@Suite(.serialized, .lab("n1=containerd", "c1=control"))
struct UpgradeControlTests {
  @Test func onThisMachine() async throws {
    let lab = try Lab.current
    let first = try await lab.bundle("0.20.0")
    let second = try await lab.bundle("0.21.0")
    for bundle in [first, second] { try await lab.load(bundle, on: "n1") }
    _ = try await lab.install(first, "0.20.0", namespace: "here")
    let here = lab.work + "/here.yaml"
    try "all:\n  hosts:\n    here:\n      ansible_connection: local\n".write(
      toFile: here, atomically: true, encoding: .utf8)
    // A home of its own, so that nothing is left in the tester's.
    let home = lab.work + "/home"
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let upgraded = try await lab.gantry(
      "upgrade", second,
      options: [
        "-i", here, "--control", "here", "--kubeconfig", lab.directory + "/kubeconfig", "--release", "kpanda",
        "-n",
        "here", "--registry", Lab.registry, "-o", "json",
      ], environment: ["HOME": home, "PATH": Lab.root + "/.lab/tools:" + path])
    #expect(upgraded.status == 0, "\(upgraded.errors)")
    let document = try upgraded.document()
    #expect(document["here"]?.status == "changed")
    #expect(document["n1"]?.status == "ok")
    #expect(document["c1"] == nil)
    let upgrade = try #require(document.upgrade)
    #expect(upgrade.toRevision == 2)
    #expect(upgrade.backups.count == 2)
    #expect(upgrade.backups.last?.hasPrefix(home) == true)
    #expect(try await lab.history(namespace: "here").last?.chart == "kpanda-0.21.0")
    // The control node over SSH saw nothing of it.
    #expect(try await lab.inside("c1", "ls", "/root/gantry-backups").status != 0)
  }

  @Test func anInterruptedUpgradeSaysWhatStateTheReleaseIsIn() async throws {
    let lab = try Lab.current
    let first = try await lab.bundle("0.22.0")
    let second = try await lab.bundle("0.23.0")
    for bundle in [first, second] { try await lab.load(bundle, on: "n1") }
    _ = try await lab.install(first, "0.22.0", namespace: "stopped")
    _ = try await lab.lab("never-ready", "stopped/kpanda-apiserver")
    let words = [
      "--preserve-status", "-s", "INT", "12", Lab.gantry, "upgrade", second, "-i", lab.inventory,
      "--known-hosts",
      lab.directory + "/known_hosts", "--state-dir", lab.state, "--release", "kpanda", "-n", "stopped",
      "--registry", Lab.registry, "-o", "json",
    ]
    let stopped = try await Lab.execute("/usr/bin/timeout", words)
    _ = try await lab.lab("never-ready")
    #expect(stopped.status == 130, "\(stopped.errors)")
    let document = try stopped.document()
    #expect(document["c1"]?.status == "cancelled")
    // helm was asked to stop, and had the time to say that it did.
    #expect(document.upgrade?.status == "failed")
    #expect(document.upgrade?.toRevision == 2)
    #expect(document.upgrade?.rolledBack == false)
    #expect(document.upgrade?.wayBack.first == "helm rollback kpanda 1 -n stopped")
    #expect(try await lab.history(namespace: "stopped").map(\.status) == ["deployed", "failed"])
    #expect(
      try await lab.inside("c1", "sh", "-c", "pgrep -x helm; ls -d /tmp/gantry* 2>/dev/null").output.isEmpty)

    // Pods that are there stay as they were made; new ones get ready. Taken up again, it goes through.
    _ = try await lab.kubectl("delete", "pods", "--all", "-n", "stopped")
    let again = try await lab.gantry("rerun", options: ["-o", "json"])
    #expect(again.status == 0, "\(again.errors)")
    #expect(try again.document().upgrade?.status == "deployed")
  }

  @Test func aReleaseThatIsNotThereIsInstalledWhenAsked() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.24.0")
    try await lab.load(bundle, on: "n1")
    let place = ["--release", "kpanda", "-n", "fresh", "--registry", Lab.registry]
    let refused = try await lab.gantry("upgrade", bundle, options: place)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("there is no release kpanda"))
    let values = lab.work + "/mine.yaml"
    try "global: {db: {redis: {url: 'redis://:hunter22@r:6379/0'}}}\n".write(
      toFile: values, atomically: true, encoding: .utf8)
    let installed = try await lab.gantry(
      "upgrade", bundle,
      options: place + ["--install", "--create-namespace", "--values", values, "-o", "json"])
    #expect(installed.status == 0, "\(installed.errors)")
    let upgrade = try #require(try installed.document().upgrade)
    #expect(upgrade.fromRevision == nil)
    #expect(upgrade.toRevision == 1)
    #expect(upgrade.status == "deployed")
    #expect(upgrade.backups.isEmpty)
    let now = try await lab.helm("get", "values", "kpanda", "-n", "fresh", "-o", "yaml")
    #expect(now.contains("redis://:hunter22@r:6379/0"))
    #expect(!(installed.output + installed.errors).contains("hunter22"))
  }
}
