/// The Blowfish cipher with the key schedule of bcrypt ("Eksblowfish", Provos and Mazières, 1999).
struct Blowfish {
  /// The 18 subkeys, then the four boxes of 256 words each.
  private var words: [UInt32] = Blowfish.initial

  private static let subkeys = 18

  /// The digits of pi, which is what Blowfish begins with: 1042 words of its fraction.
  private static let initial = PiFraction.words(subkeys + 4 * 256)

  /// Mixes key and salt into the state; both are read round and round. An empty salt counts as zeros.
  mutating func expand(salt: [UInt8], key: [UInt8]) {
    words.withUnsafeMutableBufferPointer { words in
      var position = 0
      for index in 0..<Self.subkeys { words[index] ^= Self.next(key, &position) }
      var (left, right): (UInt32, UInt32) = (0, 0)
      position = 0
      for index in stride(from: 0, to: words.count, by: 2) {
        if !salt.isEmpty {
          left ^= Self.next(salt, &position)
          right ^= Self.next(salt, &position)
        }
        Self.encrypt(words, &left, &right)
        words[index] = left
        words[index + 1] = right
      }
    }
  }

  /// Encrypts pairs of words in place, each by itself.
  func encrypt(_ block: inout [UInt32]) {
    // Only read; the same function serves the schedule, which writes in between.
    var copy = words
    copy.withUnsafeMutableBufferPointer { words in
      for index in stride(from: 0, to: block.count, by: 2) {
        var (left, right) = (block[index], block[index + 1])
        Self.encrypt(words, &left, &right)
        (block[index], block[index + 1]) = (left, right)
      }
    }
  }

  /// The next four bytes as a big-endian word.
  private static func next(_ bytes: [UInt8], _ position: inout Int) -> UInt32 {
    var word: UInt32 = 0
    for _ in 0..<4 {
      word = word << 8 | UInt32(bytes[position])
      position += 1
      if position == bytes.count { position = 0 }
    }
    return word
  }

  @inline(__always)
  private static func encrypt(
    _ words: UnsafeMutableBufferPointer<UInt32>, _ left: inout UInt32, _ right: inout UInt32
  ) {
    var (l, r) = (left, right)
    for round in 0..<16 {
      l ^= words[round]
      let a = words[18 + Int(l >> 24)] &+ words[274 + Int(l >> 16 & 0xff)]
      r ^= (a ^ words[530 + Int(l >> 8 & 0xff)]) &+ words[786 + Int(l & 0xff)]
      (l, r) = (r, l)
    }
    (left, right) = (r ^ words[17], l ^ words[16])
  }
}

/// The fraction of pi in binary, by Machin's formula: pi = 16 arctan(1/5) - 4 arctan(1/239).
enum PiFraction {
  /// The first `count` words, the most significant first.
  static func words(_ count: Int) -> [UInt32] {
    // Fixed point: one word before the point, and two more behind than asked for, which take the rounding.
    let size = count + 3
    var sum = [UInt32](repeating: 0, count: size)
    arctangent(of: 5, times: 16, subtracting: false, &sum)
    arctangent(of: 239, times: 4, subtracting: true, &sum)
    return Array(sum[1...count])
  }

  /// Adds `times` arctan(1 / `inverse`) to the sum, or takes it away.
  private static func arctangent(of inverse: UInt64, times: UInt32, subtracting: Bool, _ sum: inout [UInt32])
  {
    var power = [UInt32](repeating: 0, count: sum.count)
    power[0] = times
    divide(&power, by: inverse, from: 0)
    var odd: UInt64 = 1
    var minus = subtracting
    var start = 0
    while start < power.count {
      var term = power
      divide(&term, by: odd, from: start)
      add(term, to: &sum, minus: minus, from: start)
      minus.toggle()
      odd += 2
      divide(&power, by: inverse * inverse, from: start)
      while start < power.count, power[start] == 0 { start += 1 }
    }
  }

  private static func divide(_ number: inout [UInt32], by divisor: UInt64, from start: Int) {
    number.withUnsafeMutableBufferPointer { number in
      var rest: UInt64 = 0
      for index in start..<number.count {
        let part = rest << 32 | UInt64(number[index])
        number[index] = UInt32(truncatingIfNeeded: part / divisor)
        rest = part % divisor
      }
    }
  }

  private static func add(_ term: [UInt32], to sum: inout [UInt32], minus: Bool, from start: Int) {
    var carry: Int64 = 0
    for index in stride(from: sum.count - 1, through: 0, by: -1) {
      if index < start, carry == 0 { return }
      let part = Int64(sum[index]) + (minus ? -Int64(term[index]) : Int64(term[index])) + carry
      sum[index] = UInt32(truncatingIfNeeded: part)
      carry = part >> 32
    }
  }
}
