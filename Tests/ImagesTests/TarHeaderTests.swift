import Testing

@testable import Images

@Suite struct TarHeaderTests {
  @Test(arguments: [(Int64(0), 0), (1, 511), (512, 0), (513, 511), (1 << 33, 0)])
  func paddingFillsTheBlock(size: Int64, padding: Int) { #expect(TarHeader.padding(after: size) == padding) }

  @Test func headerIsOneBlockWithItsChecksum() {
    let block = TarHeader.bytes(name: "oci-layout", size: 30)
    #expect(block.count == 512)
    var blanked = block
    for index in 148..<156 { blanked[index] = UInt8(ascii: " ") }
    let sum = blanked.reduce(0) { $0 + Int($1) }
    #expect(Int(String(decoding: block[148..<154], as: UTF8.self), radix: 8) == sum)
  }
}
