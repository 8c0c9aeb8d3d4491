/// Many node names in few characters: `node[1-3,7],web`.
public enum NodeNames {
  /// Folds names that differ in one number; numbers keep their zeros (`n[01-03]`).
  ///
  /// The order is that of the first name of each group.
  public static func folded(_ names: [String]) -> String {
    struct Key: Hashable {
      let prefix: Substring
      let suffix: Substring
      /// Digits of a number with leading zeros; 0 for one without.
      let width: Int
    }
    var order: [Key] = []
    var numbers: [Key: [Int]] = [:]
    var single: [Key: String] = [:]
    for name in names {
      let text = name[...]
      var key = Key(prefix: text, suffix: "", width: -1)
      var number = 0
      if let last = text.lastIndex(where: { isDigit($0) }) {
        let end = text.index(after: last)
        var start = last
        while start > text.startIndex, isDigit(text[text.index(before: start)]) {
          start = text.index(before: start)
        }
        let digits = text[start..<end]
        if digits.count <= 15, let value = Int(digits) {
          key = Key(
            prefix: text[..<start], suffix: text[end...],
            width: digits.hasPrefix("0") && digits.count > 1 ? digits.count : 0)
          number = value
        }
      }
      // `n07` and `n12` belong together: a number without a leading zero joins a padded group of its own width.
      if key.width == 0 {
        let padded = Key(prefix: key.prefix, suffix: key.suffix, width: String(number).count)
        if numbers[padded] != nil { key = padded }
      }
      if numbers[key] == nil { order.append(key) }
      numbers[key, default: []].append(number)
      if single[key] == nil { single[key] = name }
    }
    return order.map { key in
      let values = Array(Set(numbers[key] ?? [])).sorted()
      guard key.width >= 0, values.count > 1 else { return single[key] ?? String(key.prefix) }
      return key.prefix + "[" + ranges(values, width: key.width) + "]" + key.suffix
    }.joined(separator: ",")
  }

  private static func ranges(_ values: [Int], width: Int) -> String {
    func text(_ value: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    var parts: [String] = []
    var index = 0
    while index < values.count {
      var end = index
      while end + 1 < values.count, values[end + 1] == values[end] + 1 { end += 1 }
      parts.append(index == end ? text(values[index]) : text(values[index]) + "-" + text(values[end]))
      index = end + 1
    }
    return parts.joined(separator: ",")
  }

  private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
}
