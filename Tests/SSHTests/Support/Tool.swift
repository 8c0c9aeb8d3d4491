import Foundation

/// Runs programs for the tests' preparations.
enum Tool {
  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs a program to its end and returns what it printed; throws unless its status is 0.
  @discardableResult
  static func run(_ words: String..., input: String = "", environment: [String: String] = [:]) throws
    -> String
  {
    let base = NSTemporaryDirectory() + "gantry-tool-\(UUID().uuidString)"
    let (log, feed) = (base + ".out", base + ".in")
    defer {
      unlink(log)
      unlink(feed)
    }
    try input.write(toFile: feed, atomically: false, encoding: .utf8)
    let settings = environment.map { "\($0.key)=\($0.value)" }
    let command = settings.isEmpty ? words : ["/usr/bin/env"] + settings + words
    let status = try Child(command, input: feed, log: log).wait()
    let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    guard status == 0 else {
      throw Failed(description: "\(words.joined(separator: " ")): status \(status): \(text)")
    }
    return text
  }
}
