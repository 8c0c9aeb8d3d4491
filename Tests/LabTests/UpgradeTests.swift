import Foundation
import Testing

/// A release taken from one version to the next by the real helm, on a cluster whose nodes really have the images or not.
@Suite(.serialized, .lab("n1=containerd", "n2=containerd", "c1=control"))
struct UpgradeTests {
  /// The whole page: load, migrate, definitions, upgrade; then again by repository, then what must be refused.
  @Test func byBundleThenByRepository() async throws {
    let lab = try Lab.current
    let first = try await lab.bundle("0.20.0")
    let second = try await lab.bundle("0.21.0")
    let third = try await lab.bundle("0.22.0")
    for bundle in [first, second] { try await lab.load(bundle, on: "n1,n2") }
    let url = try await lab.install(first, "0.20.0")
    let before = try await lab.helm("get", "values", "kpanda", "-n", "kpanda-system", "-o", "yaml")
    #expect(before.contains(Lab.password))

    // Dry first: it tells everything and changes nothing.
    let place = ["--release", "kpanda", "-n", "kpanda-system", "--registry", Lab.registry]
    let dry = try await lab.gantry("upgrade", second, options: place + ["--dry-run", "-o", "json"])
    #expect(dry.status == 0, "\(dry.errors)")
    let plan = try #require(try dry.document().upgrade)
    #expect(plan.commands?.last?.contains("helm upgrade kpanda") == true)
    #expect(plan.valuesDiff?.contains("?master_password=***") == true)
    #expect(plan.manifestDiff?.contains("kpanda/kpanda-apiserver:v0.21.0") == true)
    #expect(try await lab.history().count == 1)
    #expect(
      try await lab.inside("c1", "sh", "-c", "ls -d /root/gantry-backups /tmp/gantry* 2>/dev/null").output
        .isEmpty)

    let sampler = ArgumentSampler(for: Lab.password)
    let upgraded = try await lab.gantry("upgrade", second, options: place + ["-o", "json"])
    let seen = await sampler.finish()
    #expect(upgraded.status == 0, "\(upgraded.errors)")
    let document = try upgraded.document()
    #expect(document["c1"]?.status == "changed")
    #expect(document["n1"]?.images?.allSatisfy { $0.status == "present" } == true)
    let upgrade = try #require(document.upgrade)
    #expect(upgrade.fromVersion == "0.20.0")
    #expect(upgrade.toVersion == "0.21.0")
    #expect(upgrade.fromRevision == 1)
    #expect(upgrade.toRevision == 2)
    #expect(upgrade.status == "deployed")
    #expect(upgrade.rolledBack == false)
    #expect(upgrade.migrations == ["redis-sentinel-password"])
    #expect(upgrade.crds.count == 2)
    #expect(upgrade.podsNotReady.isEmpty)

    // What helm and the cluster say for themselves.
    let history = try await lab.history()
    #expect(history.map(\.status) == ["superseded", "deployed"])
    #expect(history.last?.chart == "kpanda-0.21.0")
    let image = try await lab.kubectl(
      "get", "deployment", "kpanda-apiserver", "-n", "kpanda-system", "-o",
      "jsonpath={.spec.template.spec.containers[0].image}")
    #expect(image == "\(Lab.registry)/kpanda/kpanda-apiserver:v0.21.0")
    let after = try await lab.helm("get", "values", "kpanda", "-n", "kpanda-system", "-o", "yaml")
    #expect(after.contains("\(Lab.sentinel)?master_password=\(Lab.password)"))
    #expect(try await lab.kubectl("get", "crd", "-o", "name").split(separator: "\n").count == 2)
    let version = try await lab.kubectl(
      "get", "crd", "-o", "jsonpath={.items[0].metadata.annotations.kpanda\\.io/version}")
    #expect(version == "v0.21.0")

