import Foundation

/// Runs programs for the tests' preparations.
enum Tool {
  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs a program to its end; throws unless its status is 0.
  @discardableResult
  static func run(
    _ path: String, _ arguments: [String], input: String? = nil, environment: [String: String]? = nil
  )
    throws -> String
  {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    if let environment { process.environment = environment }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    let feed = Pipe()
    process.standardInput = feed
    try process.run()
    if let input { feed.fileHandleForWriting.write(Data(input.utf8)) }
    try? feed.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(description: "\(path) \(arguments.joined(separator: " ")): \(text)")
    }
    return text
  }
}
