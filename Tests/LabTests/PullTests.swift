import Foundation
import Testing

/// `load --from-registry`: nodes pull the layers, and end as after a direct load.
@Suite(.lab("n1=containerd", "n2=containerd", "n3=docker", "n4=both"), .serialized)
struct PullTests {
  private static let nodes = ["n1", "n2", "n3", "n4"]

  /// Makes the nodes trust the registry, as their owner would.
  private func trust(_ registry: LabRegistry, _ lab: Lab) async throws {
    let authority = try String(contentsOfFile: try #require(registry.authority), encoding: .utf8)
    for node in Self.nodes {
      for runtime in ["containerd", "docker"] {
        let certs = runtime == "containerd" ? "/etc/containerd/certs.d" : "/etc/docker/certs.d"
        let made = try await lab.inside(
          node, "sh", "-c", #"mkdir -p "$1" && printf '%s' "$2" >"$1/ca.crt""#, "sh",
          "\(certs)/\(registry.host)",
          authority)
        #expect(made.status == 0, "\(made.errors)")
      }
    }
  }

  @Test func nodesPullAndEndAsAfterADirectLoad() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "pull", "--auth", "--tls")
    let authority = try #require(registry.authority)
    let password = try #require(registry.password)
    try await trust(registry, lab)
    let folder = try await lab.bundleFolder("pull")
    let bundle = folder + "/kpanda_0.20.0.bundle.tar"
    let login = ["TARGET_CONTAINERS_AUTH_USERNAME": "admin", "TARGET_CONTAINERS_AUTH_PASSWORD": password]
    let text = """
      source: {intermediateBundlesPath: \(folder)}
      target:
        containerRegistry: \(registry.host)/release.daocloud.io
        repo: {kind: LOCAL, path: \(lab.work)/c-pull}
      """
    let missing = try await lab.gantry(
      "load", bundle,
      options: ["--from-registry", "\(registry.host)/release.daocloud.io", "--ca-file", authority],
      environment: login)
    #expect(missing.status == 2 && missing.errors.contains("(registry-not-found)"), "\(missing.errors)")

    let filled = try await lab.sync(text, "--ca-file", authority, environment: login)
    #expect(filled.status == 0, "\(filled.errors)")
    let names = ["--registry", LoadTests.registry]
    let load = try await lab.gantry(
      "load", bundle, "-o", "json",
      options: names + [
        "--from-registry", "\(registry.host)/release.daocloud.io", "--ca-file", authority, "--pulls", "2",
      ],
      environment: login)
    #expect(load.status == 0, "\(load.errors)")
    for node in try load.document().nodes {
      #expect(node.status == "changed", "\(node.name)")
      // Names and manifests alone came over SSH.
      #expect(node.bytesSent < 200_000, "\(node.name): \(node.bytesSent)")
      #expect((node.images ?? []).allSatisfy { $0.status == "loaded" })
    }
    try await LoadTests.expectComplete(lab, bundle, docker: ["n3", "n4"], containerd: ["n1", "n2"])
    let verify = try await lab.gantry("verify", bundle, options: names)
    #expect(verify.status == 0, "\(verify.errors)")

    // Neither the login nor a name of the pull is left, anywhere.
    let encoded = Data("admin:\(password)".utf8).base64EncodedString()
    for node in Self.nodes {
      let left = try await lab.inside(
        node, "sh", "-c",
        #"ls -d /run/gantry-pull.* 2>/dev/null; grep -rlF -e "$1" -e "$2" /etc /root /run /tmp /var/log 2>/dev/null"#,
        "sh",
        password, encoded)
      #expect(left.output.isEmpty, "\(node): \(left.output)")
      let images = try await lab.inside(
        node, "sh", "-c", "ctr -n k8s.io images ls -q 2>/dev/null; docker images --digests 2>/dev/null")
      #expect(!images.output.contains("\(registry.host)/"), "\(node): \(images.output)")
    }
    for log in try FileManager.default.subpathsOfDirectory(atPath: lab.state) {
      let content = FileManager.default.contents(atPath: lab.state + "/" + log) ?? Data()
      #expect(!String(decoding: content, as: UTF8.self).contains(password), "\(log)")
      #expect(!String(decoding: content, as: UTF8.self).contains(encoded), "\(log)")
    }

    let again = try await lab.gantry(
      "load", bundle, "-o", "json",
      options: names + ["--from-registry", "\(registry.host)/release.daocloud.io", "--ca-file", authority],
      environment: login)
    #expect(try again.document().nodes.allSatisfy { $0.status == "ok" && $0.bytesSent == 0 })
  }

  @Test func aNodeThatDoesNotTrustTheRegistrySaysSo() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "stranger", "--tls")
    let folder = try await lab.bundleFolder("stranger", version: "0.30.0", size: "2M", images: 3)
    let bundle = folder + "/kpanda_0.30.0.bundle.tar"
    let filled = try await lab.sync(
      SyncTests.localFile(registry, folder, charts: lab.work + "/c-stranger"), "--insecure")
    #expect(filled.status == 0, "\(filled.errors)")
    let load = try await lab.gantry(
      "load", bundle, "-o", "json",
      options: ["--from-registry", registry.host, "--ca-file", try #require(registry.authority)])
    #expect(load.status == 1, "\(load.errors)")
    let document = try load.document()
    for node in document.nodes {
      #expect(node.error?.code == "pull-not-trusted", "\(node.name): \(node.error?.message ?? "")")
      #expect(node.error?.hint?.contains("certs.d/\(registry.host)") == true)
    }
    for node in Self.nodes {
      let left = try await lab.inside(node, "sh", "-c", "ls -d /run/gantry-pull.* 2>/dev/null; true")
      #expect(left.output.isEmpty, "\(node): \(left.output)")
    }
  }
}
