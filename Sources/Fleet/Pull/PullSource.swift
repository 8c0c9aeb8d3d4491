import Images
import Inventory

/// A registry that nodes pull a bundle's images from, asked beforehand for every one of them.
public protocol PullSource: Sendable {
  /// Host and port, as in references.
  var host: String { get }
  /// Whether it speaks https.
  var isSecure: Bool { get }
  /// Whether nodes take any certificate.
  var takesAnyCertificate: Bool { get }

  /// The image's name in the registry with the digest of its manifest: what a node pulls.
  func reference(of imageID: Digest) -> ImageReference?

  /// What a pull of that image shows the registry: `Basic …` or, where the registry gives out tokens, a `Bearer …` that
  /// allows pulling this one repository for a while. nil for none.
  func authorization(for imageID: Digest) async throws(Failure) -> Secret?
}
