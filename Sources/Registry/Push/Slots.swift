/// A number of places; who finds none free waits, first come, first served.
actor Slots {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) { free = max(1, count) }

  /// Runs `work` in a place of its own.
  func run<Value: Sendable>(
    _ work: @Sendable () async throws(RegistryError) -> Value
  ) async throws(RegistryError) -> Value {
    if free > 0 { free -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
    defer { leave() }
    if Task.isCancelled { throw RegistryError(.cancelled, "interrupted") }
    return try await work()
  }

  private func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
