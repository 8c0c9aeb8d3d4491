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

  /// What a server on this port of 127.0.0.1 says first; nil when nobody listens.
  static func banner(port: UInt16) -> String? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { Glibc.close(descriptor) }
    guard connect(descriptor, port) == 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  /// Starts a connection to a port of 127.0.0.1 and does not wait for it.
  static func startConnecting(port: UInt16) -> Int32 {
    let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    let descriptor = socket(AF_INET, Int32(type), 0)
    _ = connect(descriptor, port)
    return descriptor
  }

  private static func connect(_ descriptor: Int32, _ port: UInt16) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
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
