import Foundation
import Testing

/// The modules' playbooks on a cluster with the real helm: a dry run of each changes nothing, and kpanda's takes a
/// release from one version to the next.
@Suite(.lab("c1=containerd,control", "n1=containerd", "n2=docker"), .serialized)
struct PlaybookUpgradeTests {
  static let nodes = ["c1", "n1", "n2"]
  static let registry = "10.16.10.111/release.daocloud.io"
  /// A sentinel URL of before 0.21.0.
  static let redis =
    "redis+sentinel://:3wPxzWffdn@rfs-mcamel-common-redis-cluster.mcamel-system.svc:26379/mymaster"
  static let password = "3wPxzWffdn"

  private func helm(_ lab: Lab, _ words: String...) async throws -> Lab.Outcome {
    try await Lab.execute(Lab.root + "/lab/lab", ["sh", lab.name, "c1", "--", "helm"] + words)
  }

  private func bundle(_ lab: Lab, _ module: String, _ version: String) async throws -> String {
    let made = try await Lab.execute(
      Lab.root + "/lab/make-bundle",
      [
        "--name", module, "--version", version, "--size", "1M", "--images", "3", "--seed", "1", "-o",
        lab.work,
      ])
    try #require(made.status == 0, "make-bundle: \(made.errors)")
    return lab.work + "/\(module)_\(version).bundle.tar"
  }

  private func history(_ lab: Lab, _ release: String, _ namespace: String) async throws -> [String] {
    struct Revision: Decodable {
      let status, chart: String
    }
    let history = try await helm(lab, "history", release, "-n", namespace, "-o", "json")
    try #require(history.status == 0, "\(history.errors)")
    return try JSONDecoder().decode([Revision].self, from: Data(history.output.utf8)).map {
      "\($0.chart) \($0.status)"
    }
  }

  /// Every node's files and images, but for what kubectl and helm remember for themselves of the API and of charts.
  private func snapshots(_ lab: Lab) async throws -> Set<String> {
    var all: Set<String> = []
    for node in Self.nodes {
      let lines = try await lab.lab("snapshot", node).output.split(separator: "\n")
      try #require(!lines.isEmpty)
      let kept = lines.filter { !$0.hasPrefix("/root/.kube/cache") && !$0.hasPrefix("/root/.cache/helm") }
      all.formUnion(kept.map { node + " " + $0 })
    }
    return all
  }

  @Test func kpandaGoesFromOneVersionToTheNext() async throws {
    let lab = try Lab.current
    let old = try await bundle(lab, "kpanda", "0.20.0")
    let new = try await bundle(lab, "kpanda", "0.21.0")
    try #require(try await lab.gantry("load", old).status == 0)
    let repository = try await lab.lab("charts", old).output.trimmingCharacters(in: .newlines)
    try #require(try await helm(lab, "repo", "add", "kpanda", repository).status == 0)
    let install = try await helm(
      lab, "install", "kpanda", "kpanda/kpanda", "--version", "0.20.0", "-n", "kpanda-system",
      "--create-namespace",
      "--set", "global.db.redis.url=\(Self.redis)", "--wait", "--timeout", "60s")
    try #require(install.status == 0, "\(install.errors)")
    let values = try await helm(lab, "get", "values", "kpanda", "-n", "kpanda-system", "-o", "yaml").output
    let variables = ["--set", "bundle=\(new)", "--set", "registry=\(Self.registry)"]
    let playbook = Lab.root + "/playbooks/kpanda.yaml"

    // Dry: told, and nothing is different.
    let before = try await snapshots(lab)
    let dry = try await lab.gantry("run", playbook, options: variables + ["--check", "-o", "json"])
    #expect(dry.status == 0, "\(dry.errors)")
    #expect(try dry.document().steps?.map(\.status) == ["ok", "changed", "skipped", "changed"])
    #expect(try await snapshots(lab).symmetricDifference(before) == [])
    #expect(try await history(lab, "kpanda", "kpanda-system") == ["kpanda-0.20.0 deployed"])

    let run = try await lab.gantry("run", playbook, options: variables + ["-o", "json"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(try run.document().steps?.map(\.status) == ["ok", "changed", "ok", "changed"])
    #expect(
      try await history(lab, "kpanda", "kpanda-system") == [
        "kpanda-0.20.0 superseded", "kpanda-0.21.0 deployed",
      ])
    let after = try await helm(lab, "get", "values", "kpanda", "-n", "kpanda-system", "-o", "yaml").output
    #expect(after.contains("\(Self.redis)?master_password=\(Self.password)"))
    #expect(after.contains("imageRegistry: \(Self.registry)"))
    let images = try await lab.lab(
      "kubectl", "-n", "kpanda-system", "get", "deployment", "kpanda-apiserver", "-o",
      "jsonpath={.spec.template.spec.containers[0].image}")
    #expect(images.output == "\(Self.registry)/kpanda/kpanda-apiserver:v0.21.0")

    // The password is in the backups, which are the values of before, and nowhere else.
    #expect(!run.output.contains(Self.password) && !run.errors.contains(Self.password))
    let found = try await Lab.execute("/usr/bin/grep", ["-rl", Self.password, lab.state])
    let files = found.output.split(separator: "\n").map { $0.split(separator: "/").last ?? "" }
    #expect(
      !files.isEmpty && files.allSatisfy { $0.contains("bak") || $0.contains("values") }, "\(found.output)")
    let backup = try #require(found.output.split(separator: "\n").first).description
    #expect(try String(contentsOfFile: backup, encoding: .utf8) == values)

    // Once more there is nothing to load.
    let again = try await lab.gantry("run", "kpanda", options: variables + ["-o", "json", "--tags", "none"])
    #expect(try again.document().steps?.allSatisfy { $0.status == "skipped" } == true)
  }

