import Documents

/// The arguments for `ssh` that an inventory may hold, as a list of settings of ssh_config(5).
///
/// A bastion in an Ansible inventory is often in `ansible_ssh_common_args`. Options that only concern ssh's own terminal,
/// forwardings or log are passed over, as they mean nothing here.
public struct SSHArguments: Sendable, Hashable {
  /// One setting.
  public struct Option: Sendable, Hashable {
    /// Its keyword, such as `ProxyJump`; nil when ``value`` is the whole argument of an `-o`.
    public let keyword: String?
    /// The value as it is, or `Name=value` with the quoting of ssh_config(5).
    public let value: String
    /// The variable that it was written in.
    public let source: SettingSource
  }

  /// Those of `ansible_ssh_args`, which Ansible puts before the other variables of a host.
  public private(set) var first: [Option] = []
  /// Those of `ansible_ssh_common_args` and `ansible_ssh_extra_args`, which it puts after them.
  public private(set) var last: [Option] = []
  /// `-F`: the file that takes the place of the usual configuration.
  public private(set) var configFile: Option?

  /// No arguments.
  public init() {}

  init(_ reader: VariableReader) throws(InventoryError) {
    first = try read("ansible_ssh_args", reader)
    last = try read("ansible_ssh_common_args", reader) + read("ansible_ssh_extra_args", reader)
  }

  /// The letters of ssh(1) that take an argument.
  private static let withArgument = "BbcDEeFIiJLlmOopQRSWwP"

  private static let keywords: [Character: String] = [
    "b": "BindAddress", "c": "Ciphers", "i": "IdentityFile", "J": "ProxyJump", "l": "User", "m": "MACs",
    "p": "Port", "P": "Tag",
  ]

  private mutating func read(_ name: String, _ reader: VariableReader) throws(InventoryError) -> [Option] {
    guard let entry = try reader.entry([name]), let text = try reader.text(name) else { return [] }
    guard let split = try? ShellWords.split(text, comments: false) else {
      throw reader.error(entry, "has a quote that is not closed")
    }
    let source = SettingSource(entry)
    var options: [Option] = []
    var words = split[...]
    while let word = words.popFirst() {
      guard word.hasPrefix("-"), word.count > 1 else {
        throw reader.error(
          entry, "has the word \(word.quoted), which is no option of ssh",
          hint: "the host is named by ansible_host")
      }
      var letters = word.dropFirst()
      while let letter = letters.popFirst() {
        guard Self.withArgument.contains(letter) else {
          if letter == "4" || letter == "6" {
            options.append(
              Option(keyword: "AddressFamily", value: letter == "4" ? "inet" : "inet6", source: source))
          }
          continue
        }
        guard let value = letters.isEmpty ? words.popFirst() : String(letters) else {
          throw reader.error(entry, "ends in -\(letter) without its argument")
        }
        letters = ""
        if letter == "o" {
          options.append(Option(keyword: nil, value: value, source: source))
        } else if letter == "F" {
          configFile = configFile ?? Option(keyword: nil, value: value, source: source)
        } else if let keyword = Self.keywords[letter] {
          options.append(Option(keyword: keyword, value: value, source: source))
        }
      }
    }
    return options
  }
}
