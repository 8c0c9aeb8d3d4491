/// A number of places, and how many bytes may be under way in them together; who finds no room waits, first come, first
/// served.
actor Slots {
  private var free: Int
  /// Bytes that the work in progress may come to.
  private let capacity: Int64
  /// Bytes of the work in progress.
  private var load: Int64 = 0
  private var waiting: [(bytes: Int64, continuation: CheckedContinuation<Void, Never>)] = []

  /// - Parameters:
  ///   - count: places; at least one.
  ///   - capacity: bytes; work that is larger than this is done when nothing else is.
  init(_ count: Int, capacity: Int64 = .max) {
    free = max(1, count)
    self.capacity = capacity
  }

  /// Runs `work`, which moves that many bytes, in a place of its own.
  func run<Value: Sendable>(
    bytes: Int64 = 0, _ work: @Sendable () async throws(RegistryError) -> Value
  ) async throws(RegistryError) -> Value {
    if waiting.isEmpty, hasRoom(for: bytes) {
      enter(bytes)
    } else {
      await withCheckedContinuation { waiting.append((bytes, $0)) }
    }
    defer { leave(bytes) }
    if Task.isCancelled { throw RegistryError(.cancelled, "interrupted") }
    return try await work()
  }

  private func hasRoom(for bytes: Int64) -> Bool {
    free > 0 && (load == 0 || bytes <= capacity - min(load, capacity))
  }

  private func enter(_ bytes: Int64) {
    free -= 1
    load += bytes
  }

  private func leave(_ bytes: Int64) {
    free += 1
    load -= bytes
    while let next = waiting.first, hasRoom(for: next.bytes) {
      waiting.removeFirst()
      enter(next.bytes)
      next.continuation.resume()
    }
  }
}
