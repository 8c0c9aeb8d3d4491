import Documents

/// What a migration does to values, fit to be shown.
public enum ValuesDiff {
  /// Unified, secrets masked; nil where nothing differs.
  public static func text(_ old: Value, _ new: Value, names: (old: String, new: String)) -> String? {
    let mask = SecretMask(secretsOf: [old, new])
    let before = lines(mask.masked(old, other: new, word: "old"))
    let after = lines(mask.masked(new, other: old, word: "new"))
    return UnifiedDiff.text(before, after, names: names)
  }

  private static func lines(_ value: Value) -> [String] {
    if value == .null { return [] }
    return YAMLWriter.text(value).split(separator: "\n").map(String.init)
  }
}
