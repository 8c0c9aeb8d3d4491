import Documents

/// Single values of the command line as a file of values, so that they never stand in an argument list.
public enum SettingsYAML {
  /// nil where there are none.
  ///
  /// - Throws: `bad-key-path`, `bad-yaml`.
  public static func text(_ settings: [ValueSetting]) throws(HelmError) -> String? {
    var tree = Value.null
    for setting in settings {
      let path = try ValuePath(setting.path)
      let value: Value
      do {
        value = try YAMLReader.read(SourceFile(path: setting.path, text: setting.value))?.value ?? .string("")
      } catch {
        throw HelmError(.badYAML, "the value of \(setting.path.quoted) is no YAML", hint: "put it in quotes")
      }
      // "a: b" would be a mapping to YAML, and is a text to whoever writes it here.
      guard value.members == nil || setting.value.hasPrefix("{") else {
        throw HelmError(
          .badYAML, "the value of \(setting.path.quoted) would be a mapping", hint: "put it in quotes")
      }
      guard let next = tree.setting(path.steps[...], to: value) else {
        throw HelmError(
          .badKeyPath, "\(setting.path.quoted) cannot be set by itself",
          hint: "give lists whole, in a file of values")
      }
      tree = next
    }
    return settings.isEmpty ? nil : YAMLWriter.text(tree)
  }

  /// Reads `KEY=VALUE`.
  ///
  /// - Throws: `bad-key-path`.
  public static func parse(_ text: String) throws(HelmError) -> ValueSetting {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw HelmError(.badKeyPath, "no value is given to \(text.quoted)", hint: "write it as KEY=VALUE")
    }
    _ = try ValuePath(String(parts[0]))
    return ValueSetting(path: String(parts[0]), value: String(parts[1]))
  }
}
