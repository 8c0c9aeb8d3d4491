/// What the doctor found about one thing.
struct Finding: Encodable, Sendable {
  enum Status: String, Encodable, Sendable {
    case ok
    /// gantry works, but not as well or as safely as it could.
    case warning
    /// Something will fail.
    case bad
  }

  let name: String
  let status: Status
  let message: String
  /// What to do; nil when nothing is to be done.
  let hint: String?

  init(_ name: String, _ status: Status, _ message: String, hint: String? = nil) {
    self.name = name
    self.status = status
    self.message = message
    self.hint = hint
  }

  static func ok(_ name: String, _ message: String) -> Finding { Finding(name, .ok, message) }
}
