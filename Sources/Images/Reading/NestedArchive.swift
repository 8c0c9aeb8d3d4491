/// Which members of an archive are archives to look into, told by their names.
///
/// A compressed outer archive is read in one pass, so this must be known when the member comes along, before
/// the list of images (often the last member) says what else is a layer.
enum NestedArchive {
  /// Certainly one: the images of a bundle, or the bundle of a download.
  case certain
  /// Perhaps one: some other archive at the top, such as `kpanda.tar`; a layer is possible, too.
  case possible

  private static let suffixes = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.zstd"]

  /// nil for members that are certainly not to be looked into.
  init?(path: String) {
    guard let suffix = Self.suffixes.first(where: path.hasSuffix) else { return nil }
    let stem = path.dropLast(suffix.count)
    if stem == "images" || stem.hasSuffix(".bundle") {
      self = .certain
    } else if stem.contains("/") || stem.contains(":") || stem == "layer" || Digest(hex: stem) != nil {
      return nil
    } else {
      self = .possible
    }
  }

  /// Whether the member is the archive of a bundle's images.
  static func isImages(_ path: String) -> Bool {
    suffixes.contains { path == "images" + $0 }
  }

  /// Whether the member is a bundle.
  static func isBundle(_ path: String) -> Bool {
    suffixes.contains { path.hasSuffix(".bundle" + $0) }
  }
}
