/// The names that each image shall have on the nodes.
public struct WantedNames: Sendable, Equatable {
  /// Image ID → the names, in order.
  public let byImage: [Digest: [ImageReference]]

  /// The names of the image with that ID; none where the image is not part of the load.
  public subscript(imageID: Digest) -> [ImageReference] { byImage[imageID] ?? [] }

  /// Every name, in no order, as containerd and dockerd know them: what a node is asked about.
  public func all(in store: ImageStore) -> Set<String> {
    Set(byImage.values.joined().flatMap { store.names(for: $0) }.map(\.description))
  }
}
