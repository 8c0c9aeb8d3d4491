import Synchronization

/// Reports once what came of a password that was tried for the first time.
final class Trial: Sendable {
  private let report: Mutex<(@Sendable (PasswordTrials.Outcome) -> Void)?>

  init(_ report: @escaping @Sendable (PasswordTrials.Outcome) -> Void) { self.report = Mutex(report) }

  /// Reports; later calls do nothing.
  func end(_ outcome: PasswordTrials.Outcome) {
    let report = report.withLock { report in
      defer { report = nil }
      return report
    }
    report?(outcome)
  }
}
