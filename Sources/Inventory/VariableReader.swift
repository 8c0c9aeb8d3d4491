import Documents

/// Takes settings with their types out of variables. Of several names, the last one that is set counts.
struct VariableReader {
  private let variables: Variables

  init(_ variables: Variables) { self.variables = variables }

  /// The variable that counts; nil if all are unset or null.
  ///
  /// - Throws: `inventory-template` or `inventory-vault` if its value is not there to be read.
  func entry(_ names: [String]) throws(InventoryError) -> Variables.Entry? {
    let found = names.reversed().lazy.compactMap(variables.entry).first { $0.value != .null }
    guard let entry = found else { return nil }
    if entry.value == .vault {
      throw InventoryError(
        .vault, "\(entry.name) is encrypted with ansible-vault, which gantry cannot read", at: entry.origin,
        hint: "write it in plain text in a file that only you can read, or use an SSH key")
    }
    if entry.value.isTemplate {
      throw InventoryError(
        .template, "\(entry.name) is a template, and gantry does not evaluate templates", at: entry.origin,
        hint: "write the value itself")
    }
    return entry
  }

  // MARK: Types

  /// A text. A whole number is taken as its digits; an empty text is as good as none.
  func text(_ names: String...) throws(InventoryError) -> String? { try text(names) }

  func text(_ names: [String]) throws(InventoryError) -> String? {
    guard let entry = try entry(names) else { return nil }
    let text: String
    switch entry.value {
    case .string(let value): text = value
    case .int(let value): text = String(value)
    // What YAML read as 1.10 or yes can no longer be told as it was written.
    default:
      throw error(entry, "must be text, and is \(entry.value.kind)", hint: "put it in quotes")
    }
    guard !text.hasControlCharacters else { throw error(entry, "has control characters in it") }
    return text.isEmpty ? nil : text
  }

  /// A text that is never shown.
  func secret(_ names: String...) throws(InventoryError) -> Secret? {
    try text(names).map(Secret.init)
  }

  /// A boolean, which may be written as text, as Ansible reads it.
  func boolean(_ names: String...) throws(InventoryError) -> Bool? {
    guard let entry = try entry(names) else { return nil }
    switch entry.value {
    case .bool(let value): return value
    case .int(1), .double(1): return true
    case .int(0), .double(0): return false
    case .string(let text):
      switch text.lowercased().stripped {
      case "y", "yes", "on", "1", "true", "t": return true
      case "n", "no", "off", "0", "false", "f": return false
      default: break
      }
    default: break
    }
    throw error(entry, "must be a boolean", hint: "write true or false")
  }

  /// A TCP port.
  func port(_ names: String...) throws(InventoryError) -> Int? {
    guard let entry = try entry(names) else { return nil }
    var port: Int?
    switch entry.value {
    case .int(let number): port = number
    case .string(let text): port = Int(text.stripped)
    default: break
    }
    guard let port, (1...65535).contains(port) else { throw error(entry, "must be a port from 1 to 65535") }
    return port
  }

  // MARK: Choices

  func connection() throws(InventoryError) -> ConnectionSettings.Connection {
    guard let entry = try entry(["ansible_connection"]), let name = try text("ansible_connection")
    else { return .ssh }
    switch Self.shortName(name) {
    // Whatever speaks SSH there is SSH here.
    case "ssh", "smart", "paramiko", "paramiko_ssh": return .ssh
    case "local": return .local
    default:
      throw error(
        entry, "has the connection \(name.quoted), which gantry does not have", hint: "use ssh or local")
    }
  }

  func becomeMethod() throws(InventoryError) -> ConnectionSettings.BecomeMethod {
    guard let entry = try entry(["ansible_become_method"]), let name = try text("ansible_become_method")
    else { return .sudo }
    guard let method = ConnectionSettings.BecomeMethod(rawValue: Self.shortName(name)) else {
      throw error(
        entry, "has the method \(name.quoted), which gantry does not have", hint: "use sudo, su or doas")
    }
    return method
  }

  func runtime() throws(InventoryError) -> ConnectionSettings.Runtime? {
    let variable = GantryVariable.runtime.rawValue
    guard let entry = try entry([variable]), let name = try text(variable), name != "auto" else { return nil }
    guard let runtime = ConnectionSettings.Runtime(rawValue: name) else {
      throw error(
        entry, "has the runtime \(name.quoted), which gantry does not have",
        hint: "use containerd, docker or auto")
    }
    return runtime
  }

  /// The hosts to go through; an empty text or `none` for a direct connection.
  func jump() throws(InventoryError) -> String? {
    let variable = GantryVariable.jump.rawValue
    guard let entry = try entry([variable]) else { return nil }
    if entry.value == .string("") { return "" }
    let jump = try text(variable)
    return jump?.lowercased() == "none" ? "" : jump
  }

  /// `ssh` of `ansible.builtin.ssh`.
  private static func shortName(_ name: String) -> String {
    name.split(separator: ".").last.map(String.init) ?? name
  }

  func error(_ entry: Variables.Entry, _ problem: String, hint: String? = nil) -> InventoryError {
    InventoryError(.variable, "\(entry.name) \(problem)", at: entry.origin, hint: hint)
  }
}
