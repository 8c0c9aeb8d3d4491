import Fleet
import Foundation
import SystemPackage

/// All runs on this machine, under the state folder.
public struct RunStore: Sendable {
  private let runs: FilePath

  /// - Parameter stateDirectory: absolute; made when it is missing.
  public init(stateDirectory: String) {
    runs = FilePath(stateDirectory).appending("runs")
  }

  /// `$XDG_STATE_HOME/gantry`, else `~/.local/state/gantry` (XDG Base Directory Specification).
  public static func defaultDirectory(environment: [String: String]) -> String {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/gantry" }
    return (environment["HOME"] ?? NSHomeDirectory()) + "/.local/state/gantry"
  }

  /// Makes the folder of a new run and writes its inputs; nothing has been touched on any node before this returns.
  public func begin(
    _ inputs: RunInputs, id: RunID
  ) throws(RunError) -> (folder: RunFolder, journal: Journal) {
    let folder = RunFolder(id: id, path: runs.appending(id.description))
    try PrivateFile.makeFolder(folder.logsPath)
    try PrivateFile.write(try RunFolder.encode(inputs), to: folder.inputsPath)
    return (folder, try Journal(folder))
  }

  /// Every run, newest first.
  public func all() -> [RunFolder] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: runs.string)) ?? []
    var begun: [(id: RunID, order: String)] = []
    for id in names.compactMap(RunID.init) { begun.append((id, order(id))) }
    begun.sort { $0.order > $1.order }
    return begun.map { RunFolder(id: $0.id, path: runs.appending($0.id.description)) }
  }

  /// The second in a run's name, then when its inputs were written: several runs may begin within one second.
  private func order(_ id: RunID) -> String {
    let inputs = runs.appending(id.description).appending("inputs.json")
    let attributes = try? FileManager.default.attributesOfItem(atPath: inputs.string)
    let written = attributes?[.modificationDate] as? Date ?? Date(timeIntervalSince1970: 0)
    let microseconds = Int(written.timeIntervalSince1970 * 1_000_000)
    return "\(id.description.prefix(15))-\(microseconds)-\(id)"
  }

  /// The run of that name, or of the one name that begins so.
  public func find(_ name: String) throws(RunError) -> RunFolder {
    let found = all().filter { $0.id.description.hasPrefix(name) || $0.id.description.hasSuffix("-" + name) }
    switch found.count {
    case 1: return found[0]
    case 0: throw RunError(.notFound, "no run \(PrintableText.line(name))", hint: "see `gantry runs list`")
    default:
      throw RunError(
        .notFound, "\(found.count) runs match \(PrintableText.line(name))", hint: "give more of its name")
    }
  }

  /// The newest run.
  public func latest() throws(RunError) -> RunFolder {
    guard let run = all().first else {
      throw RunError(.notFound, "there is no run yet", hint: "`gantry load` makes one")
    }
    return run
  }
}
