import Documents

/// A host name with ranges in it, such as `db[01:20:2]-[a:c]`.
///
/// Ansible: Building an inventory: adding ranges of hosts. Both ends are included, and a leading zero fixes
/// the width. What Ansible passes over in silence, such as a range that counts down, is an error here.
struct HostRange {
  /// The most hosts that one inventory may have. Checked before anything is allocated.
  static let hostLimit = 100_000

  private enum Part {
    case text(String)
    case numbers(first: Int, last: Int, step: Int, width: Int)
    case letters(ArraySlice<Character>, step: Int)

    var count: Int {
      switch self {
      case .text: 1
      case .numbers(let first, let last, let step, _): (last - first) / step + 1
      case .letters(let letters, let step): (letters.count - 1) / step + 1
      }
    }
  }

  private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

  private let parts: [Part]

  /// How many names there are.
  let count: Int

  /// Whether there are brackets, so that the name must be read as a range.
  static func isRange(_ text: String) -> Bool { text.contains("[") }

  /// Reads a name with ranges.
  ///
  /// - Throws: `inventory-range` for a bad range or one of more than ``hostLimit`` hosts.
  init(_ text: String, at origin: Origin? = nil) throws(InventoryError) {
    var parts: [Part] = []
    var count = 1
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "[") {
      guard let close = rest[open...].firstIndex(of: "]") else {
        throw Self.error("the range in \(text.quoted) has no closing bracket", origin)
      }
      parts.append(.text(String(rest[..<open])))
      let part = try Self.part(String(rest[open..<close].dropFirst()), in: text, origin)
      let (product, overflow) = count.multipliedReportingOverflow(by: part.count)
      guard !overflow, product <= Self.hostLimit else {
        throw Self.error("\(text.quoted) makes more than \(Self.hostLimit) hosts", origin)
      }
      parts.append(part)
      count = product
      rest = rest[close...].dropFirst()
    }
    parts.append(.text(String(rest)))
    self.parts = parts
    self.count = count
  }

  /// All names; the last range turns fastest.
  func expanded() -> [String] {
    var names = [""]
    for part in parts {
      let choices = Self.choices(part)
      names = names.flatMap { name in choices.map { name + $0 } }
    }
    return names
  }

  private static func choices(_ part: Part) -> [String] {
    switch part {
    case .text(let text): [text]
    case .numbers(let first, let last, let step, let width):
      stride(from: first, through: last, by: step).map { number in
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
      }
    case .letters(let letters, let step):
      stride(from: letters.startIndex, to: letters.endIndex, by: step).map { String(letters[$0]) }
    }
  }

  private static func part(_ range: String, in text: String, _ origin: Origin?) throws(InventoryError) -> Part
  {
    let bounds = range.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard bounds.count == 2 || bounds.count == 3 else {
      throw error("the range [\(range)] in \(text.quoted) must be [first:last] or [first:last:step]", origin)
    }
    let first = bounds[0].isEmpty ? "0" : bounds[0]
    let last = bounds[1]
    guard !last.isEmpty else { throw error("the range [\(range)] in \(text.quoted) has no end", origin) }
    guard let step = bounds.count == 3 ? number(bounds[2]) : 1, step > 0 else {
      throw error("the step of [\(range)] in \(text.quoted) must be 1 or more", origin)
    }
    if let from = number(first), let to = number(last) {
      let isPadded = first.count > 1 && first.hasPrefix("0")
      guard !isPadded || first.count == last.count else {
        throw error("both ends of [\(range)] in \(text.quoted) must have the same number of digits", origin)
      }
      guard from <= to else { throw error("the range [\(range)] in \(text.quoted) counts down", origin) }
      return .numbers(first: from, last: to, step: step, width: isPadded ? first.count : 0)
    }
    guard first.count == 1, last.count == 1, let from = letters.firstIndex(of: Character(first)),
      let to = letters.firstIndex(of: Character(last))
    else { throw error("the range [\(range)] in \(text.quoted) needs two numbers or two letters", origin) }
    guard from <= to else { throw error("the range [\(range)] in \(text.quoted) counts down", origin) }
    return .letters(letters[from...to], step: step)
  }

  /// A number without a sign, small enough that no sum of two overflows.
  private static func number(_ text: String) -> Int? {
    guard !text.isEmpty, text.count <= 15, text.allSatisfy(\.isASCIIDigit) else { return nil }
    return Int(text)
  }

  private static func error(_ message: String, _ origin: Origin?) -> InventoryError {
    InventoryError(.range, message, at: origin, hint: "write a range as node[1:20], node[01:20] or node[a:f]")
  }
}
