import Foundation
import Helm
import Runs

/// A command with its options: what a run record keeps, and what `gantry rerun` does again.
enum Invocation: Codable, Sendable, Equatable {
  case check(FleetSettings, ImageSettings?)
  case load(FleetSettings, ImageSettings)
  case verify(FleetSettings, ImageSettings)
  case exec(FleetSettings, ExecSettings)
  case prune(FleetSettings, ImageSettings, PruneSettings)
  case run(FleetSettings, PlaybookSettings)
  case upgrade(FleetSettings, UpgradeSettings)

  /// The command's word, as in the JSON contract.
  var name: String {
    switch self {
    case .check: "check"
    case .load: "load"
    case .verify: "verify"
    case .exec: "exec"
    case .prune: "prune"
    case .run: "run"
    case .upgrade: "upgrade"
    }
  }

  var fleet: FleetSettings {
    switch self {
    case .check(let fleet, _), .load(let fleet, _), .verify(let fleet, _), .exec(let fleet, _): fleet
    case .prune(let fleet, _, _): fleet
    case .run(let fleet, _): fleet
    case .upgrade(let fleet, _): fleet
    }
  }

  var images: ImageSettings? {
    switch self {
    case .check(_, let images): images
    case .load(_, let images), .verify(_, let images), .prune(_, let images, _): images
    case .exec, .upgrade, .run: nil
    }
  }

  /// Whether it only says what it would do.
  var isDryRun: Bool {
    switch self {
    case .upgrade(_, let upgrade): upgrade.dryRun
    case .run(_, let playbook): playbook.check
    default: images?.dryRun == true
    }
  }

  func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  init(recorded inputs: RunInputs) throws(RunError) {
    do {
      self = try JSONDecoder().decode(Invocation.self, from: Data(inputs.invocation.utf8))
    } catch {
      throw RunError(
        .corrupt,
        "run \(inputs.run) was recorded by gantry \(inputs.gantryVersion) in a form that this one cannot read"
      )
    }
  }
}

/// What `gantry exec` was asked.
struct ExecSettings: Codable, Sendable, Equatable {
  /// One word is a line for sh; several are a program and its arguments.
  var words: [String]
  var asRoot: Bool
  /// Seconds; nil for no limit.
  var timeout: Double?
}

/// What `gantry prune` was asked.
struct PruneSettings: Codable, Sendable, Equatable {
  /// Versions of each repository that stay, the bundle's own counted.
  var keep: Int
  /// What each node said may go: the removal itself takes no other name.
  var removable: [String: [String]]
}

/// What `gantry upgrade` was asked.
struct UpgradeSettings: Codable, Sendable, Equatable {
  var spec: UpgradeSpec
  var dryRun: Bool
  /// Of the nodes that are asked for images.
  var runtime: String?
  /// containerd's.
  var namespace: String?
}
