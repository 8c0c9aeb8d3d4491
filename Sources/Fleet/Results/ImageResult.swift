/// One image reference on one node after the work.
public struct ImageResult: Sendable, Codable, Hashable {
  public enum Status: String, Sendable, Codable, CaseIterable {
    /// It was there, complete and under this name.
    case present
    /// Its content was sent.
    case loaded
    /// Its content was there; the name is new or was moved.
    case tagged
    case failed
    case missing
    /// The name is there but names another image.
    case stale
    /// An older version that no container uses.
    case removable
    case removed
  }

  public var reference: String
  /// The image ID: the digest of its config.
  public var id: String
  public var status: Status
  /// The image ID that the name pointed at before, when that was another.
  public var replaced: String?

  public init(reference: String, id: String, status: Status, replaced: String? = nil) {
    self.reference = reference
    self.id = id
    self.status = status
    self.replaced = replaced
  }
}
