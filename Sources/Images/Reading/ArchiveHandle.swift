import CLibArchive

/// The one owner of a libarchive reader.
///
/// Formats and filters are asked for by name, so that no other parser of libarchive ever sees foreign bytes.
struct ArchiveHandle: ~Copyable {
  let raw: OpaquePointer
  private let bridge: InputBridge

  /// What the bytes are read as.
  enum Form {
    /// A tar archive that is not compressed.
    case tar
    /// No archive: only what the bytes inflate to.
    case inflated(Compression)
  }

  init(_ form: Form, input: any BlockInput) throws(ImageError) {
    guard let raw = archive_read_new() else { throw ImageError(.readFailed, "libarchive: out of memory") }
    self.raw = raw
    bridge = InputBridge(input)
    switch form {
    case .tar: archive_read_support_format_tar(raw)
    case .inflated(.gzip):
      archive_read_support_filter_gzip(raw)
      archive_read_support_format_raw(raw)
    case .inflated(.zstd):
      archive_read_support_filter_zstd(raw)
      archive_read_support_format_raw(raw)
    case .inflated(.none): archive_read_support_format_raw(raw)
    }
    // The handle never outlives the bridge: both belong to this struct, and freeing calls none of the callbacks.
    archive_read_set_callback_data(raw, Unmanaged.passUnretained(bridge).toOpaque())
    archive_read_set_read_callback(raw) { _, data, block in InputBridge.of(data).read(block) }
    archive_read_set_skip_callback(raw) { _, data, count in InputBridge.of(data).input.skip(count) }
    // A failure here makes every later call fail, and ``failure(_:)`` then says why.
    _ = archive_read_open1(raw)
  }

  deinit { archive_read_free(raw) }

  /// Bytes that the reader consumed so far, after inflation.
  var position: Int64 { archive_filter_bytes(raw, 0) }

  /// What went wrong with the input itself, if anything did.
  var inputFailure: ImageError? { bridge.failure }

  /// Why a call failed, seen from the input first: an input that ended is what truncation looks like.
  func failure(_ what: String) -> ImageError {
    if let failure = bridge.failure { return failure }
    let reason = archive_error_string(raw).map { ": " + ImageError.shown(String(cString: $0)) } ?? ""
    return bridge.reachedEnd
      ? ImageError(.truncatedArchive, "\(what) ends too early\(reason)")
      : ImageError(.corruptBundle, "\(what) is damaged\(reason)")
  }
}

/// Hands blocks to libarchive and keeps the error that a C callback cannot throw.
private final class InputBridge {
  let input: any BlockInput
  var failure: ImageError?
  var reachedEnd = false

  init(_ input: any BlockInput) { self.input = input }

  static func of(_ data: UnsafeMutableRawPointer?) -> InputBridge {
    guard let data else { preconditionFailure("libarchive lost its callback data") }
    return Unmanaged<InputBridge>.fromOpaque(data).takeUnretainedValue()
  }

  func read(_ block: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
    do throws(ImageError) {
      let next = try input.nextBlock()
      if next.isEmpty { reachedEnd = true }
      block?.pointee = next.baseAddress
      return next.count
    } catch {
      failure = error
      return Int(ARCHIVE_FATAL)
    }
  }
}
