import Glibc
import Synchronization

/// The event loops that share the connections of a process.
///
/// One core encrypts about 300 MB/s, so sessions are spread over several threads. The threads end when the
/// group and everything that was made with it are gone.
public final class EventLoopGroup: Sendable {
  private let loops: [EventLoop]
  private let turn = Atomic<Int>(0)

  /// - Parameter count: the number of threads, at least one; by default one per online core, at most eight.
  public init(count: Int? = nil) {
    _ = LibSSH2.started
    let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let count = count ?? min(8, cores)
    loops = (0..<max(1, count)).map { _ in EventLoop() }
  }

  deinit {
    for loop in loops { loop.stop() }
  }

  public var count: Int { loops.count }

  /// The loop for the next connection, in turn.
  func next() -> EventLoop {
    let number = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(UInt(bitPattern: number) % UInt(loops.count))]
  }
}
