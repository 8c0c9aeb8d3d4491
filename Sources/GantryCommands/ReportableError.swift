import Fleet
import Foundation
import Helm
import Images
import Inventory
import Playbooks
import Registry
import Runs
import SSH

/// An error of any module as the command line tells it: a code, one line, and what to do.
protocol ReportableError: Error {
  var reportCode: String { get }
  var reportMessage: String { get }
  var reportHint: String? { get }
}

extension InventoryError: ReportableError {
  var reportCode: String { code.rawValue }
  var reportMessage: String { description }
  var reportHint: String? { hint }
}

extension ClientConfigError: ReportableError {
  var reportCode: String { code.rawValue }
  var reportMessage: String { description }
  var reportHint: String? { hint }
}

extension ImageError: ReportableError {
  var reportCode: String { code.rawValue }
  var reportMessage: String { message }
  var reportHint: String? { hint }
}

extension RunError: ReportableError {
  var reportCode: String { code.rawValue }
  var reportMessage: String { message }
  var reportHint: String? { hint }
}

extension RegistryError: ReportableError {
  var reportCode: String { code.rawValue }
  var reportMessage: String { message }
  var reportHint: String? { hint }
}

extension HelmError: ReportableError {
  var reportCode: String { code.rawValue }
  var reportMessage: String { message }
  var reportHint: String? { hint }
}

extension Failure: ReportableError {
  var reportCode: String { code.rawValue }
  var reportMessage: String { message }
  var reportHint: String? { hint }
}

extension PlaybookProblem: ReportableError {
  var reportCode: String { code.rawValue }
  var reportMessage: String { description }
  var reportHint: String? { hint }
}

/// Tells an error that ends the command before anything was touched.
enum Problem {
  static func tell(_ error: any ReportableError) {
    var text = "gantry: \(PrintableText.line(error.reportMessage, limit: 1000)) (\(error.reportCode))\n"
    if let hint = error.reportHint { text += "gantry: hint: \(PrintableText.line(hint, limit: 1000))\n" }
    FileHandle.standardError.write(Data(text.utf8))
  }
}

extension Problem {
  /// Tells every mistake of a playbook.
  static func tell(_ error: PlaybookError) {
    for problem in error.problems { tell(problem) }
  }
}

/// A wrong use of the command line that only shows after parsing.
struct UsageError: ReportableError {
  let reportMessage: String
  var reportHint: String?
  var reportCode: String { "usage" }

  init(_ message: String, hint: String? = nil) {
    reportMessage = message
    reportHint = hint
  }
}
