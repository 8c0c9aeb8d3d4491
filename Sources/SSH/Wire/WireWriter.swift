/// Writes the data types of RFC 4251, section 5.
struct WireWriter {
  private(set) var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func uint32(_ value: UInt32) {
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }

  mutating func string(_ value: some Collection<UInt8>) {
    uint32(UInt32(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func string(_ value: String) { string(Array(value.utf8)) }

  /// A positive mpint: no needless leading zero bytes, but one where the first bit is set.
  mutating func unsigned(_ value: some Collection<UInt8>) {
    let digits = Array(value.drop { $0 == 0 })
    string((digits.first ?? 0) >= 0x80 ? [0] + digits : digits)
  }
}
