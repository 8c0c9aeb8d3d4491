/// Finds the name someone most likely meant.
package enum NearestName {
  /// The candidate closest to a name, if one is close enough to be worth suggesting.
  package static func find(_ name: String, in candidates: some Sequence<String>) -> String? {
    // Very long names are no typing mistakes, and the comparison takes time by the square.
    let length = name.unicodeScalars.count
    guard length <= 80 else { return nil }
    let limit = max(1, length / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate != name {
      guard abs(candidate.unicodeScalars.count - length) <= limit else { continue }
      let distance = editDistance(name, candidate)
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
  }

  /// `did you mean 'x'?`, or nil.
  package static func hint(_ name: String, in candidates: some Sequence<String>) -> String? {
    find(name, in: candidates).map { "did you mean \($0.quoted)?" }
  }

  /// The number of insertions, removals, replacements and swaps of neighbours that make one name out of the
  /// other.
  static func editDistance(_ left: String, _ right: String) -> Int {
    let left = Array(left.lowercased().unicodeScalars)
    let right = Array(right.lowercased().unicodeScalars)
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for (row, a) in left.enumerated() {
      var current = [row + 1]
      for (column, b) in right.enumerated() {
        var distance = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (a == b ? 0 : 1))
        if row > 0, column > 0, a == right[column - 1], left[row - 1] == b {
          distance = min(distance, beforePrevious[column - 1] + 1)
        }
        current.append(distance)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[right.count]
  }
}
