/// A lease of containerd's: what is written under it is kept from its garbage collection until the lease ends.
public struct Lease: Sendable, Equatable {
  /// How it is told from others.
  public let id: String
  /// When it ends by itself, where nobody is left to end it: a time of RFC 3339, by the node's clock.
  public let expiry: String

  public init(id: String, expiry: String) {
    self.id = id
    self.expiry = expiry
  }

  // containerd's API, services/leases/v1/leases.proto.

  /// What the names of gantry's leases begin with.
  public static let prefix = "gantry-"

  static let create = "/containerd.services.leases.v1.Leases/Create"
  static let delete = "/containerd.services.leases.v1.Leases/Delete"
  static let list = "/containerd.services.leases.v1.Leases/List"

  /// More than that are not ended by one upload.
  private static let mostLeases = 100
  /// containerd takes no longer names (its identifiers package).
  private static let longestName = 76

  /// A CreateRequest. The label is described in containerd's docs/garbage-collection.md.
  var createRequest: [UInt8] {
    var message = ProtobufWriter()
    message.string(1, id)
    message.entry(3, "containerd.io/gc.expire", expiry)
    return message.bytes
  }

  /// A DeleteRequest.
  static func deleteRequest(_ id: String) -> [UInt8] { ProtobufWriter.message(id) }

  /// A ListRequest for gantry's leases.
  static var listRequest: [UInt8] { ProtobufWriter.message("id~=^\(prefix)") }

  /// The names in a ListResponse.
  static func names(_ response: [UInt8]) throws(ContainerdError) -> [String] {
    var names: [String] = []
    var reader = ProtobufReader(response[...])
    while names.count < mostLeases, let (field, value) = try reader.next() {
      guard field == 1, case .bytes(let bytes) = value else { continue }
      var lease = ProtobufReader(bytes)
      var name = ""
      while let (field, value) = try lease.next() {
        guard field == 1, case .bytes(let id) = value else { continue }
        name = id.count <= longestName ? String(decoding: id, as: UTF8.self) : ""
      }
      if name.hasPrefix(prefix) { names.append(name) }
    }
    return names
  }
}
