import Documents
import Helm

/// A playbook in words, made from its typed steps.
public struct Explanation: Sendable {
  /// Lines for people, wrapped nowhere.
  public let lines: [String]

  public init(_ playbook: Playbook) {
    var lines = [playbook.name + (playbook.description.map { ": \($0)" } ?? "")]
    if !playbook.variables.isEmpty {
      lines += ["", "Variables:"]
      lines += playbook.variables.map { "  " + Self.words($0) }
    }
    lines += ["", "Steps:"]
    for (index, step) in playbook.steps.enumerated() {
      lines.append("  \(index + 1). \(step.name): " + Self.words(step))
      lines += Self.details(step).map { "     " + $0 }
    }
    self.lines = lines
  }

  // MARK: Variables

  private static func words(_ variable: Variable) -> String {
    var text = variable.name + ": " + (variable.description ?? variable.kind.words)
    var more: [String] = []
    if variable.kind != .text { more.append(variable.kind.words) }
    if !variable.choices.isEmpty { more.append("one of " + variable.choices.joined(separator: ", ")) }
    if variable.isSecret {
      more.append("a secret, from the environment variable \(variable.environmentName)")
    }
    if variable.isRequired { more.append("required") }
    if let value = variable.defaultValue { more.append("otherwise " + words(value)) }
    if !more.isEmpty { text += " (" + more.joined(separator: "; ") + ")" }
    return text
  }

  private static func words(_ value: Value) -> String {
    switch value {
    case .array(let items): items.isEmpty ? "none" : items.map(words).joined(separator: ", ")
    case .string(let text): text.isEmpty ? "empty" : text
    default: value.keyText ?? "nothing"
    }
  }

  // MARK: Steps

  /// One step in a sentence, as `--check` tells it too.
  public static func words(_ step: Step) -> String {
    var text = words(step.action)
    if !step.action.isLocal {
      switch step.action {
      case .upgrade: text += ", on \(step.hosts ?? "the control node")"
      default: text += ", on \(step.hosts ?? "every node")"
      }
    }
    if let condition = step.conditionText { text += ", when \(condition)" }
    return text
  }

  private static func words(_ action: Step.Action) -> String {
    switch action {
    case .check(nil): "look whether everything is fit"
    case .check(let images?): "look whether everything is fit, and whether \(images.bundle) fits"
    case .load(let work):
      "load the images of \(work.images.bundle)" + names(work.images) + (work.pin ? " and pin them" : "")
        + (work.full ? ", all of them whatever is there" : "")
    case .verify(let images): "see that every image of \(images.bundle) is there" + names(images)
    case .upgrade(let work): words(work)
    case .exec(let work): "run " + words(work)
    case .copy(let work):
      "copy \(work.from) to \(work.to), mode \(work.mode)" + (work.owner.map { ", owner \($0)" } ?? "")
    case .pause(.message(let message)): "wait until somebody answers: \(message)"
    case .pause(.duration(let seconds, let message)):
      "wait \(Int(seconds)) s" + (message.map { ": \($0)" } ?? "")
    case .sync(let work): "sync as \(work.config) says"
    }
  }

  private static func names(_ images: ImageWork) -> String {
    var parts: [String] = []
    if let registry = images.registry { parts.append("under \(registry)") }
    if !images.retags.isEmpty { parts.append("renamed by \(images.retags.joined(separator: ", "))") }
    guard !parts.isEmpty else { return "" }
    return (images.dropOriginal ? ", only " : ", also ") + parts.joined(separator: " and ")
  }

  private static func words(_ work: ExecWork) -> String {
    let command =
      switch work.command {
      case .words(let words): words.joined(separator: " ")
      case .shell(let text, let arguments):
        "\"" + text.split(whereSeparator: \.isNewline).map(\.stripped).joined(separator: "; ") + "\""
          + (arguments.isEmpty ? "" : " with " + arguments.map { "'\($0)'" }.joined(separator: " "))
      }
    return command + (work.asRoot ? " as root" : "") + (work.changes ? "" : ", which only looks")
      + (work.creates.map { ", unless \($0) is there" } ?? "")
  }

  private static func words(_ work: UpgradeWork) -> String {
    let spec = work.spec
    return "upgrade the release \(spec.release) in \(spec.namespace) to "
      + work.sources.joined(separator: ", or else ") + (spec.version.map { ", version \($0)" } ?? "")
  }

  /// What a sentence has no room for.
  private static func details(_ step: Step) -> [String] {
    var lines: [String] = []
    if let serial = step.serial {
      lines.append("in batches of " + serial.sizes.map(\.description).joined(separator: ", then "))
    }
    if step.maxFailures != .zero {
      lines.append("goes on while at most \(step.maxFailures.amount) of them fail")
    }
    if let retries = step.retries { lines.append("up to \(retries) further attempts on a node") }
    if let timeout = step.timeout { lines.append("at most \(Int(timeout)) s on a node") }
    if !step.tags.isEmpty { lines.append("tags: " + step.tags.joined(separator: ", ")) }
    guard case .upgrade(let work) = step.action else { return lines }
    let spec = work.spec
    lines.append(
      "values are backed up first; the registry goes to " + spec.registryKeys.joined(separator: ", "))
    lines.append(
      spec.crds ? "custom resource definitions are applied first" : "no custom resource definitions")
    if spec.install {
      lines.append("installed where it is not there" + (spec.createNamespace ? ", with its namespace" : ""))
    }
    for migration in spec.migrations {
      lines.append(
        "values \(range(migration.from, migration.to)): \(migration.explanation) (\(migration.id))")
    }
    for issue in spec.knownIssues {
      lines.append(
        "\(issue.severity == .stop ? "stops" : "warns") \(range(issue.from, issue.to)) where \(issue.explanation) (\(issue.id))"
      )
      lines += issue.ways.map { "  way: \($0)" }
    }
    return lines
  }

  private static func range(_ from: VersionRange?, _ to: VersionRange?) -> String {
    [from.map { "from \($0)" }, to.map { "to \($0)" }].compactMap { $0 }.joined(separator: " ")
  }
}
