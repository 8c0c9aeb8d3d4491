import Documents

/// What gantry understands of the arguments for `ssh` that an inventory may hold.
///
/// A bastion in an Ansible inventory is often in `ansible_ssh_common_args`. Its `ProxyJump` is honoured. A
/// `ProxyCommand` is an error rather than a connection that times out without a reason; other options are for
/// the `ssh` program and mean nothing here.
struct SSHArguments {
  private static let names = ["ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"]

  /// The hosts to go through, as `ssh -J` takes them.
  private(set) var jump: String?
  /// `StrictHostKeyChecking`; `accept-new` counts as the default.
  private(set) var hostKeyChecking: Bool?

  init() {}

  init(_ reader: VariableReader) throws(InventoryError) {
    for name in Self.names {
      guard let entry = try reader.entry([name]), let text = try reader.text(name) else { continue }
      guard let words = try? ShellWords.split(text, comments: false) else {
        throw reader.error(entry, "has a quote that is not closed")
      }
      try read(words, entry, reader)
    }
  }

  private mutating func read(
    _ words: [String], _ entry: Variables.Entry, _ reader: VariableReader
  ) throws(InventoryError) {
    var words = words[...]
    while let word = words.popFirst() {
      if word == "-J" {
        setJump(words.popFirst())
      } else if word.hasPrefix("-J") {
        setJump(String(word.dropFirst(2)))
      } else if word == "-o", let option = words.popFirst() {
        try set(option, entry, reader)
      } else if word.hasPrefix("-o") {
        try set(String(word.dropFirst(2)), entry, reader)
      }
    }
  }

  /// The first of two jumps counts, as it does for `ssh`.
  private mutating func setJump(_ value: String?) {
    guard jump == nil, let value else { return }
    jump = value.lowercased() == "none" ? "" : value
  }

  /// One `Name=value` or `Name value`.
  private mutating func set(
    _ option: String, _ entry: Variables.Entry, _ reader: VariableReader
  ) throws(InventoryError) {
    guard let end = option.firstIndex(where: { $0 == "=" || $0.isWhitespace }) else { return }
    let value = option[option.index(after: end)...].stripped
    switch option[..<end].lowercased() {
    case "proxyjump": setJump(value)
    case "proxycommand" where value.lowercased() != "none":
      throw reader.error(
        entry, "has a ProxyCommand, which gantry does not run",
        hint: "name the bastion instead: gantry_jump: user@bastion:22")
    case "stricthostkeychecking" where hostKeyChecking == nil:
      switch value.lowercased() {
      case "no", "off", "false": hostKeyChecking = false
      case "yes", "true": hostKeyChecking = true
      default: break
      }
    default: break
    }
  }
}
