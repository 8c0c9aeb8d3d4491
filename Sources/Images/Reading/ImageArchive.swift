/// An offline image bundle or image archive, opened in place: nothing of it is unpacked.
///
/// It may be a download (`kpanda_0.28.0_amd64.tar`) or the bundle in it, a docker-archive, an OCI image layout, or
/// a folder with one of these unpacked; plain, gzip or zstd at every level. Where nothing is compressed, opening
/// reads headers only. Where something is, it is inflated once from end to end, and all digests are known then.
public struct ImageArchive: Sendable {
  /// What kind of thing was opened.
  public enum Kind: String, Sendable {
    /// A module's bundle: chart, hints and images.
    case bundle
    /// What `docker save` and charts-syncer make.
    case dockerArchive = "docker-archive"
    /// An OCI image layout.
    case ociLayout = "oci-layout"
  }

  /// How an archive is read.
  public struct Options: Sendable {
    /// The platform to take of images that have several; nil for linux/amd64, or the only one.
    public var platform: Platform?
    /// Whether images may lack layers, as those of a partial archive do.
    public var allowMissingLayers = false
    /// Whether an archive without images is refused with `no-images`.
    public var requireImages = true
    /// Called while a compressed archive is inflated, which is all that takes long; on the opening thread.
    public var progress: @Sendable (ArchiveProgress) -> Void = { _ in }
    /// What reading may cost.
    public var limits = ArchiveLimits()

    /// The options for ordinary use.
    public init() {}
  }

  /// The path as the user gave it.
  public let path: String
  /// What was opened.
  public let kind: Kind
  /// The form that the images are in; nil where there are none.
  public let imagesForm: Kind?
  /// The images, in the archive's order.
  public let images: [ArchivedImage]
  /// The layers' blobs that the archive holds.
  public let blobs: [Digest: Blob]
  /// Bytes of all layers, configurations and manifests, each counted once.
  public let totalBytes: Int64
  /// The chart, where a bundle has one.
  public let chart: ChartFiles?
  /// The lines of the bundle's `hints.yaml`: templates that say where the chart's values name an image.
  public let hints: [String]
  /// What the blobs' offsets point into.
  public let source: any ContentSource
  /// The digests that were calculated while a compressed archive was inflated, by offset.
  let knownDigests: [Int64: Digest]
  let limits: ArchiveLimits

  /// The module's name, from its chart.
  public var moduleName: String? { chart?.name }
  /// The module's version, from its chart.
  public var moduleVersion: String? { chart?.version }

  /// Opens what is at the path. Blocks on disk reads, for compressed archives as long as inflating takes.
  ///
  /// Throws `bundle-not-found`, `read-failed`, `unsupported-archive`, `truncated-archive`, `corrupt-bundle`,
  /// `digest-mismatch`, `missing-layer`, `bad-reference`, `bad-platform`, `unsafe-path`, `too-large`, `no-images`;
  /// `cancelled` when the current task is cancelled while something is inflated.
  public static func open(path: String, options: Options = Options()) throws(ImageError) -> ImageArchive {
    let scanner = ArchiveScanner(limits: options.limits, progress: options.progress)
    let found = try BundleLocator(scanner: scanner).locate(path)
    let (contents, form) = try images(of: found.images, options: options)
    if contents.images.isEmpty, options.requireImages || found.bundle == nil {
      let cutOff = found.isWhole ? "" : ": it seems to be cut off"
      throw ImageError(.noImages, "\(ImageError.shown(path)) holds no images\(cutOff)")
    }
    return try ImageArchive(path: path, found: found, contents: contents, form: form, options: options)
  }

  private init(
    path: String, found: BundleLocator.Found, contents: ImageCollector, form: Kind?, options: Options
  ) throws(ImageError) {
    guard let source = found.images?.source ?? found.bundle?.source else {
      throw ImageError(.noImages, "\(ImageError.shown(path)) holds nothing")
    }
    self.path = path
    self.source = source
    kind = found.bundle == nil ? form ?? .ociLayout : .bundle
    imagesForm = form
    images = contents.images
    blobs = contents.blobs
    totalBytes =
      contents.blobs.values.reduce(0) { $0 + $1.size }
      + contents.images.reduce(0) { $0 + Int64($1.config.count + $1.manifest.bytes.count) }
    limits = options.limits
    var digests: [Int64: Digest] = [:]
    for member in found.images?.members.values ?? [:].values {
      if let digest = member.digest { digests[member.offset] = digest }
    }
    knownDigests = digests
    if let bundle = found.bundle {
      chart = try ChartFiles(in: bundle, limits: options.limits)
      let bytes = try bundle.document(HintsFile.path, limit: options.limits.documentBytes)
      hints = try bytes.map { bytes throws(ImageError) in try HintsFile.parse(bytes) } ?? []
    } else {
      chart = nil
      hints = []
    }
  }

  private static func images(of archive: ScannedArchive?, options: Options) throws(ImageError)
    -> (ImageCollector, Kind?)
  {
    guard let archive else { return (ImageCollector(limits: options.limits), nil) }
    if archive.members["oci-layout"] != nil, archive.members["index.json"] != nil {
      let contents = try OCILayoutReader(archive: archive, options: options).read()
      if !contents.images.isEmpty || archive.members["manifest.json"] == nil { return (contents, .ociLayout) }
    }
    return (try DockerArchiveReader(archive: archive, options: options).read(), .dockerArchive)
  }

  /// Whether the images can only be read from end to end, so that each node's stream inflates them anew.
  public var isCompressed: Bool { source.isSequential }

  /// A reader for one node; the file itself is open only once.
  ///
  /// A node's batches go through one cursor: of a compressed archive, a new cursor begins at the start again.
  public func makeCursor() throws(ImageError) -> any ContentCursor { try source.makeCursor() }
}
