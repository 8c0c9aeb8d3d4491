import Glibc

/// A listening TCP socket on 127.0.0.1 that is not an SSH server.
final class Listener: @unchecked Sendable {
  // Unchecked: the descriptor is set once; the system calls on it are safe for threads.
  let descriptor: Int32
  let port: UInt16

  init(backlog: Int32) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && listen(descriptor, backlog) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard status else { throw Tool.Failed(description: "no listening socket: errno \(errno)") }
    port = UInt16(bigEndian: address.sin_port)
  }

  /// Accepts one connection on a thread of its own, calls `body` with it and closes it.
  func serveOne(_ body: @escaping @Sendable (Int32) -> Void) {
    let descriptor = descriptor
    Thread.detach {
      let connection = accept(descriptor, nil, nil)
      guard connection >= 0 else { return }
      body(connection)
      Glibc.close(connection)
    }
  }

  func close() { Glibc.close(descriptor) }
}

/// A thread for blocking test code.
enum Thread {
  static func detach(_ body: @escaping @Sendable () -> Void) {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    pthread_detach(thread)
  }
}
