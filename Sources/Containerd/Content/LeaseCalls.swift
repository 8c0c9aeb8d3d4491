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

  static let create = "/containerd.services.leases.v1.Leases/Create"
  static let delete = "/containerd.services.leases.v1.Leases/Delete"

  /// A CreateRequest. The label is described in containerd's docs/garbage-collection.md.
  var createRequest: [UInt8] {
    var message = ProtobufWriter()
    message.string(1, id)
    message.entry(3, "containerd.io/gc.expire", expiry)
    return message.bytes
  }

  /// A DeleteRequest.
  var deleteRequest: [UInt8] {
    var message = ProtobufWriter()
    message.string(1, id)
    return message.bytes
  }
}
