import Foundation

/// The name of a run: its start in UTC and four random hex digits, `20260102-030405-ab12`.
///
/// Names sort as their runs began.
public struct RunID: Hashable, Sendable, CustomStringConvertible, Comparable {
  public let description: String

  /// A new one for a run that begins at `date`.
  public init(at date: Date = Date()) {
    let parts = Calendar.utc.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
    func digits(_ value: Int?, _ width: Int) -> String {
      let text = String(value ?? 0)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let random = String(UInt16.random(in: 0...UInt16.max), radix: 16)
    description =
      digits(parts.year, 4) + digits(parts.month, 2) + digits(parts.day, 2) + "-" + digits(parts.hour, 2)
      + digits(parts.minute, 2) + digits(parts.second, 2) + "-"
      + String(repeating: "0", count: 4 - random.count)
      + random
  }

  /// Reads a name; nil for what is none, a path among them.
  public init?(_ text: String) {
    let fields = text.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count == 3, fields[0].utf8.count == 8, fields[1].utf8.count == 6, fields[2].utf8.count == 4,
      fields[0].utf8.allSatisfy(Self.isDigit), fields[1].utf8.allSatisfy(Self.isDigit),
      fields[2].utf8.allSatisfy({ Self.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) })
    else { return nil }
    description = text
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  public static func < (left: RunID, right: RunID) -> Bool { left.description < right.description }
}

extension Calendar {
  static let utc: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
    return calendar
  }()
}
