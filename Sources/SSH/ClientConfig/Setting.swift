/// A value with the place that said it.
public struct Setting<Value: Sendable>: Sendable {
  public let value: Value
  public let origin: SettingOrigin

  public init(_ value: Value, _ origin: SettingOrigin) {
    self.value = value
    self.origin = origin
  }

  func map<Other>(_ change: (Value) -> Other) -> Setting<Other> { Setting<Other>(change(value), origin) }
}

extension Setting: Equatable where Value: Equatable {}

/// Where a setting comes from.
public enum SettingOrigin: Sendable, Hashable {
  /// A line of a client configuration, from 1.
  case file(String, line: Int)
  /// An option of the command line or a variable of the inventory, as people would name it.
  case named(String)
  /// Nobody said anything.
  case standard
}

extension SettingOrigin: CustomStringConvertible {
  /// `/root/.ssh/config:12`, `--timeout`, `default`.
  public var description: String {
    switch self {
    case .file(let path, let line): "\(MessageText.clean(path)):\(line)"
    case .named(let name): MessageText.clean(name)
    case .standard: "default"
    }
  }
}