    // Both backups are what helm said before, and private.
    try #require(upgrade.backups.count == 2)
    #expect(try String(contentsOfFile: upgrade.backups[0], encoding: .utf8) == before)
    let there = try await lab.inside("c1", "sh", "-c", "cat \(upgrade.backups[1])")
    #expect(there.output == before)
    #expect(try await lab.inside("c1", "stat", "-c", "%a", upgrade.backups[1]).output == "600\n")
    let mode = try FileManager.default.attributesOfItem(atPath: upgrade.backups[0])[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try await lab.inside("c1", "sh", "-c", "ls -d /tmp/gantry* 2>/dev/null").output.isEmpty)

    // The password is nowhere but in the backups of values.
    #expect(seen.samples > 10)
    #expect(seen.holding.isEmpty)
    for text in [dry.output, dry.errors, upgraded.output, upgraded.errors] {
      #expect(!text.contains(Lab.password))
    }
    let holding = try lab.recordsHolding(Lab.password).map { URL(fileURLWithPath: $0).lastPathComponent }
    #expect(Set(holding) == ["kpanda-bak.yaml", "kpanda-values.yaml"])

    // The same by repository: one node lacks one image, so nothing happens.
    _ = try await lab.lab("charts", third)
    try await lab.load(third, on: "n1")
    let byRepository = place + ["--repo", url]
    let refused = try await lab.gantry("upgrade", options: byRepository + ["-o", "json"])
    #expect(refused.status == 1)
    let report = try refused.document()
    #expect(report["n1"]?.status == "ok")
    #expect(report["n2"]?.status == "failed")
    #expect(report["n2"]?.error?.code == "images-missing")
    #expect(
      report["n2"]?.images?.contains {
        $0.status == "missing" && $0.reference.contains("kpanda-apiserver:v0.22.0")
      } == true)
    #expect(refused.errors.contains("n2"))
    #expect(refused.errors.contains("v0.22.0"))
    #expect(try await lab.history() == history)

    // With the images it goes through, and a rerun of the run that failed does it.
    try await lab.load(third, on: "n2")
    let run = report.run
    let again = try await lab.gantry("rerun", run, options: ["-o", "json"])
    #expect(again.status == 0, "\(again.errors)")
    #expect(try again.document().upgrade?.toVersion == "0.22.0")
    #expect(try again.document().upgrade?.migrations == [])
    #expect(
      try await lab.history().last == Lab.Revision(revision: 3, status: "deployed", chart: "kpanda-0.22.0"))
    #expect(try await lab.helm("repo", "list").contains(url))

    // Back is refused, unless somebody insists.
    let down = try await lab.gantry("upgrade", second, options: place)
    #expect(down.status == 1)
    #expect(down.errors.contains("older 0.21.0"))
    #expect(try await lab.history().count == 3)
  }

  @Test func whatNeverGetsReadyIsRolledBack() async throws {
    let lab = try Lab.current
    let namespace = "rollback"
    let first = try await lab.bundle("0.23.0")
    let second = try await lab.bundle("0.24.0")
    for bundle in [first, second] { try await lab.load(bundle, on: "n1,n2") }
    _ = try await lab.install(first, "0.23.0", namespace: namespace)
    _ = try await lab.lab("never-ready", "\(namespace)/kpanda-apiserver")
    let failed = try await lab.gantry(
      "upgrade", second,
      options: [
        "--release", "kpanda", "-n", namespace, "--registry", Lab.registry, "--rollout-timeout", "12", "-o",
        "json",
      ])
    _ = try await lab.lab("never-ready")
    #expect(failed.status == 1)
    let document = try failed.document()
    let upgrade = try #require(document.upgrade)
    #expect(upgrade.rolledBack)
    #expect(upgrade.toRevision == 3)
    #expect(upgrade.status == "deployed")
    #expect(upgrade.podsNotReady.contains { $0.name.contains("kpanda-apiserver") && !$0.reason.isEmpty })
    #expect(document["c1"]?.error?.code == "rollout-failed")
    #expect(failed.errors.contains("revision 2 was rolled back to revision 1"))
    #expect(!failed.errors.contains(Lab.password))
    #expect(!failed.output.contains(Lab.password))
    let history = try await lab.history(namespace: namespace)
    #expect(history.map(\.revision) == [1, 2, 3])
    #expect(history.last?.chart == "kpanda-0.23.0")
    let image = try await lab.kubectl(
      "get", "deployment", "kpanda-apiserver", "-n", namespace, "-o",
      "jsonpath={.spec.template.spec.containers[0].image}")
    #expect(image.hasSuffix(":v0.23.0"))
  }

  @Test func nodesInMIGModeStopOnlyTheStepTo29() async throws {
    let lab = try Lab.current
    let namespace = "mig"
    let bundles = ["0.28.0", "0.29.0", "0.30.0"]
    for version in bundles { try await lab.load(try await lab.bundle(version), on: "n1,n2") }
    _ = try await lab.install(try await lab.bundle("0.28.0"), "0.28.0", namespace: namespace)
    _ = try await lab.kubectl("label", "node", "n2", "nvidia.com/mig.config=all-1g.10gb")
    let place = [
      "--release", "kpanda", "-n", namespace, "--registry", Lab.registry, "--rollout-timeout", "60",
    ]

    let stopped = try await lab.gantry("upgrade", try await lab.bundle("0.29.0"), options: place)
    #expect(stopped.status == 1)
    #expect(stopped.errors.contains("n2: nodes in GPU MIG mode"))
    #expect(stopped.errors.contains("without disruption"))
    #expect(stopped.errors.contains("with disruption"))
    #expect(try await lab.history(namespace: namespace).count == 1)
    let label = "jsonpath={.metadata.labels.gpu\\.node\\.kpanda\\.io/nvidia-gpu-mode}"
    #expect(try await lab.kubectl("get", "node", "n2", "-o", label).isEmpty)

    let labelled = try await lab.gantry(
      "upgrade", try await lab.bundle("0.29.0"), options: place + ["--remedy", "gpu-mig-mode"])
    #expect(labelled.status == 0, "\(labelled.errors)")
    #expect(try await lab.kubectl("get", "node", "n2", "-o", label) == "mig")

    _ = try await lab.kubectl("label", "node", "n2", "gpu.node.kpanda.io/nvidia-gpu-mode-")
    let next = try await lab.gantry("upgrade", try await lab.bundle("0.30.0"), options: place)
    #expect(next.status == 0, "\(next.errors)")
    #expect(!next.errors.contains("MIG"))
    #expect(try await lab.history(namespace: namespace).last?.revision == 3)
  }

  @Test func aNodeThatTheInventoryForgotIsNamed() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.20.1")
    try await lab.load(bundle, on: "n1,n2")
    _ = try await lab.install(bundle, "0.20.1", namespace: "forgotten")
    _ = try await lab.lab("cluster-node", "n9", "10.9.9.9")
    let next = try await lab.bundle("0.20.2")
    try await lab.load(next, on: "n1,n2")
    let place = ["--release", "kpanda", "-n", "forgotten", "--registry", Lab.registry]
    let refused = try await lab.gantry("upgrade", next, options: place + ["-o", "json"])
    _ = try await lab.kubectl("delete", "node", "n9")
    #expect(refused.status == 1)
    #expect(try refused.document().notInInventory == ["n9"])
    #expect(refused.errors.contains("n9"))
    #expect(try await lab.history(namespace: "forgotten").count == 1)
  }

  @Test func badInputIsToldBeforeAnythingIsTouched() async throws {
    let lab = try Lab.current
    let place = ["--release", "kpanda", "-n", "kpanda-system"]
    let before = try lab.connections("c1")
    for (options, text) in [
      (["--chart", "/nowhere"], "no such file"), (["--repo", "http://u:p4ssw0rd@h/x"], "has a user in it"),
      (["--repo", "ftp://h/x"], "no address"), (["--chart", lab.work], "Chart.yaml"), ([], "give one of"),
      (["--chart", "/nowhere", "--set", "x"], "no value is given to 'x'"),
    ] as [([String], String)] {
      let outcome = try await lab.gantry("upgrade", options: place + options)
      #expect(outcome.status == 2)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains(text), "\(outcome.errors)")
      #expect(!outcome.errors.contains("p4ssw0rd"))
    }
    #expect(try lab.connections("c1") == before)
  }
}
