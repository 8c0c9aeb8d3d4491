import Foundation
import Testing

/// Interruption, pins, dropped names, and stale ones.
@Suite(.lab("n1=containerd", "n2=docker"), .serialized)
struct LifecycleTests {
  @Test func ctrlCRecordsWhatIsLeftAndRerunFinishesIt() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.20.0", size: "40M")
    for node in ["n1", "n2"] { try await lab.lab("link", node, "rate", "8mbit") }
    let interrupted = try await Lab.execute(
      "/usr/bin/timeout",
      [
        "-s", "INT", "8", Lab.gantry, "load", "-i", lab.inventory, "--known-hosts",
        lab.directory + "/known_hosts",
        "--state-dir", lab.state, "-o", "json", bundle,
      ])
    // timeout(1) tells of its own signal; the document is what counts.
    let document = try interrupted.document()
    #expect(document.nodes.allSatisfy { $0.status == "cancelled" && $0.error?.code == "cancelled" })
    #expect(interrupted.errors.contains("stopping"))
    for node in ["n1", "n2"] { try await lab.lab("link", node, "clear") }
    for node in ["n1", "n2"] {
      let left = try await lab.inside(
        node, "sh", "-c", "ps -e -o args | grep -c '[i]mages import\\|[d]ocker load'")
      #expect(left.output.trimmingCharacters(in: .whitespacesAndNewlines) == "0", "\(node): \(left.output)")
    }
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    #expect(try rerun.document().nodes.map(\.name) == ["n1", "n2"])
    #expect(try await lab.gantry("verify", bundle).status == 0)
  }

  @Test func originalNamesAreDroppedWhenAskedFor() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.22.0", size: "4M", images: 3)
    #expect(try await lab.gantry("load", bundle).status == 0)
    let dropped = try await lab.gantry(
      "load", bundle, "--registry", LoadTests.registry, "--drop-original", "-o", "json")
    #expect(dropped.status == 0, "\(dropped.errors)")
    let original = "release.daocloud.io/kpanda/kpanda-apiserver:v0.22.0"
    let renamed = LoadTests.registry + "/kpanda/kpanda-apiserver:v0.22.0"
    let containerd = try await lab.inside("n1", "ctr", "-n", "k8s.io", "images", "ls", "-q")
    let names = containerd.output.split(separator: "\n").map(String.init)
    #expect(names.contains(renamed) && !names.contains(original))
    let docker = try await lab.inside("n2", "docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
    let dockerNames = docker.output.split(separator: "\n").map(String.init)
    #expect(dockerNames.contains(renamed) && !dockerNames.contains(original))
    // And again: nothing is left to do.
    let again = try await lab.gantry(
      "load", bundle, "--registry", LoadTests.registry, "--drop-original", "-o", "json")
    #expect(try again.document().nodes.allSatisfy { $0.status == "ok" })
  }

  @Test func aNameThatMeansAnotherImageIsMovedAndTold() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.23.0", size: "4M", images: 3)
    let other = try await lab.bundle("0.24.0", size: "4M", images: 3)
    #expect(try await lab.gantry("load", other).status == 0)
    let taken = "release.daocloud.io/kpanda/kpanda-apiserver:v0.23.0"
    let by = "release.daocloud.io/kpanda/kpanda-apiserver:v0.24.0"
    _ = try await lab.inside("n1", "ctr", "-n", "k8s.io", "images", "tag", by, taken)
    _ = try await lab.inside("n2", "docker", "tag", by, taken)
    let verify = try await lab.gantry("verify", bundle, "-o", "json")
    for node in try verify.document().nodes {
      #expect(node.images?.first { $0.reference == taken }?.status == "stale", "\(node.name)")
    }
    let load = try await lab.gantry("load", bundle, "-o", "json")
    #expect(load.status == 0, "\(load.errors)")
    #expect(load.errors.contains("\(taken) names another image there"))
    #expect(try await lab.gantry("verify", bundle).status == 0)
  }

  @Test func aRuntimeThatIsDownIsToldAndComesBack() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.25.0", size: "2M", images: 2)
    try await lab.lab("stop", "n1", "containerd")
    try await lab.lab("stop", "n2", "dockerd")
    let down = try await lab.gantry("load", bundle, "-o", "json")
    #expect(down.status == 1)
    #expect(
      try down.document().nodes.allSatisfy { $0.status == "failed" && $0.error?.code == "runtime-down" })
    try await lab.lab("start", "n1", "containerd")
    try await lab.lab("start", "n2", "dockerd")
    #expect(try await lab.gantry("rerun").status == 0)
    #expect(try await lab.gantry("verify", bundle).status == 0)
  }

  @Test func olderVersionsGoAndWhatAContainerUsesStays() async throws {
    let lab = try Lab.current
    var bundles: [String] = []
    for version in ["1.20.0", "1.21.0", "1.22.0"] {
      let bundle = try await lab.bundle(version, size: "3M", images: 2)
      #expect(try await lab.gantry("load", bundle).status == 0)
      bundles.append(bundle)
    }
    let name = "release.daocloud.io/kpanda/kpanda-apiserver"
    let held = name + ":v1.20.0"
    let created = try await lab.inside(
      "n1", "ctr", "-n", "k8s.io", "containers", "create", held, "holder", "sh")
    #expect(created.status == 0, "\(created.errors)")
    #expect(try await lab.inside("n2", "docker", "create", held, "sh").status == 0)

    let asked = try await lab.gantry("prune", bundles[2], "--keep", "1")
    #expect(asked.status == 2, "nobody is there to ask")
    #expect(asked.errors.contains(name + ":v1.21.0"))
    let pruned = try await lab.gantry("prune", bundles[2], "--keep", "1", "--yes", "-o", "json")
    #expect(pruned.status == 0, "\(pruned.errors)")
    for node in try pruned.document().nodes {
      let removed = Set((node.images ?? []).map(\.reference))
      #expect(removed.contains(name + ":v1.21.0"), "\(node.name)")
      #expect(!removed.contains(held) && !removed.contains(name + ":v1.22.0"))
    }
    let left = try await lab.inside("n1", "ctr", "-n", "k8s.io", "images", "ls", "-q")
    #expect(left.output.contains(held + "\n") && !left.output.contains(name + ":v1.21.0\n"))
    let docker = try await lab.inside("n2", "docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
    #expect(docker.output.contains(held + "\n") && !docker.output.contains(name + ":v1.21.0\n"))
    #expect(try await lab.gantry("verify", bundles[2]).status == 0)
  }
}
