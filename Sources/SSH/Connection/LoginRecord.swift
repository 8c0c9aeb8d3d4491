import Fleet

/// What was tried to log in on one connection, and what came of it; the text of the failure at the end.
struct LoginRecord {
  /// The methods that the server said it would take (RFC 4252, 5.1), in its order.
  var offered: [String] = []
  /// Requests that the server has refused; sshd hangs up after MaxAuthTries of them, 6 by default.
  var refusals = 0
  private(set) var notes: [String] = []
  private var unusableKeys = 0
  private var tried = 0

  /// sshd's MaxAuthTries; sshd_config(5).
  static let maximumTries = 6

  func offers(_ method: String) -> Bool { offered.contains(method) }

  mutating func refused(_ what: String) {
    refusals += 1
    tried += 1
    notes.append(what)
  }

  /// Taken as the first of several proofs; the server wants more. Asking it what costs a try.
  mutating func partly(_ what: String) {
    refusals += 1
    tried += 1
    notes.append("\(what), which is not enough alone")
  }

  /// Something that was not tried with the server, or ended without its refusal.
  mutating func skipped(_ what: String) { notes.append(what) }

  mutating func unusable(_ what: String) {
    unusableKeys += 1
    notes.append(what)
  }

  func failure(user: String) -> Failure {
    let methods = offered.isEmpty ? "nothing" : MessageText.clean(offered.joined(separator: ","), limit: 100)
    let list = notes.isEmpty ? "no way to log in is configured" : "tried " + notes.joined(separator: ", ")
    let message = "log in as \(MessageText.clean(user, limit: 40)): the server takes \(methods); \(list)"
    if tried == 0, unusableKeys > 0 {
      return Failure(.keyUnusable, message, hint: "fix the key file, or load the key into an agent (ssh-add)")
    }
    return Failure(
      .authFailed, message,
      hint: "check the user, and that its authorized_keys has the key; `ssh-copy-id` puts it there")
  }
}
