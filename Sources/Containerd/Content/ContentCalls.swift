import Images

// containerd's API, services/content/v1/content.proto.

/// The calls of the content store that are used.
enum ContentCalls {
  static let write = "/containerd.services.content.v1.Content/Write"
  static let statuses = "/containerd.services.content.v1.Content/ListStatuses"
  static let abort = "/containerd.services.content.v1.Content/Abort"

  /// Under what a blob is written until it is whole. The same for every run, so that the next one finds it.
  static func reference(_ digest: Digest) -> String { "gantry-" + digest.hex }

  /// A ListStatusesRequest for the blobs that are not whole.
  static var statusesRequest: [UInt8] { ProtobufWriter.message("ref~=^gantry-") }

  /// An AbortRequest.
  static func abortRequest(_ digest: Digest) -> [UInt8] { ProtobufWriter.message(reference(digest)) }

  /// How many bytes of each blob a ListStatusesResponse says are there.
  static func offsets(_ response: [UInt8]) throws(ContainerdError) -> [String: Int64] {
    var offsets: [String: Int64] = [:]
    var reader = ProtobufReader(response[...])
    while let (field, value) = try reader.next() {
      guard field == 1, case .bytes(let bytes) = value else { continue }
      var status = ProtobufReader(bytes)
      var reference = ""
      var offset: Int64 = 0
      while let (field, value) = try status.next() {
        switch (field, value) {
        case (3, .bytes(let bytes)): reference = String(decoding: bytes, as: UTF8.self)
        case (4, .number(let number)): offset = Int64(clamping: number)
        default: break
        }
      }
      offsets[reference] = offset
    }
    return offsets
  }

  /// A WriteContentRequest with its length before it, up to the first byte of its data.
  ///
  /// - Parameters:
  ///   - offset: where in the blob the data begins, in bytes.
  ///   - count: bytes of data that follow; with the blob's last ones comes the request to commit it.
  static func writeHead(_ blob: Blob, offset: Int64, count: Int) -> [UInt8] {
    let write: Int64 = 1
    let commit: Int64 = 2
    var message = ProtobufWriter()
    message.number(1, offset + Int64(count) == blob.size ? commit : write)
    message.string(2, reference(blob.digest))
    message.number(3, blob.size)
    message.string(4, blob.digest.description)
    message.number(5, offset)
    if count > 0 { message.head(6, count: count) }
    return GRPCReply.prefix(message.bytes.count + count) + message.bytes
  }
}
