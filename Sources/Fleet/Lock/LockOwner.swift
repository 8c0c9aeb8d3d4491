/// In whose name a run locks the nodes that it changes.
public struct LockOwner: Sendable, Hashable {
  /// The run's name.
  public let run: String
  /// `user@host` of whoever started it, for people.
  public let who: String
  /// Runs that are known to be over, such as the one that this run takes up again: their locks are its own.
  public let over: [String]
  /// How long to wait for a node that another run holds; zero to give it up at once.
  public let patience: Duration

  public init(run: String, who: String, over: [String] = [], patience: Duration = .zero) {
    self.run = Self.word(run)
    self.who = Self.word(who)
    self.over = over.map(Self.word)
    self.patience = patience
  }

  /// The lock's text is words with blanks between them, and a link's target that must stay short.
  private static func word(_ text: String) -> String {
    let kept = text.unicodeScalars.filter {
      $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_.@".unicodeScalars.contains($0))
    }
    return kept.isEmpty ? "-" : String(String.UnicodeScalarView(kept.prefix(100)))
  }
}
