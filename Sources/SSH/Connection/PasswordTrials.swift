import Fleet
import Inventory

/// Lets a become password be tried on one node before it is given to others: a wrong one would be counted on every
/// node, and where the nodes share their accounts it would lock them.
actor PasswordTrials {
  /// A user with a password.
  struct Pair: Hashable, Sendable {
    let program: String
    let user: String
    let password: Secret
  }

  enum Permit: Sendable {
    /// It was accepted somewhere.
    case known
    /// Nobody knows yet: this node finds out, and the others wait for its ``finish(_:_:)``.
    case first
    /// It was refused on another node.
    case wrong
  }

  enum Outcome: Sendable {
    case accepted, refused
    /// It was not asked for, or the connection broke.
    case unknown
  }

  private enum State {
    case tried(waiting: [CheckedContinuation<Permit, Never>])
    case accepted, refused
  }

  private var states: [Pair: State] = [:]

  /// Whether the password may be given. It waits while another node tries it.
  func permit(_ pair: Pair) async -> Permit {
    switch states[pair] {
    case .accepted: return .known
    case .refused: return .wrong
    case nil:
      states[pair] = .tried(waiting: [])
      return .first
    case .tried:
      return await withCheckedContinuation { continuation in
        guard case .tried(let waiting) = states[pair] else { return continuation.resume(returning: .known) }
        states[pair] = .tried(waiting: waiting + [continuation])
      }
    }
  }

  /// Tells what came of a `first` permit.
  func finish(_ pair: Pair, _ outcome: Outcome) {
    guard case .tried(var waiting) = states[pair] else { return }
    switch outcome {
    case .accepted:
      states[pair] = .accepted
      for continuation in waiting { continuation.resume(returning: .known) }
    case .refused:
      states[pair] = .refused
      for continuation in waiting { continuation.resume(returning: .wrong) }
    case .unknown:
      // The next finds out.
      guard !waiting.isEmpty else {
        states[pair] = nil
        return
      }
      let next = waiting.removeFirst()
      states[pair] = .tried(waiting: waiting)
      next.resume(returning: .first)
    }
  }

  /// What a node ends with that was not tried.
  static let wrong = Failure(
    .sudoPasswordWrong, "not tried: another node has refused the same become password of this user",
    hint: "check the become password, then `gantry rerun`")
}
