import Glibc

/// An errno value of a failed system call.
struct SystemError: Error, Equatable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  /// strerror's words in lower case, such as "connection refused".
  var text: String {
    var buffer = [CChar](repeating: 0, count: 128)
    // The POSIX form, which fills `buffer`; strerror itself is not safe for threads.
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      .lowercased()
  }

  /// Why a file cannot be opened for reading; nil when it can, or when there is none.
  static func ofOpening(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor < 0 else {
      close(descriptor)
      return nil
    }
    return errno == ENOENT ? nil : SystemError(errno).text
  }
}
