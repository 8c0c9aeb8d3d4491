/// Finds the type of a plain YAML scalar by the rules of YAML 1.1, as PyYAML applies them.
///
/// YAML 1.1 reads `yes` and `off` as booleans, `010` as 8 and `1:30` as 90; Ansible inherits this, and so do
/// the inventories people have. Dates stay text. A whole number beyond 64 bits stays text too.
package enum YAMLScalar {
  private static let booleans: [String: Bool] = [
    "yes": true, "Yes": true, "YES": true, "no": false, "No": false, "NO": false,
    "true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false,
    "on": true, "On": true, "ON": true, "off": false, "Off": false, "OFF": false,
  ]

  /// The value of an unquoted scalar.
  package static func value(of text: String) -> Value {
    guard let first = text.unicodeScalars.first else { return .null }
    switch first {
    case "~" where text == "~": return .null
    case "n" where text == "null", "N" where text == "Null" || text == "NULL": return .null
    case "y", "Y", "n", "N", "t", "T", "f", "F", "o", "O":
      return booleans[text].map(Value.bool) ?? .string(text)
    case "0"..."9", "+", "-", ".":
      return number(text) ?? .string(text)
    default:
      return .string(text)
    }
  }

  private static func number(_ text: String) -> Value? {
    let isNegative = text.hasPrefix("-")
    let isSigned = isNegative || text.hasPrefix("+")
    let body = isSigned ? text.dropFirst() : Substring(text)
    return special(body, isNegative, isSigned) ?? integer(body, isNegative)
      ?? float(body, isNegative, isSigned)
  }

  private static func special(_ body: Substring, _ isNegative: Bool, _ isSigned: Bool) -> Value? {
    switch body {
    case ".inf", ".Inf", ".INF": .double(isNegative ? -.infinity : .infinity)
    case ".nan", ".NaN", ".NAN": isSigned ? nil : .double(.nan)
    default: nil
    }
  }

  private static func integer(_ body: Substring, _ isNegative: Bool) -> Value? {
    let sign = isNegative ? "-" : ""
    func integer(_ digits: Substring, radix: Int) -> Value? {
      Int(sign + digits.filter { $0 != "_" }, radix: radix).map(Value.int)
    }
    if body == "0" { return .int(0) }
    if body.hasPrefix("0b") { return integer(body.dropFirst(2), radix: 2) }
    if body.hasPrefix("0x") { return integer(body.dropFirst(2), radix: 16) }
    if body.hasPrefix("0") { return isDigits(body) ? integer(body, radix: 8) : nil }
    guard let first = body.first, first.isASCIIDigit else { return nil }
    if isDigits(body) { return integer(body, radix: 10) }
    guard let parts = sexagesimal(body), isDigits(parts[0]) else { return nil }
    var total = 0
    for part in parts {
      guard let digit = Int(part.filter { $0 != "_" }) else { return nil }
      let (product, overflow) = total.multipliedReportingOverflow(by: 60)
      let (sum, carry) = product.addingReportingOverflow(digit)
      guard !overflow, !carry else { return nil }
      total = sum
    }
    return .int(isNegative ? -total : total)
  }

  private static func float(_ body: Substring, _ isNegative: Bool, _ isSigned: Bool) -> Value? {
    guard let dot = body.firstIndex(of: ".") else { return nil }
    let whole = body[..<dot]
    var fraction = body[dot...].dropFirst()
    var exponent = ""
    if let mark = fraction.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      exponent = String(fraction[mark...])
      fraction = fraction[..<mark]
      // YAML 1.1 wants a sign in the exponent: 1.5e3 is text.
      let digits = exponent.dropFirst(2)
      guard ["+", "-"].contains(exponent.dropFirst().first), !digits.isEmpty,
        digits.allSatisfy(\.isASCIIDigit)
      else { return nil }
    }
    guard fraction.allSatisfy({ $0.isASCIIDigit || $0 == "_" }) else { return nil }
    if whole.contains(":") {
      guard exponent.isEmpty, let parts = sexagesimal(whole) else { return nil }
      let last = Double(parts[parts.count - 1] + "." + fraction.filter { $0 != "_" }) ?? 0
      let total = parts.dropLast().reduce(0.0) { ($0 + (Double($1.filter { $0 != "_" }) ?? 0)) * 60 } + last
      return .double(isNegative ? -total : total)
    }
    if whole.isEmpty {
      guard !isSigned, let first = fraction.first, first.isASCIIDigit else { return nil }
    } else {
      guard let first = whole.first, first.isASCIIDigit, isDigits(whole) else { return nil }
    }
    let digits = "0\(whole).\(fraction)0\(exponent)".filter { $0 != "_" }
    return Double(digits).map { .double(isNegative ? -$0 : $0) }
  }

  /// The parts of a number to the base of 60, such as `1:30:00`.
  private static func sexagesimal(_ text: Substring) -> [Substring]? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count > 1, isDigits(parts[0]), parts[0].first != "_" else { return nil }
    let isValid = parts.dropFirst().allSatisfy { part in
      (1...2).contains(part.count) && part.allSatisfy(\.isASCIIDigit) && (Int(part) ?? 60) < 60
    }
    return isValid ? parts : nil
  }

  private static func isDigits(_ text: Substring) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCIIDigit || $0 == "_" }
  }
}
