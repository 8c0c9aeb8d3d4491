import Foundation
import Testing

/// The main job on real daemons: two containerd nodes, a Docker node, and one with both.
@Suite(.lab("n1=containerd", "n2=containerd", "n3=docker", "n4=both"), .serialized)
struct LoadTests {
  static let registry = "10.16.10.111/release.daocloud.io"

  /// What the archive itself says: names and config digests.
  static func images(of bundle: String) async throws -> [(references: [String], id: String)] {
    struct Report: Decodable {
      struct Image: Decodable {
        let references: [String]
        let id: String
      }
      let images: [Image]
    }
    let inspected = try await Lab.execute(Lab.gantry, ["bundle", "inspect", "-o", "json", bundle])
    #expect(inspected.status == 0, "\(inspected.errors)")
    return try JSONDecoder().decode(Report.self, from: Data(inspected.output.utf8)).images.map {
      ($0.references, $0.id)
    }
  }

  /// Asks the daemon of each node for every image under both names.
  static func expectComplete(_ lab: Lab, _ bundle: String, docker: [String], containerd: [String])
    async throws
  {
    let images = try await images(of: bundle)
    #expect(!images.isEmpty)
    for node in containerd {
      let check = try await lab.inside(node, "ctr", "-n", "k8s.io", "images", "check")
      let rows = check.output.split(separator: "\n").map(String.init)
      for image in images {
        for original in image.references {
          let renamed = registry + original.drop { $0 != "/" }
          for name in [original, renamed] {
            let row = try #require(rows.first { $0.hasPrefix(name + " ") }, "\(node) lacks \(name)")
            #expect(row.contains(" complete ("), "\(node): \(row)")
            #expect(
              row.trimmingCharacters(in: .whitespaces).hasSuffix("true"), "\(node): not unpacked: \(row)")
            let digest = try #require(row.split(separator: " ").first { $0.hasPrefix("sha256:") })
            let manifest = try await lab.inside(node, "ctr", "-n", "k8s.io", "content", "get", String(digest))
            #expect(manifest.output.contains(image.id), "\(node): \(name) is another image")
          }
        }
      }
    }
    for node in docker {
      for image in images {
        for original in image.references {
          for name in [original, registry + original.drop(while: { $0 != "/" })] {
            let inspect = try await lab.inside(
              node, "docker", "image", "inspect", "--format", "{{.Id}}", name)
            #expect(
              inspect.output.trimmingCharacters(in: .whitespacesAndNewlines) == image.id, "\(node): \(name)")
          }
        }
      }
    }
  }

  @Test func loadThenRepeatThenUpgrade() async throws {
    let lab = try Lab.current
    let old = try await lab.bundle("0.20.0")
    for node in ["n1", "n2", "n3", "n4"] { _ = try await lab.inside(node, "touch", "/run/before") }
    let first = try await lab.gantry("load", old, "--registry", Self.registry, "-o", "json")
    #expect(first.status == 0, "\(first.errors)")
    let loaded = try first.document()
    #expect(loaded.command == "load")
    #expect(loaded.nodes.map(\.name) == ["n1", "n2", "n3", "n4"])
    #expect(loaded.nodes.allSatisfy { $0.status == "changed" && $0.error == nil && $0.attempts == 1 })
    #expect(loaded.summary.ok == 4 && loaded.summary.changed == 4 && loaded.summary.failed == 0)
    #expect(loaded.nodes.allSatisfy { node in (node.images ?? []).allSatisfy { $0.status == "loaded" } })
    #expect(loaded.nodes.allSatisfy { ($0.images ?? []).count == 12 })
    try await Self.expectComplete(lab, old, docker: ["n3", "n4"], containerd: ["n1", "n2"])

    // Nothing is left on a node but the images.
    for node in ["n1", "n2", "n3", "n4"] {
      let files = try await lab.inside(
        node, "find", "/tmp", "/root", "/var/tmp", "-newer", "/run/before", "-type", "f")
      #expect(files.output.isEmpty, "\(node): \(files.output)")
    }

    let before = try ["n1", "n2", "n3", "n4"].map(lab.connections)
    let second = try await lab.gantry("load", old, "--registry", Self.registry, "-o", "json")
    #expect(second.status == 0)
    let repeated = try second.document()
    #expect(repeated.nodes.allSatisfy { $0.status == "ok" && $0.bytesSent == 0 })
    let after = try ["n1", "n2", "n3", "n4"].map(lab.connections)
    #expect(after == before.map { Lab.Connections(logins: $0.logins + 1, commands: $0.commands + 1) })

    let new = try await lab.bundle("0.21.0")
    let diff = try await Lab.execute(Lab.gantry, ["bundle", "diff", old, new, "-o", "json"])
    struct Diff: Decodable { let bytesToSend, bytesTotal: Int64 }
    let expected = try JSONDecoder().decode(Diff.self, from: Data(diff.output.utf8))
    #expect(expected.bytesToSend * 3 < expected.bytesTotal)
    let third = try await lab.gantry("load", new, "--registry", Self.registry, "-o", "json")
    #expect(third.status == 0, "\(third.errors)")
    for node in try third.document().nodes {
      #expect(node.status == "changed")
      // Headers, manifests and configs come on top of the layers.
      #expect(
        node.bytesSent < expected.bytesToSend + expected.bytesToSend / 20 + 100_000,
        "\(node.name): \(node.bytesSent)")
      #expect(node.bytesSent > expected.bytesToSend / 2)
    }
    try await Self.expectComplete(lab, new, docker: ["n3", "n4"], containerd: ["n1", "n2"])

    let verified = try await lab.gantry("verify", new, "--registry", Self.registry, "-o", "json")
    #expect(verified.status == 0, "\(verified.errors)")
  }

  @Test func aNewNameCostsNoBlob() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.30.0", size: "6M", images: 4)
    #expect(try await lab.gantry("load", bundle).status == 0)
    let again = try await lab.gantry(
      "load", bundle, "--retag", "release.daocloud.io/kpanda=registry.example:5000/k", "-o", "json")
    #expect(again.status == 0, "\(again.errors)")
    for node in try again.document().nodes {
      #expect(node.status == "changed")
      #expect(node.bytesSent < 60_000, "\(node.name): \(node.bytesSent)")
      #expect(
        (node.images ?? []).contains {
          $0.status == "tagged" && $0.reference.hasPrefix("registry.example:5000/k/")
        })
    }
  }

  @Test func dryRunChangesNothing() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.40.0", size: "4M", images: 3)
    let dry = try await lab.gantry("load", bundle, "--dry-run", "-o", "json")
    #expect(dry.status == 0, "\(dry.errors)")
    #expect(try dry.document().nodes.allSatisfy { $0.bytesSent == 0 })
    let verify = try await lab.gantry("verify", bundle, "-o", "json")
    #expect(verify.status == 1)
    let nodes = try verify.document().nodes
    #expect(nodes.allSatisfy { $0.status == "failed" && $0.error?.code == "images-missing" })
    #expect(nodes.allSatisfy { node in (node.images ?? []).contains { $0.status == "missing" } })
  }

  @Test func aNodeThatWasAwayIsRerunAlone() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.50.0", size: "4M", images: 3)
    try await lab.lab("stop", "n2", "sshd")
    let broken = try await lab.gantry("load", bundle, "--registry", Self.registry, "-o", "json")
    #expect(broken.status == 1)
    let document = try broken.document()
    #expect(document["n2"]?.status == "unreachable")
    #expect(document["n2"]?.error?.code == "connect-refused")
    #expect(["n1", "n3", "n4"].allSatisfy { document[$0]?.status == "changed" })
    #expect(broken.errors.contains("n2"))

    try await lab.lab("start", "n2", "sshd")
    let before = try ["n1", "n3", "n4"].map(lab.connections)
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    #expect(try rerun.document().nodes.map(\.name) == ["n2"])
    #expect(try ["n1", "n3", "n4"].map(lab.connections) == before, "the others were connected to")
    try await Self.expectComplete(lab, bundle, docker: ["n3", "n4"], containerd: ["n1", "n2"])

    let nothing = try await lab.gantry("rerun")
    #expect(nothing.status == 0)
  }

  @Test func killedRunIsTakenUpAgain() async throws {
    let lab = try Lab.current
    let bundle = try await lab.bundle("0.60.0", size: "40M", images: 6)
    for node in ["n1", "n2", "n3", "n4"] { try await lab.lab("link", node, "rate", "40mbit") }
    let killed = try await Lab.execute(
      "/usr/bin/timeout",
      [
        "-s", "KILL", "3", Lab.gantry, "load", "-i", lab.inventory, "--known-hosts",
        lab.directory + "/known_hosts",
        "--state-dir", lab.state, bundle,
      ])
    #expect(killed.status != 0)
    for node in ["n1", "n2", "n3", "n4"] { try await lab.lab("link", node, "clear") }
    let rerun = try await lab.gantry("rerun", "-o", "json")
    #expect(rerun.status == 0, "\(rerun.errors)")
    #expect(try await lab.gantry("verify", bundle).status == 0)
  }
}
