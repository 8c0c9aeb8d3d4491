/// How far the reading of an archive is.
public struct ArchiveProgress: Sendable, Equatable {
  /// Bytes that were read.
  public let bytesDone: Int64
  /// Bytes that there are to read.
  public let bytesTotal: Int64
}

/// An input that shows somebody each block that goes by, who may stop it.
final class WatchedInput: BlockInput {
  private let input: any BlockInput
  private let onBlock: (UnsafeRawBufferPointer) throws(ImageError) -> Void

  init(_ input: any BlockInput, onBlock: @escaping (UnsafeRawBufferPointer) throws(ImageError) -> Void) {
    self.input = input
    self.onBlock = onBlock
  }

  func nextBlock() throws(ImageError) -> UnsafeRawBufferPointer {
    let block = try input.nextBlock()
    try onBlock(block)
    return block
  }
}
