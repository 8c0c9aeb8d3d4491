import Foundation
import Testing

/// The lab's cluster with the real helm and kubectl: that a release installs, upgrades, fails and comes back there as it
/// would elsewhere. What other suites show on it stands on this one.
@Suite(.lab("c1=containerd,control", "n1=containerd", "n2=containerd"), .serialized)
struct KubernetesLabTests {
  static let namespace = "kpanda-system"
  static let project = "release.daocloud.io"

  /// Makes the two versions, puts 0.20.0 on both workers, and both charts into the repository; once for the suite.
  private func prepare(_ lab: Lab) async throws -> (old: String, new: String, repository: String) {
    let old = try await lab.bundle("0.20.0", size: "2M")
    let new = try await lab.bundle("0.21.0", size: "2M")
    let repository = try await lab.lab("charts", old, new).output.trimmingCharacters(in: .newlines)
    return (old, new, repository)
  }

  private func loadImages(_ lab: Lab, _ bundle: String) async throws {
    let load = try await lab.gantry("load", bundle, options: ["-l", "n1,n2", "-o", "json"])
    try #require(load.status == 0, "\(load.errors)")
  }

  private func helm(_ lab: Lab, _ words: String...) async throws -> Lab.Outcome {
    try await Lab.execute(
      Lab.root + "/lab/lab", ["sh", lab.name, "c1", "--", "helm"] + words + ["-n", Self.namespace])
  }

  private func kubectl(_ lab: Lab, _ words: String...) async throws -> String {
    let outcome = try await Lab.execute(
      Lab.root + "/lab/lab", ["sh", lab.name, "c1", "--", "kubectl", "-n", Self.namespace] + words)
    try #require(outcome.status == 0, "kubectl \(words): \(outcome.errors)")
    return outcome.output
  }

  private func statuses(_ lab: Lab) async throws -> [String] {
    struct Revision: Decodable { let status: String }
    let history = try await helm(lab, "history", "kpanda", "-o", "json")
    return try JSONDecoder().decode([Revision].self, from: Data(history.output.utf8)).map(\.status)
  }

  private func apiserverImage(_ lab: Lab) async throws -> String {
    try await kubectl(
      lab, "get", "deployment", "kpanda-apiserver", "-o", "jsonpath={.spec.template.spec.containers[0].image}"
    )
  }

  @Test func aReleaseLivesAsItWouldElsewhere() async throws {
    let lab = try Lab.current
    let (old, new, repository) = try await prepare(lab)

    // The repository, as the page uses it.
    #expect(try await helm(lab, "repo", "list").status == 1)
    #expect(try await helm(lab, "repo", "add", "kpanda", repository).status == 0)
    let search = try await helm(lab, "search", "repo", "kpanda/kpanda", "--versions", "-o", "json")
    #expect(search.output.contains(#""version":"0.21.0""#) && search.output.contains(#""version":"0.20.0""#))
    #expect(
      try await lab.inside(
        "c1", "sh", "-c",
        "cd /root && helm pull kpanda/kpanda --version 0.21.0 && tar -zxf kpanda-0.21.0.tgz && kubectl apply -f kpanda/crds"
      ).output.contains("clusters.cluster.kpanda.io created"))

    // Without the images: the pods say why they wait, on the nodes where they wait.
    let sentinel = "redis+sentinel://:Pw0r3d@rfs.example:26379/mymaster"
    let install = try await helm(
      lab, "install", "kpanda", "kpanda/kpanda", "--version", "0.20.0", "--create-namespace", "--set",
      "global.db.redis.url=\(sentinel)", "--wait", "--timeout", "2s")
    #expect(install.status != 0)
    let reasons = try await kubectl(
      lab, "get", "pods", "-o", "jsonpath={.items[*].status.initContainerStatuses[*].state.waiting.reason}")
    #expect(reasons.contains("ImagePull"))
    #expect(try await helm(lab, "uninstall", "kpanda").status == 0)

