import Documents
import Playbooks

/// What `gantry run` was asked: enough to do it again, without secrets.
struct PlaybookSettings: Codable, Sendable, Equatable {
  /// The name of a built-in playbook, or an absolute path.
  var playbook: String
  /// The values of its variables, those by default too.
  var values: [String: RecordedValue] = [:]
  /// Nothing is changed.
  var check = false
  var startAt: String?
  /// Asks before each step.
  var asksEachStep = false
  var tags: [String] = []
  var skipTags: [String] = []
  /// Every question is answered with yes.
  var yes = false
}

/// A variable's value as the run record keeps it: plain JSON.
enum RecordedValue: Codable, Sendable, Equatable {
  case text(String)
  case number(Int)
  case flag(Bool)
  case list([String])

  /// nil for nothing.
  init?(_ value: Value) {
    switch value {
    case .string(let text): self = .text(text)
    case .int(let number): self = .number(number)
    case .bool(let flag): self = .flag(flag)
    case .array(let items): self = .list(items.compactMap(\.keyText))
    default: return nil
    }
  }

  var value: Value {
    switch self {
    case .text(let text): .string(text)
    case .number(let number): .int(number)
    case .flag(let flag): .bool(flag)
    case .list(let items): .array(items.map(Value.string))
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Int.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .list(try container.decode([String].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    case .list(let items): try container.encode(items)
    }
  }
}
