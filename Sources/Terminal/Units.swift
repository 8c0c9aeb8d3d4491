/// Sizes, rates and times as people read them.
public enum Units {
  /// Bytes in powers of 1000, as disks and networks are sold: `6.3 MB`.
  public static func bytes(_ count: Int64) -> String {
    var value = Double(count)
    for unit in ["B", "kB", "MB", "GB", "TB"] {
      if abs(value) < 999.5 || unit == "TB" {
        return (unit == "B" ? String(count) : decimal(value)) + " " + unit
      }
      value /= 1000
    }
    return "\(count) B"
  }

  /// Bytes rounded down to whole gigabytes, or to whole megabytes below one.
  public static func wholeGigabytes(_ count: Int64) -> String {
    count >= 1_000_000_000 ? "\(count / 1_000_000_000) GB" : "\(count / 1_000_000) MB"
  }

  /// `0.4 s`, `12 s`, `3 min 20 s`, `1 h 02 min`.
  public static func seconds(_ seconds: Double) -> String {
    if seconds < 10 { return decimal(seconds) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    let minutes = whole % 3600 / 60
    return "\(whole / 3600) h \(minutes < 10 ? "0" : "")\(minutes) min"
  }

  /// One digit after the point below 100.
  static func decimal(_ value: Double) -> String {
    if value >= 99.95 { return String(Int(value.rounded())) }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
