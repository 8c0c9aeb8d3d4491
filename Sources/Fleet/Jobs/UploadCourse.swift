/// How far an upload and the imports behind it are.
struct UploadCourse {
  /// How many layers have to be there before each import.
  private let needed: [Int]
  var written = 0
  private(set) var next = 0
  /// The imports that are under way, as one.
  private var current: Range<Int>?
  /// Why an import failed.
  private(set) var failure: Failure?
  /// How the upload ended; nil before.
  var ended: Result<Void, Failure>?

  init(layers: [Int]) {
    var sum = 0
    needed = layers.map { count in
      sum += count
      return sum
    }
  }

  var layers: Int { needed.last ?? 0 }

  /// Nobody needs the upload any more.
  var isDone: Bool { next == needed.count || failure != nil }

  /// The imports to begin now: all whose layers are there, as one.
  mutating func begin() -> Range<Int>? {
    guard current == nil, !isDone, written >= needed[next] else { return nil }
    let end = needed[next...].firstIndex { $0 > written } ?? needed.count
    current = next..<end
    return current
  }

  mutating func take(_ result: Result<Void, Failure>) {
    defer { current = nil }
    switch result {
    case .success: next = current?.upperBound ?? next
    case .failure(let failure): self.failure = failure
    }
  }

  /// What came of it, once nothing is under way: the first import that is not done, and why.
  var ending: (next: Int, failure: Failure?)? {
    guard let ended, current == nil else { return nil }
    if next == needed.count { return (next, nil) }
    if let failure { return (next, failure) }
    if case .failure(let failure) = ended { return (next, failure) }
    // It ended in order before its time, which only finish() makes it do.
    return nil
  }
}