    try await loadImages(lab, old)
    let again = try await helm(
      lab, "install", "kpanda", "kpanda/kpanda", "--version", "0.20.0", "--set",
      "global.db.redis.url=\(sentinel)",
      "--wait", "--timeout", "20s")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try await helm(lab, "get", "values", "kpanda", "-o", "yaml").output.contains(sentinel))

    // 0.21.0 is not there yet: its hook waits for its image, and nothing else has changed.
    let early = try await helm(
      lab, "upgrade", "kpanda", "kpanda/kpanda", "--version", "0.21.0", "--reset-then-reuse-values",
      "--timeout", "2s")
    #expect(early.status != 0 && early.errors.contains("pre-upgrade hooks failed"))
    #expect(try await apiserverImage(lab) == "\(Self.project)/kpanda/kpanda-apiserver:v0.20.0")

    // With the images but the old URL it never gets ready, and --atomic takes it back.
    try await loadImages(lab, new)
    let stuck = try await helm(
      lab, "upgrade", "kpanda", "kpanda/kpanda", "--version", "0.21.0", "--reset-then-reuse-values",
      "--atomic",
      "--timeout",
      "3s")
    #expect(stuck.status != 0 && stuck.errors.contains("rolled back"))
    #expect(try await apiserverImage(lab) == "\(Self.project)/kpanda/kpanda-apiserver:v0.20.0")

    let upgrade = try await helm(
      lab, "upgrade", "kpanda", "kpanda/kpanda", "--version", "0.21.0", "--reset-then-reuse-values", "--set",
      "global.db.redis.url=\(sentinel)?master_password=Pw0r3d", "--wait", "--timeout", "20s")
    #expect(upgrade.status == 0, "\(upgrade.errors)")
    #expect(try await apiserverImage(lab) == "\(Self.project)/kpanda/kpanda-apiserver:v0.21.0")
    #expect(try await statuses(lab) == ["superseded", "failed", "failed", "superseded", "deployed"])
    #expect(
      try await kubectl(lab, "get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}").contains("c1")
        == false)
    #expect(try await kubectl(lab, "get", "jobs", "-o", "name").isEmpty, "a hook that succeeded is gone")

    #expect(try await helm(lab, "rollback", "kpanda", "1", "--wait", "--timeout", "20s").status == 0)
    #expect(try await apiserverImage(lab) == "\(Self.project)/kpanda/kpanda-apiserver:v0.20.0")
    #expect(
      try await kubectl(lab, "rollout", "status", "deployment", "kpanda-apiserver", "--timeout=5s").contains(
        "successfully rolled out"))

    // A workload that the lab keeps from getting ready.
    try await lab.lab("never-ready", "\(Self.namespace)/kpanda-controller-manager")
    let held = try await helm(
      lab, "upgrade", "kpanda", "kpanda/kpanda", "--version", "0.21.0", "--reset-then-reuse-values", "--set",
      "global.db.redis.url=redis://r:6379", "--atomic", "--timeout", "3s")
    #expect(held.status != 0 && held.errors.contains("rolled back"))
    try await lab.lab("never-ready")
  }

  @Test func kubectlWorksFromHereAndOverSSH() async throws {
    let lab = try Lab.current
    let config = try await lab.lab("kubeconfig").output.trimmingCharacters(in: .newlines)
    let mode = try FileManager.default.attributesOfItem(atPath: config)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try await lab.lab("kubectl", "label", "node", "n1", "gpu.example/mode=mig")
    let labelled = try await lab.gantry(
      "exec", options: ["-l", "c1", "--", "kubectl get nodes -l gpu.example/mode=mig -o name"])
    #expect(
      labelled.status == 0 && labelled.output.contains("node/n1") && !labelled.output.contains("node/n2"))
    try await lab.lab("kubectl", "label", "node", "n1", "gpu.example/mode-")

    // Without credentials nothing is told.
    let anonymous = try await Lab.execute(
      "/usr/bin/env",
      [
        "KUBECONFIG=/dev/null", "kubectl", "--server", "https://\(try await address(lab)):6443",
        "--insecure-skip-tls-verify", "--request-timeout", "5s", "--username", "x", "--password", "y", "get",
        "nodes",
      ])
    #expect(anonymous.status != 0 && !anonymous.output.contains("n1"))
  }

  private func address(_ lab: Lab) async throws -> String {
    let subnet = try await Lab.execute(Lab.root + "/lab/lab", ["env", lab.name]).output.split(separator: "\n")
      .first { $0.hasPrefix("LAB_SUBNET=") }
    return String(try #require(subnet).dropFirst("LAB_SUBNET=".count)).replacing(".0/24", with: ".1")
  }

  // MARK: gantry and what the cluster says of its nodes

  @Test func anInventoryIsWrittenFromTheCluster() async throws {
    let lab = try Lab.current
    let known = ["--known-hosts", lab.directory + "/known_hosts"]
    let file = lab.work + "/written.yaml"
    // On the control host, over SSH.
    let words = ["inventory", "from-cluster", "-i", lab.inventory] + known
    let remote = try await Lab.execute(Lab.gantry, words + ["--output-file", file])
    #expect(remote.status == 0 && remote.output.isEmpty, "\(remote.errors)")
    let listing = try await lab.gantry("inventory", "graph", "-i", file)
    #expect(listing.status == 0, "\(listing.errors)")
    for line in ["@control_plane:", "@workers:", "@control:", "c1", "n1", "n2"] {
      #expect(listing.output.contains(line))
    }
    let hosts = try await lab.gantry("inventory", "list", "-i", file, "-o", "json")
    #expect(hosts.output.contains(try await address(lab).replacing(/\.1$/, with: ".12")))
    #expect(hosts.output.contains(#""gantry_runtime" : "containerd""#))

    // Never over a file that is there, unless told to.
    let before = try String(contentsOfFile: file, encoding: .utf8)
    let refused = try await Lab.execute(Lab.gantry, words + ["--output-file", file])
    #expect(refused.status == 2 && refused.errors.contains("is there already"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == before)
    #expect(try await Lab.execute(Lab.gantry, words + ["--output-file", file, "--force"]).status == 0)

    // With kubectl on this machine: the same text, on standard output.
    let config = try await lab.lab("kubeconfig").output.trimmingCharacters(in: .newlines)
    let here = try await Lab.execute(Lab.gantry, ["inventory", "from-cluster", "--kubeconfig", config])
    #expect(here.status == 0 && here.output == before, "\(here.errors)")
    let context = try await Lab.execute(
      Lab.gantry, ["inventory", "from-cluster", "--kubeconfig", config, "--context", "nobody"])
    #expect(context.status == 2 && context.output.isEmpty && context.errors.contains("hint"))

    // It is an inventory that gantry works with.
    let vars =
      before
      + "  vars:\n    ansible_user: root\n    ansible_ssh_private_key_file: \(lab.directory)/id_ed25519\n"
    try vars.write(toFile: file, atomically: true, encoding: .utf8)
    let check = try await lab.gantry("check", inventory: file, options: ["-o", "json"])
    #expect(check.status == 0, "\(check.errors)")
    #expect(Set(try check.document().nodes.map(\.name)) == ["c1", "n1", "n2"])
  }

  @Test func checkTellsOfNodesThatTheInventoryForgot() async throws {
    let lab = try Lab.current
    let none = try await lab.gantry("check", options: ["-o", "json"])
    #expect(none.output.contains(#""notInInventory" : ["#) && !none.errors.contains("not in the inventory"))
    try await lab.lab("cluster-node", "forgotten", "10.9.9.9")
    let check = try await lab.gantry("check", options: ["-o", "json"])
    // The nodes that the inventory has are fine; what it lacks is told and is no failure of theirs.
    #expect(check.status == 0 && check.errors.contains("not in the inventory: forgotten"))
    #expect(check.output.contains(#""forgotten""#))
    try await lab.lab("kubectl", "delete", "node", "forgotten")
  }
}
