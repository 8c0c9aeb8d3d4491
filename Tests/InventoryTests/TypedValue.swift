import Documents
import Inventory

/// A value in the JSON of `oracle.py`, where whole numbers, floating point numbers and mappings are marked.
struct TypedValue: Decodable, Sendable {
  let value: Value

  private enum Mark: String, CodingKey {
    case int = "$int"
    case float = "$float"
    case object = "$object"
    case vault = "$vault"
  }

  private struct Member: Decodable {
    let member: Value.Member

    init(from decoder: any Decoder) throws {
      var pair = try decoder.unkeyedContainer()
      member = Value.Member(try pair.decode(String.self), try pair.decode(TypedValue.self).value)
    }
  }

  init(from decoder: any Decoder) throws {
    if let marked = try? decoder.container(keyedBy: Mark.self) {
      if let text = try marked.decodeIfPresent(String.self, forKey: .int) {
        value = Int(text).map(Value.int) ?? .string(text)
      } else if let text = try marked.decodeIfPresent(String.self, forKey: .float) {
        value = .double(Double(text) ?? .nan)
      } else if let members = try marked.decodeIfPresent([Member].self, forKey: .object) {
        value = .object(members.map(\.member))
      } else {
        value = .vault
      }
      return
    }
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      value = .null
    } else if let flag = try? single.decode(Bool.self) {
      value = .bool(flag)
    } else if let text = try? single.decode(String.self) {
      value = .string(text)
    } else {
      value = .array(try single.decode([TypedValue].self).map(\.value))
    }
  }
}

extension Value {
  /// The value in one line with its types, for comparing and for reading; not-a-number equals itself here.
  var spelled: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .int(let number): "int \(number)"
    case .double(let number): "double \(number)"
    case .string(let text): text.debugDescription
    case .array(let items): "[" + items.map(\.spelled).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\($0.key): \($0.value.spelled)" }.joined(separator: ", ") + "}"
    case .vault: "vault"
    }
  }
}

extension Variables {
  /// Names with spelled values.
  var spelled: [String: String] { Dictionary(uniqueKeysWithValues: map { ($0.name, $0.value.spelled) }) }
}

extension TypedValue {
  /// The members of a mapping, spelled.
  var spelledMembers: [String: String] {
    guard case .object(let members) = value else { return [:] }
    return Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value.spelled) })
  }
}
