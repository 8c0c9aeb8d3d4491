/// A setting that counts before any file, as `ssh -o` makes one.
public struct ConfigOption: Sendable, Hashable {
  private let text: String
  private let values: [String]?
  /// Who says so.
  public let origin: SettingOrigin

  /// As the argument of `ssh -o`: `Name=value` or `Name value`, with the quoting of ssh_config(5).
  public init(_ text: String, origin: SettingOrigin) {
    self.text = text
    values = nil
    self.origin = origin
  }

  /// A value as it is, whatever characters it has; tokens in it are replaced.
  public init(_ keyword: String, _ value: String, origin: SettingOrigin) {
    self.init(keyword, [value], origin: origin)
  }

  /// Values as they are, whatever characters they have; tokens in them are replaced.
  public init(_ keyword: String, _ values: [String], origin: SettingOrigin) {
    text = keyword
    self.values = values
    self.origin = origin
  }

  /// As a line of a file.
  func line() throws(ClientConfigError) -> ConfigLine {
    if let values { return ConfigLine(keyword: text.lowercased(), values: values) }
    if let line = ConfigLine(Array(text.utf8)[...], number: 0) { return line }
    throw ClientConfigError(.syntax, "'\(text)' is no option for ssh", at: origin)
  }
}
