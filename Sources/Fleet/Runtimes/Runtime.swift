import Images

/// The container runtime of a node that images go to, and the commands that it understands.
public struct Runtime: Sendable, Hashable {
  public enum Kind: String, Sendable, Codable, CaseIterable {
    case containerd, docker

    /// The command line tool that speaks to it.
    var tool: String { self == .containerd ? "ctr" : "docker" }
  }

  public let kind: Kind
  public let version: String
  public let socket: String
  /// containerd's namespace; the kubelet's images are in `k8s.io`.
  public let namespace: String
  public let store: ImageStore

  /// Loads an archive from standard input: an OCI layout or a docker-archive for containerd, a docker-archive for dockerd
  /// (an OCI layout too, where dockerd keeps images in containerd).
  func importing() -> RemoteCommand {
    switch kind {
    case .containerd: ctr(["images", "import", "-"])
    case .docker: RemoteCommand(["docker", "load"], asRoot: true, changes: true)
    }
  }

  /// Marks images so that the kubelet does not collect them (containerd CRI, label `io.cri-containerd.pinned`).
  func pinning(_ references: [String]) -> RemoteCommand {
    .script(
      """
      if command -v ctr >/dev/null 2>&1; then k=; else k=k3s; fi; a=$1; n=$2; shift 2; \
      for r; do $k ctr -a "$a" -n "$n" images label "$r" io.cri-containerd.pinned=pinned || exit; done
      """,
      [socket, namespace] + references, asRoot: true, changes: true)
  }

  /// Takes names away; content that another name still points at stays.
  func removing(_ references: [String]) -> RemoteCommand {
    switch kind {
    case .containerd: ctr(["images", "rm"] + references)
    case .docker: RemoteCommand(["docker", "rmi", "--"] + references, asRoot: true, changes: true)
    }
  }

  /// Takes names away as ``removing(_:)`` does; those that are not there count as done.
  func forgetting(_ references: [String]) -> RemoteCommand {
    switch kind {
    case .containerd:
      .script(
        """
        if command -v ctr >/dev/null 2>&1; then k=; else k=k3s; fi; a=$1; n=$2; shift 2; \
        for r; do [ -z "$($k ctr -a "$a" -n "$n" images ls -q "name==$r")" ] || \
        $k ctr -a "$a" -n "$n" images rm "$r" || exit; done
        """,
        [socket, namespace] + references, asRoot: true, changes: true)
    case .docker:
      .script(
        """
        for r; do docker image inspect "$r" >/dev/null 2>&1 || continue; docker rmi -- "$r" || exit; done
        """, references, asRoot: true, changes: true)
    }
  }

  private func ctr(_ arguments: [String]) -> RemoteCommand {
    // k3s and RKE2 bring ctr inside k3s, or in a folder that the frame's search path has.
    .script(
      "if command -v ctr >/dev/null 2>&1; then exec ctr \"$@\"; fi; exec k3s ctr \"$@\"",
      ["-a", socket, "-n", namespace] + arguments, asRoot: true, changes: true)
  }

  /// From this version on the kubelet knows pinned images through containerd.
  var canPin: Bool { kind == .containerd && Self.isAtLeast(version, (1, 7, 3)) }

  /// Compares the leading `MAJOR.MINOR.PATCH` of a version, `v` or not.
  static func isAtLeast(_ version: String, _ least: (Int, Int, Int)) -> Bool {
    let fields = version.drop { $0 == "v" }.split(separator: ".", maxSplits: 2)
      .map { Int($0.prefix { $0.isASCII && $0.isNumber }) ?? 0 }
    let padded = fields + Array(repeating: 0, count: max(0, 3 - fields.count))
    return (padded[0], padded[1], padded[2]) >= least
  }
}
