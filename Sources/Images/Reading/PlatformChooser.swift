/// Picks, among an image's manifests, the one for the platform that is wanted.
///
/// That is the platform asked for; else linux/amd64 where it is there; else the only one.
struct PlatformChooser {
  let reader: OCILayoutReader

  /// Follows indexes down to one manifest. Throws `bad-platform`.
  func choose(_ descriptors: [OCIDescriptor], title: String) throws(ImageError) -> OCIDescriptor {
    var seen: Set<Digest> = []
    let candidates = try candidates(descriptors, seen: &seen)
    guard let first = candidates.first else {
      throw ImageError(.badPlatform, "\(title) has no manifest for any platform")
    }
    if candidates.count == 1, reader.options.platform == nil { return first }
    let wanted = reader.options.platform ?? .usual
    var manifests: [Platform: OCIDescriptor] = [:]
    for candidate in candidates {
      let platform = try platform(of: candidate)
      // Windows has several manifests per platform, told apart by builds; that is no matter for others.
      if let other = manifests.updateValue(candidate, forKey: platform), other.digest != candidate.digest,
        wanted.accepts(platform)
      {
        throw ImageError(
          .corruptBundle, "\(title) has two manifests for \(ImageError.shown("\(platform)"))")
      }
    }
    if let exact = manifests[wanted] { return exact }
    // Of several variants the last is the newest (`v7` after `v6`), but the oldest runs everywhere.
    let variants = manifests.filter { wanted.accepts($0.key) }
    if let oldest = variants.min(by: { $0.key.description < $1.key.description }) { return oldest.value }
    let list = manifests.keys.map { ImageError.shown($0.description) }.sorted().joined(separator: ", ")
    throw reader.options.platform == nil
      ? ImageError(
        .badPlatform, "\(title) is there for several platforms: \(list)", hint: "name one: --platform")
      : ImageError(.badPlatform, "\(title) is not there for \(wanted), only for \(list)")
  }

  /// The manifests below these descriptors, each digest once, so that indexes within one another stay cheap.
  private func candidates(_ descriptors: [OCIDescriptor], seen: inout Set<Digest>) throws(ImageError)
    -> [OCIDescriptor]
  {
    var result: [OCIDescriptor] = []
    for descriptor in descriptors where !descriptor.isAttestation {
      guard seen.insert(descriptor.digest).inserted else { continue }
      guard seen.count <= 1_000 else {
        throw ImageError(.tooLarge, "an image of the archive has more than 1000 manifests")
      }
      switch descriptor.mediaType {
      case MediaType.ociIndex, MediaType.dockerList:
        result += try candidates(try reader.index(descriptor).manifests, seen: &seen)
      case nil, MediaType.ociManifest, MediaType.dockerManifest:
        result.append(descriptor)
      case let type?:
        throw ImageError(
          .unsupportedArchive, "\(descriptor.digest) is no container image but \(ImageError.shown(type))")
      }
    }
    return result
  }

  private func platform(of descriptor: OCIDescriptor) throws(ImageError) -> Platform {
    if let platform = descriptor.platform { return platform.platform }
    return try reader.config(try reader.manifest(descriptor).document).document.platform
  }
}
