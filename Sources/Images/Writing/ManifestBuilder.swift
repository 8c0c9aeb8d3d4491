/// Makes OCI image manifests, the same bytes for the same content.
enum ManifestBuilder {
  static func manifest(imageID: Digest, configSize: Int, layers: [ImageCollector.LayerSource])
    throws(ImageError) -> ImageManifest
  {
    let document = OCIManifest(
      schemaVersion: 2, mediaType: MediaType.ociManifest,
      config: OCIDescriptor(mediaType: MediaType.ociConfig, digest: imageID, size: Int64(configSize)),
      layers: layers.map { OCIDescriptor(mediaType: $0.mediaType, digest: $0.digest, size: $0.size) })
    let bytes = try OCIDocument.encode(document, what: "the manifest")
    return ImageManifest(bytes: bytes, mediaType: MediaType.ociManifest, isOriginal: false)
  }
}
