import Documents
import Inventory

/// One step of a playbook: an action, on which nodes, and how.
public struct Step: Sendable {
  /// Unique in the playbook; the action's word when the file gives no name.
  public let name: String
  /// Where it stands, from 1.
  public let line: Int
  public let action: Action
  /// The nodes; nil for the action's usual ones: every node, and for an upgrade the control node.
  public let hosts: String?
  public let condition: Condition?
  /// As it was written.
  public let conditionText: String?
  /// nil for all nodes in one batch.
  public let serial: Serial?
  /// What may fail before the playbook stops.
  public let maxFailures: FailureLimit
  /// Further attempts on a node; nil for what the command line says.
  public let retries: Int?
  /// Seconds that a node may take for the step; nil for no limit of its own.
  public let timeout: Double?
  public let tags: [String]

  /// What is done.
  public enum Action: Sendable {
    case check(ImageWork?)
    case load(LoadWork)
    case verify(ImageWork)
    case upgrade(UpgradeWork)
    case exec(ExecWork)
    case copy(CopyWork)
    case pause(PauseWork)
    case sync(SyncWork)

    /// The key in the file.
    public var kind: String {
      switch self {
      case .check: "check"
      case .load: "load"
      case .verify: "verify"
      case .upgrade: "upgrade"
      case .exec: "exec"
      case .copy: "copy"
      case .pause: "pause"
      case .sync: "sync"
      }
    }

    /// It has no nodes: this machine alone does it.
    public var isLocal: Bool {
      switch self {
      case .pause, .sync: true
      default: false
      }
    }

    /// Keys of a step that say nothing about this action.
    var keysWithoutMeaning: [String] {
      switch self {
      case .pause, .sync: ["hosts", "serial", "max_failures", "retries", "timeout"]
      case .upgrade: ["serial", "max_failures", "retries", "timeout"]
      default: []
      }
    }
  }

  static let kinds = ["check", "load", "verify", "upgrade", "exec", "copy", "pause", "sync"]

  static let shape = Shape<Step?>.object("a step") { keys in
    let name = keys.optional(
      "name", .constant("a step is called by its name on the command line"),
      "What it is called on the command line and in conditions; otherwise the action's word.")
    let condition = keys.optional(
      "when", .constant("names stand alone in a condition, without ${{ }}"),
      "A condition: ==, !=, <, <=, >, >=, and, or, not, is defined, parentheses; versions compare as versions."
    )
    var parsed: Condition?
    if let condition {
      let conditionLine = keys.line(of: "when")
      keys.withReading { parsed = $0.condition(condition, line: conditionLine) }
    }
    // A step that its variables leave out needs no values for the rest.
    keys.withReading { reading in
      if let values = reading.values, parsed?.isSettled(by: values) == false { reading.values = nil }
    }
    keys.exactlyOne(of: kinds, "action")
    let action = Action(&keys)
    let hosts = keys.optional(
      "hosts", .pattern, "The nodes, as -l takes them: names, groups, node[1:20], !node3, a:&b.")
    let serial = keys.optional(
      "serial", Serial.shape,
      "Nodes in a batch: a number, a percentage, or a list of them of which the last is repeated.")
    let maxFailures = keys.optional(
      "max_failures", FailureLimit.shape, default: .zero,
      "How many nodes of the step may fail, as a number or a percentage, before the playbook stops.",
      shown: .int(0))
    let retries = keys.optional(
      "retries", .number(0...100),
      "Further attempts on a node; for exec also after a command that ended with another status than 0.")
    let timeout = keys.optional("timeout", .duration, "How long one node may take for the step.")
    let tags = keys.optional(
      "tags", .list(of: .tag, single: true), default: [], "Words for --tags and --skip-tags.")
    let line = keys.line()
    guard let action else { return nil }
    for key in action.keysWithoutMeaning where keys.has(key) {
      keys.withReading { [line = keys.line(of: key)] reading in
        reading.problem(
          .badValue, "'\(key)' has no meaning for \(action.kind)", line: line,
          hint: key == "timeout" && action.kind == "upgrade" ? "upgrade has a rollout_timeout" : nil)
      }
    }
    if let name, name.hasControlCharacters {
      keys.withReading { $0.problem(.badValue, "a step's name is one line of text", line: line) }
    }
    let finalName = name.flatMap { $0.isEmpty ? nil : $0 } ?? action.kind
    keys.withReading { reading in
      if reading.earlierSteps.contains(finalName) {
        reading.problem(
          .duplicate, "two steps are called '\(finalName)'", line: line, hint: "give one of them another name"
        )
      }
      reading.earlierSteps.append(finalName)
    }
    return Step(
      name: finalName, line: line, action: action, hosts: hosts, condition: parsed,
      conditionText: condition, serial: serial, maxFailures: maxFailures, retries: retries, timeout: timeout,
      tags: tags)
  }

  /// Whether `--tags` and `--skip-tags` let it run.
  public func isChosen(tags: [String], skipTags: [String]) -> Bool {
    (tags.isEmpty || self.tags.contains(where: tags.contains))
      && !self.tags.contains(where: skipTags.contains)
  }
}

extension Step.Action {
  /// The action of a step; nil when there is none, which is told.
  fileprivate init?(_ keys: inout Keys) {
    let check = keys.optional(
      "check", CheckShape.shape,
      "Whether every node can be reached and is fit; with a bundle, whether that fits.")
    let load = keys.optional("load", LoadWork.shape, "The images of a bundle onto every node.")
    let verify = keys.optional(
      "verify", ImageWork.shape("verify"), "Whether every node has every image of a bundle.")
    let upgrade = keys.optional("upgrade", UpgradeWork.shape, "A Helm release on the control node.")
    let exec = keys.optional("exec", ExecWork.shape, "A command on every node.")
    let copy = keys.optional("copy", CopyWork.shape, "A file to every node.")
    let pause = keys.optional("pause", PauseWork.shape, "Waits for somebody, or for a time.")
    let sync = keys.optional("sync", SyncWork.shape, "A bundle into a registry and a chart repository.")
    let found: [Step.Action?] = [
      check.map(Step.Action.check), load.map(Step.Action.load), verify.map(Step.Action.verify),
      upgrade.map(Step.Action.upgrade), exec.map(Step.Action.exec), copy.map(Step.Action.copy),
      pause.map(Step.Action.pause), sync.map(Step.Action.sync),
    ]
    guard let action = found.compactMap({ $0 }).first else { return nil }
    self = action
  }
}

extension Shape where Output == String {
  /// A host pattern.
  fileprivate static var pattern: Shape {
    Shape(schema: filledText.schema, placeholder: "") { node, reading in
      let text = filledText.read(node, &reading)
      guard !text.isEmpty, !text.contains(Template.opening) else { return text }
      do throws(InventoryError) { _ = try HostPattern(text) } catch {
        reading.problem(.badValue, error.message, line: node.line, hint: error.hint)
      }
      return text
    }
  }

  fileprivate static var tag: Shape {
    let pattern = "^[A-Za-z0-9_][A-Za-z0-9_-]*$"
    return Shape(schema: Schema.type("string").with("pattern", .string(pattern)), placeholder: "") {
      node, reading in
      if case .scalar(.string(let text)) = node.content,
        text.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_-]*/) != nil
      {
        return text
      }
      reading.problem(.badValue, "a tag is one word of letters, digits, _ and -", line: node.line)
      return ""
    }
  }
}
