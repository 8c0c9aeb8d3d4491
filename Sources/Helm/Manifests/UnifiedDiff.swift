/// Two texts line by line in the form of `diff -u` (POSIX.1-2017, diff, "Diff -u Output Format").
enum UnifiedDiff {
  private enum Line {
    case same(String)
    case removed(String)
    case added(String)
  }

  /// nil where nothing differs.
  static func text(
    _ old: [String], _ new: [String], names: (old: String, new: String), context: Int = 3
  ) -> String? {
    guard old != new else { return nil }
    let lines = merged(old, new)
    var output = ["--- \(names.old)", "+++ \(names.new)"]
    var index = 0
    var oldLine = 1
    var newLine = 1
    while index < lines.count {
      guard let first = lines[index...].firstIndex(where: { !isSame($0) }) else { break }
      let start = max(index, first - context)
      oldLine += start - index
      newLine += start - index
      var end = first
      var last = first
      while end < lines.count, end - last <= 2 * context {
        if !isSame(lines[end]) { last = end }
        end += 1
      }
      end = min(lines.count, last + context + 1)
      var body: [String] = []
      var oldCount = 0
      var newCount = 0
      for line in lines[start..<end] {
        switch line {
        case .same(let text):
          body.append(" " + text)
          oldCount += 1
          newCount += 1
        case .removed(let text):
          body.append("-" + text)
          oldCount += 1
        case .added(let text):
          body.append("+" + text)
          newCount += 1
        }
      }
      output.append("@@ -\(range(oldLine, oldCount)) +\(range(newLine, newCount)) @@")
      output += body
      oldLine += oldCount
      newLine += newCount
      index = end
    }
    return output.joined(separator: "\n")
  }

  private static func range(_ line: Int, _ count: Int) -> String {
    // An empty range names the line before it.
    let start = count == 0 ? line - 1 : line
    return count == 1 ? "\(start)" : "\(start),\(count)"
  }

  private static func isSame(_ line: Line) -> Bool {
    if case .same = line { return true }
    return false
  }

  private static func merged(_ old: [String], _ new: [String]) -> [Line] {
    var removed: Set<Int> = []
    var added: Set<Int> = []
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): added.insert(offset)
      }
    }
    var lines: [Line] = []
    var from = 0
    var to = 0
    while from < old.count || to < new.count {
      if from < old.count, removed.contains(from) {
        lines.append(.removed(old[from]))
        from += 1
      } else if to < new.count, added.contains(to) {
        lines.append(.added(new[to]))
        to += 1
      } else {
        lines.append(.same(old[from]))
        from += 1
        to += 1
      }
    }
    return lines
  }
}
