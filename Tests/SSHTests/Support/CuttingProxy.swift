import Foundation
import Glibc
import Synchronization

/// A man in the middle: passes one connection on to a server and, after so many of the server's bytes, hangs up, goes
/// silent, or changes one of them.
final class CuttingProxy: Sendable {
  enum Harm: Sendable { case close, silence, flip }

  private let listener: Listener
  var port: UInt16 { listener.port }

  init(to server: UInt16, after limit: Int, _ harm: Harm) throws {
    let listener = try Listener(backlog: 8)
    self.listener = listener
    listener.serveOne { client in
      let upstream = Listener.startConnecting(port: server)
      defer { Glibc.close(upstream) }
      _ = fcntl(upstream, F_SETFL, fcntl(upstream, F_GETFL) & ~O_NONBLOCK)
      var left = limit
      var buffer = [UInt8](repeating: 0, count: 16 << 10)
      while true {
        var both = [
          pollfd(fd: client, events: Int16(POLLIN), revents: 0),
          pollfd(fd: upstream, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&both, 2, 20_000) > 0 else { return }
        if both[0].revents != 0 {
          let count = recv(client, &buffer, buffer.count, 0)
          guard count > 0, send(upstream, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
        }
        guard both[1].revents != 0 else { continue }
        var count = recv(upstream, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        if count > left, left >= 0 {
          switch harm {
          case .close:
            _ = send(client, buffer, left, Int32(MSG_NOSIGNAL))
            return
          case .silence:
            _ = send(client, buffer, left, Int32(MSG_NOSIGNAL))
            // Until the client has had enough.
            while recv(client, &buffer, buffer.count, 0) > 0 {}
            return
          case .flip:
            buffer[left] ^= 0x20
            left = -1
          }
        } else if left >= 0 {
          left -= count
        }
        count = send(client, buffer, count, Int32(MSG_NOSIGNAL))
        guard count > 0 else { return }
      }
    }
  }

  func close() { listener.close() }
}
