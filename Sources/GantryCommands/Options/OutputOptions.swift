import ArgumentParser
import Foundation
import Runs
import Terminal

/// How results are told and where runs are kept.
struct OutputOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Option(
    name: [.customShort("o"), .long], help: "text or json. With json, standard output is one JSON document.")
  var output = Format.text

  @Flag(name: .short, help: "Tell more; twice, also what the nodes print.")
  var verbose: Int

  @Option(help: "Where runs are kept (default: $XDG_STATE_HOME/gantry).")
  var stateDir: String?

  func console() -> Console {
    let level = Console.Verbosity(rawValue: min(2, verbose)) ?? .normal
    return Console(environment: ProcessInfo.processInfo.environment, verbosity: level)
  }

  func store() -> RunStore {
    let directory =
      stateDir.map(Paths.absolute)
      ?? RunStore.defaultDirectory(environment: ProcessInfo.processInfo.environment)
    return RunStore(stateDirectory: directory)
  }
}

/// One encoder for every document on standard output.
enum JSONOutput {
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
