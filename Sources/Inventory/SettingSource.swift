import Documents

/// Which variable says a setting, and where that was written.
public struct SettingSource: Sendable, Hashable {
  /// Such as `ansible_port`.
  public let variable: String
  /// nil for a variable made in memory.
  public let origin: Origin?

  init(_ entry: Variables.Entry) {
    variable = entry.name
    origin = entry.origin
  }
}

extension SettingSource: CustomStringConvertible {
  /// `ansible_port (hosts.yml:12)`, safe to print.
  public var description: String {
    guard let origin else { return EscapedText(variable).description }
    let place = origin.line.map { "\(origin.file):\($0)" } ?? origin.file
    return EscapedText("\(variable) (\(place))").description
  }
}
