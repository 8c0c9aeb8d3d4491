import Fleet
import Images

/// Text of other sides made fit for one line of a message.
enum MessageText {
  static func shown(_ text: String) -> String { PrintableText.line(text, limit: 200) }

  /// As the size of something is told.
  static func bytes(_ count: Int64) -> String {
    count < 1_000_000 ? "\(count) bytes" : "\(count / 1_000_000) MB"
  }
}
