import Testing

@testable import SSH

/// RFC 4253, sections 4.2, 6 and 7.1.
@Suite struct ServerOfferTests {
  private static let lists = [
    "curve25519-sha256,kex-strict-s-v00@openssh.com", "ssh-ed25519", "aes128-ctr,3des-cbc", "aes128-ctr",
    "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", "",
  ]

  private static func packet(_ lists: [String], type: UInt8 = 20, padding: Int = 6) -> [UInt8] {
    var payload = WireWriter()
    payload.byte(type)
    var bytes = payload.bytes + [UInt8](repeating: 7, count: 16)
    for list in lists {
      var writer = WireWriter()
      writer.string(list)
      bytes += writer.bytes
    }
    bytes += [0, 0, 0, 0, 0]
    var header = WireWriter()
    header.uint32(UInt32(1 + bytes.count + padding))
    header.byte(UInt8(padding))
    return header.bytes + bytes + [UInt8](repeating: 0, count: padding)
  }

  @Test func isReadAfterTheBanner() throws {
    let bytes = Array("hello\r\nSSH-2.0-Test\r\n".utf8) + Self.packet(Self.lists) + [1, 2, 3]
    let offer = try #require(ServerOffer(received: bytes))
    #expect(offer.keyExchanges == ["curve25519-sha256"] && offer.hostKeys == ["ssh-ed25519"])
    #expect(offer.ciphers == ["aes128-ctr", "3des-cbc"] && offer.macs == ["hmac-sha2-256"])
  }

  /// Cut short anywhere, or of another kind, it is none; and nothing crashes.
  @Test func whatIsNotWholeIsNone() {
    let banner = Array("SSH-2.0-Test\r\n".utf8)
    let whole = banner + Self.packet(Self.lists)
    for count in 0..<whole.count { #expect(ServerOffer(received: Array(whole[..<count])) == nil) }
    #expect(ServerOffer(received: banner + Self.packet(Self.lists, type: 21)) == nil)
    #expect(ServerOffer(received: banner + Self.packet(Array(Self.lists[..<4]))) == nil)
    #expect(ServerOffer(received: banner + [0xff, 0xff, 0xff, 0xff, 0, 20]) == nil)
    #expect(ServerOffer(received: banner + [0, 0, 0, 30, 255] + [UInt8](repeating: 20, count: 40)) == nil)
    #expect(ServerOffer(received: []) == nil)
  }

  @Test(arguments: [(0, "key exchange"), (1, "host key"), (2, "cipher"), (4, "MAC")])
  func whatIsMissing(_ index: Int, _ what: String) throws {
    let ours = Algorithms(AlgorithmsTests.old)
    var lists = Self.lists
    let fine = try #require(
      ServerOffer(received: Array("SSH-2.0-x\n".utf8) + Self.packet(lists)))
    #expect(fine.missing(ours) == nil)
    lists[index] = "weak-one,weak-two"
    let bad = try #require(ServerOffer(received: Array("SSH-2.0-x\n".utf8) + Self.packet(lists)))
    let missing = try #require(bad.missing(ours))
    #expect(missing.what == what && missing.offered == ["weak-one", "weak-two"])
  }
}
