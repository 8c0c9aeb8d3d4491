/// How a node's daemon keeps images, which decides what it can be sent and what identifies an image there.
public enum ImageStore: String, Sendable, Hashable, CaseIterable {
  /// containerd's content store and snapshots.
  case containerd
  /// dockerd with a graph driver such as overlay2: layers by chain ID, no blobs.
  case dockerGraph = "docker-graph"
  /// dockerd that keeps its images in containerd.
  case dockerContainerd = "docker-containerd"

  /// The name that this store can give to an image for a wanted name; nil where it cannot.
  ///
  /// Docker's archives carry tags alone: of `name:tag@digest` the tag is left, and a name that is only a digest cannot
  /// be given.
  public func name(for reference: ImageReference) -> ImageReference? {
    switch self {
    case .containerd: reference.orLatest
    case .dockerGraph, .dockerContainerd: reference.orLatest.tagged
    }
  }
}
