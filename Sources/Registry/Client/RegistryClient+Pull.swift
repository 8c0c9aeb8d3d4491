import Images
import Inventory

extension RegistryClient {
  /// The first of these names under which the registry has that very image, with the digest of its manifest there.
  public func reference(
    of image: ArchivedImage, under names: [ImageReference]
  ) async throws(RegistryError) -> ImageReference? {
    for name in names {
      guard let manifest = try await manifest(name.path, name.tag ?? "latest"),
        ManifestContent(manifest.bytes)?.isSame(as: image) == true
      else { continue }
      do throws(ImageError) {
        return try ImageReference("\(name.name)@\(manifest.digest)")
      } catch {
        throw RegistryError(error)
      }
    }
    return nil
  }

  /// What somebody who pulls from that repository has to show, now and for some minutes: `Basic …` or `Bearer …`; nil
  /// where the registry asks for nothing.
  public func pullAuthorization(_ repository: String) async throws(RegistryError) -> Secret? {
    try await authorizer.header(for: Scope.pull(repository).text)
  }
}
