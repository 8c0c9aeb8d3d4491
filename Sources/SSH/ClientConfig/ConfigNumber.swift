import Glibc

/// Numbers as ssh_config(5) writes them.
enum ConfigNumber {
  /// A port from 1 to 65535, or the name of a TCP service.
  static func port(_ text: some StringProtocol) -> Int? {
    if text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(text)
    {
      return (1...65_535).contains(number) ? number : nil
    }
    // Unsafe: the record is shared by the process; its number is copied at once. Services do not change meanwhile.
    guard let service = getservbyname(String(text), "tcp") else { return nil }
    return Int(UInt16(truncatingIfNeeded: service.pointee.s_port).byteSwapped)
  }

  /// A whole number from 0.
  static func whole(_ text: String) -> Int? {
    guard let number = Int(text), (0...Int(Int32.max)).contains(number) else { return nil }
    return number
  }

  /// TIME FORMATS of sshd_config(5): `90`, `1m30s`, `2h`; in seconds.
  static func seconds(_ text: String) -> Int? {
    var total = 0
    var rest = text.utf8[...]
    guard !rest.isEmpty else { return nil }
    while let first = rest.first {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first), let number = Int(Substring(digits)),
        number <= Int(Int32.max)
      else { return nil }
      rest = rest[digits.endIndex...]
      let unit: Int
      switch rest.popFirst() {
      case nil, UInt8(ascii: "s"), UInt8(ascii: "S"): unit = 1
      case UInt8(ascii: "m"), UInt8(ascii: "M"): unit = 60
      case UInt8(ascii: "h"), UInt8(ascii: "H"): unit = 3600
      case UInt8(ascii: "d"), UInt8(ascii: "D"): unit = 86_400
      case UInt8(ascii: "w"), UInt8(ascii: "W"): unit = 604_800
      default: return nil
      }
      total += number * unit
      guard total <= Int(Int32.max) else { return nil }
    }
    return total
  }
}
