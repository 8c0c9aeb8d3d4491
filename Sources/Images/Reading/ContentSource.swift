/// Bytes that lie somewhere in an input and are read in place: a file, a folder's files, or what either inflates to.
///
/// Offsets are bytes in the source's own coordinates. A source is opened once and shared by all nodes; each node
/// reads through a cursor of its own.
public protocol ContentSource: Sendable {
  /// Whether going back means starting again, as it does where the input is compressed.
  var isSequential: Bool { get }

  /// A new reader of this source.
  func makeCursor() throws(ImageError) -> any ContentCursor
}

/// A reader of a source, used by one thread at a time.
public protocol ContentCursor: AnyObject {
  /// Reads up to the buffer's size from `offset`; returns how many bytes, 0 only at the end.
  ///
  /// Throws `read-failed`, and for compressed sources `truncated-archive` and `corrupt-bundle`.
  func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int
}

extension ContentCursor {
  /// Fills the whole buffer; throws `truncated-archive` where the source ends before.
  public func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(ImageError) {
    var done = 0
    while done < buffer.count {
      let count = try read(
        at: offset + Int64(done), into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      guard count > 0 else {
        throw ImageError(.truncatedArchive, "the archive ends at byte \(offset + Int64(done)), too early")
      }
      done += count
    }
  }

  /// The bytes of a range whose size the caller has bounded.
  func bytes(at offset: Int64, count: Int) throws(ImageError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    try result.withUnsafeMutableBufferPointer { buffer throws(ImageError) in
      try fill(UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    return result
  }

  /// The first bytes of a range, up to `count`; fewer where the range or the source is shorter.
  func head(at offset: Int64, count: Int) throws(ImageError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    let size = try result.withUnsafeMutableBufferPointer { elements throws(ImageError) in
      let buffer = UnsafeMutableRawBufferPointer(elements)
      var done = 0
      while done < buffer.count {
        let more = try read(
          at: offset + Int64(done), into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
        if more == 0 { break }
        done += more
      }
      return done
    }
    return Array(result.prefix(size))
  }
}
