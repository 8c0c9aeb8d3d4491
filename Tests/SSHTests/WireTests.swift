import Testing

@testable import SSH

/// The examples of RFC 4251, section 5, and what must not be read.
@Suite struct WireTests {
  @Test(
    arguments: [
      ([], [0, 0, 0, 0]), ([0], [0, 0, 0, 0]), ([0x09, 0xa3], [0, 0, 0, 2, 0x09, 0xa3]),
      ([0x80], [0, 0, 0, 2, 0, 0x80]), ([0, 0, 0x7f], [0, 0, 0, 1, 0x7f]),
    ] as [([UInt8], [UInt8])])
  func unsignedNumbers(_ number: [UInt8], _ wire: [UInt8]) {
    var writer = WireWriter()
    writer.unsigned(number)
    #expect(writer.bytes == wire)
    var reader = WireReader(wire)
    #expect(reader.unsigned() == Array(number.drop { $0 == 0 }))
    #expect(reader.isAtEnd)
  }

  @Test func stringsAndNumbers() {
    var writer = WireWriter()
    writer.byte(7)
    writer.uint32(0x0102_0304)
    writer.string("testing")
    #expect(writer.bytes == [7, 1, 2, 3, 4, 0, 0, 0, 7] + Array("testing".utf8))
    var reader = WireReader(writer.bytes)
    #expect(reader.byte() == 7)
    #expect(reader.uint32() == 0x0102_0304)
    #expect(reader.text() == "testing")
    #expect(reader.isAtEnd)
  }

  @Test(
    arguments: [[], [0], [0, 0, 0], [0, 0, 0, 1], [0xff, 0xff, 0xff, 0xff, 1], [0, 0, 0, 3, 1, 2]]
      as [[UInt8]])
  func shortInputIsNil(_ bytes: [UInt8]) {
    var reader = WireReader(bytes)
    #expect(reader.string() == nil)
  }

  @Test func negativeNumbersAreNoKeys() {
    var reader = WireReader([0, 0, 0, 1, 0x80])
    #expect(reader.unsigned() == nil)
  }

  @Test func publicKeys() throws {
    #expect(PublicKey(blob: []) == nil)
    #expect(PublicKey(blob: [0, 0, 0, 1, 65]) == nil)
    let key = try #require(PublicKey(blob: [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 0]))
    #expect(key.shortType == "ED25519")
    #expect(key.fingerprint.hasPrefix("SHA256:"))
    #expect(key.fingerprint.count == 7 + 43)
  }
}
