/// Gathers the images and layers of an archive, each once.
struct ImageCollector {
  private(set) var images: [ArchivedImage] = []
  private(set) var blobs: [Digest: Blob] = [:]
  private var positions: [Digest: Int] = [:]
  private var owners: [ImageReference: Digest] = [:]
  private let limits: ArchiveLimits

  init(limits: ArchiveLimits) { self.limits = limits }

  /// Adds a layer's blob; one digest means one content, so the first place is as good as any other.
  mutating func add(_ blob: Blob) {
    if blobs[blob.digest] == nil { blobs[blob.digest] = blob }
  }

  /// Adds an image, or its names where the image is there already. Throws `corrupt-bundle` where two images have
  /// one name, and `too-large`.
  mutating func add(_ image: ArchivedImage) throws(ImageError) {
    var new: [ImageReference] = []
    for name in image.references {
      guard let other = owners.updateValue(image.imageID, forKey: name) else {
        new.append(name)
        continue
      }
      guard other == image.imageID else {
        throw ImageError(.corruptBundle, "two images of the archive are both named \(name)")
      }
    }
    if let position = positions[image.imageID] {
      images[position].references += new
      return
    }
    guard images.count < limits.images else {
      throw ImageError(.tooLarge, "the archive has more than \(limits.images) images")
    }
    positions[image.imageID] = images.count
    images.append(image)
    images[images.count - 1].references = new
  }

  /// Where a layer comes from, or what else is known of it.
  struct LayerSource {
    var digest: Digest
    var size: Int64
    var compression: Compression
    var mediaType: String
  }

  /// Puts an image together; throws `corrupt-bundle` where its configuration and its layers contradict each other.
  func image(
    _ references: [ImageReference], config: [UInt8], document: ImageConfig, layers: [LayerSource],
    manifest: ImageManifest?
  ) throws(ImageError) -> ArchivedImage {
    let imageID = Digest(of: config)
    let title = references.first?.description ?? "image \(imageID.short)"
    let diffIDs = document.rootfs.diffIDs ?? []
    guard diffIDs.count == layers.count else {
      throw ImageError(
        .corruptBundle, "\(title) has \(layers.count) layers, its configuration names \(diffIDs.count)")
    }
    guard layers.count <= limits.layers else {
      throw ImageError(.tooLarge, "\(title) has more than \(limits.layers) layers")
    }
    let chains = ArchivedImage.chainIDs(diffIDs)
    var result: [ArchivedImage.Layer] = []
    for (index, layer) in layers.enumerated() {
      guard layer.compression != .none || layer.digest == diffIDs[index] else {
        throw ImageError(
          .digestMismatch,
          "\(title): layer \(layer.digest) should be \(diffIDs[index]), says its configuration")
      }
      result.append(
        ArchivedImage.Layer(
          diffID: diffIDs[index], chainID: chains[index], digest: layer.digest, size: layer.size,
          compression: layer.compression, mediaType: layer.mediaType))
    }
    let made: ImageManifest
    if let manifest {
      made = manifest
    } else {
      made = try ManifestBuilder.manifest(imageID: imageID, configSize: config.count, layers: layers)
    }
    return ArchivedImage(
      references: references, imageID: imageID, config: config, platform: document.platform, layers: result,
      manifest: made)
  }
}