  /// Every module's playbook, dry, with its release there.
  @Test func aDryRunOfEachPlaybookChangesNothing() async throws {
    let lab = try Lab.current
    let modules = [
      "ghippo", "insight", "insight-agent", "amamba", "skoala", "mspider", "mcamel-redis", "kairship",
      "virtnest",
      "dowl", "kangaroo", "kcoral",
    ]
    var old: [String] = []
    var new: [String: String] = [:]
    for module in modules {
      old.append(try await bundle(lab, module, "0.20.0"))
      new[module] = try await bundle(lab, module, "0.21.0")
    }
    let mspider = try #require(new["mspider"])
    let charts = try await Lab.execute(Lab.root + "/lab/lab", ["charts", lab.name] + old + [mspider])
    try #require(charts.status == 0, "\(charts.errors)")
    let url = charts.output.trimmingCharacters(in: .newlines)
    try #require(try await helm(lab, "repo", "add", "all", url, "--force-update").status == 0)
    for module in modules {
      let install = try await helm(
        lab, "install", module, "all/\(module)", "--version", "0.20.0", "-n", Self.namespace(module),
        "--create-namespace", "--no-hooks")
      try #require(install.status == 0, "\(module): \(install.errors)")
    }
    // Helm's own list of repositories is all that a dry run may add to.
    try #require(try await helm(lab, "repo", "add", "mspider-release", url, "--force-update").status == 0)

    let before = try await snapshots(lab)
    for module in modules where module != "insight-agent" {
      let name = module == "mcamel-redis" ? "mcamel" : module
      var options = ["--check", "-o", "json", "--set", "registry=\(Self.registry)"]
      options += ["--set", "bundle=\(try #require(new[module]))"]
      switch name {
      case "mcamel": options += ["--set", "middleware=redis"]
      case "insight": options += ["--set", "agent_bundle=\(try #require(new["insight-agent"]))"]
      case "mspider": options += ["--set", "version=0.21.0"]
      default: break
      }
      let run = try await lab.gantry("run", name, options: options)
      #expect(run.status == 0, "\(name): \(run.errors)")
      guard run.status == 0 else { continue }
      let steps = try run.document().steps ?? []
      #expect(
        steps.first?.status == "ok" && steps.last?.status == "changed", "\(name): \(steps.map(\.status))")
    }
    #expect(try await snapshots(lab).symmetricDifference(before) == [])
    for module in modules {
      #expect(try await history(lab, module, Self.namespace(module)) == ["\(module)-0.20.0 deployed"])
    }
  }

  private static func namespace(_ module: String) -> String {
    if module.hasPrefix("mcamel") { return "mcamel-system" }
    return (module.hasPrefix("insight") ? "insight" : module) + "-system"
  }

  /// The installer itself is nothing that a lab has: a stand-in says what it was called with.
  @Test func theInstallersStepsAreRunWhereItIs() async throws {
    let lab = try Lab.current
    let missing = try await lab.gantry("run", "dce5-web-upgrade-prerequisite", "-o", "json")
    #expect(missing.status == 1 && missing.errors.contains("no installer at /root/dce5-installer"))
    _ = try await lab.inside(
      "c1", "sh", "-c",
      "printf '#!/bin/sh\\necho \"$@\" >> /root/called\\n' > /root/dce5-installer; chmod 755 /root/dce5-installer;"
        + " mkdir -p '/home/dce5/sample'; touch /home/dce5/sample/manifest.yaml '/root/my config.yaml'")
    let variables = ["--set", "cluster_config=/root/my config.yaml", "-o", "json"]
    let dry = try await lab.gantry("run", "dce5-web-upgrade-prerequisite", options: variables + ["--check"])
    #expect(dry.status == 0, "\(dry.errors)")
    #expect(try await lab.inside("c1", "cat", "/root/called").status != 0)
    let run = try await lab.gantry("run", "dce5-web-upgrade-prerequisite", options: variables)
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      try await lab.inside("c1", "cat", "/root/called").output
        == "cluster-create -c /root/my config.yaml -m /home/dce5/sample/manifest.yaml -d -j 14,15\n")
  }

  @Test func everyPlaybookLints() async throws {
    let lab = try Lab.current
    let list = try await lab.gantry("playbook", "list")
    let names = list.output.split(separator: "\n").compactMap {
      $0.split(separator: " ").first.map(String.init)
    }
    #expect(names.count >= 13 && names.contains("kpanda"))
    for name in names {
      #expect(
        try await lab.gantry("playbook", "lint", name, "\(Lab.root)/playbooks/\(name).yaml").status == 0)
      let show = try await lab.gantry("playbook", "show", name)
      #expect(show.status == 0 && show.output.contains("Steps:"))
    }
    let yaml = try await lab.gantry("playbook", "show", "kpanda", "--yaml")
    #expect(try yaml.output == String(contentsOfFile: Lab.root + "/playbooks/kpanda.yaml", encoding: .utf8))
    let schema = try await lab.gantry("playbook", "schema")
    #expect(schema.status == 0 && schema.output.contains("https://json-schema.org/draft/2020-12/schema"))
  }
}
