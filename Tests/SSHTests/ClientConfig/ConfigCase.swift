import Testing

/// One configuration and what is asked of it.
struct ConfigCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let host: String
  let options: [String]
  let files: [String: String]

  init(
    _ name: String, host: String = "node1", options: [String] = [], _ config: String,
    _ more: [String: String] = [:]
  ) {
    testDescription = name
    self.host = host
    self.options = options
    files = more.merging(["config": config]) { $1 }
  }
}
