/// Where a node keeps its images, which decides what can be left out of what is sent.
public enum ImageStore: String, Sendable, CaseIterable {
  /// containerd, as Kubernetes uses it: imports OCI layouts that may lack every blob it holds.
  case containerd
  /// dockerd with a graph driver such as overlay2: loads docker-archives that may lack the layers it holds.
  case dockerGraph = "docker-graph"
  /// dockerd with containerd's store: loads OCI layouts that may lack every blob it holds.
  case dockerContainerd = "docker-containerd"

  /// The names that the store keeps for a wanted name.
  ///
  /// Name, tag and digest in one is not a name that a store keeps: containerd is asked for name and digest by the
  /// kubelet, and for name and tag by people. A graph driver's store is given no digests by loading.
  public func names(for reference: ImageReference) -> [ImageReference] {
    switch self {
    case .dockerGraph: [reference.tagged].compactMap { $0 }
    case .containerd, .dockerContainerd:
      reference.tag != nil && reference.digest != nil
        ? [reference.tagged, reference.digested].compactMap { $0 } : [reference]
    }
  }

  /// The names that the store keeps for all of these, in order and each once.
  func names(for references: [ImageReference]) -> [ImageReference] {
    var seen: Set<ImageReference> = []
    return references.flatMap { names(for: $0) }.filter { seen.insert($0).inserted }
  }
}
