import Containerd

/// Tells from what a daemon said why it did not take an archive.
///
/// This is the one place where a text becomes a code; everything after it reads the code.
enum ImportFailure {
  /// Docker 28 and later, with its images in containerd, name an image before they unpack it, and when that fails say so
  /// and end with exit 0.
  static func isHidden(in output: CommandOutput, runtime: Runtime) -> Bool {
    runtime.store == .dockerContainerd && unpackingError(output) != nil
  }

  private static func unpackingError(_ output: CommandOutput) -> Substring? {
    String(decoding: output.standardOutput + output.standardError, as: UTF8.self)
      .split(whereSeparator: \.isNewline).first { $0.hasPrefix("Error unpacking image") }
  }

  static func classify(_ output: CommandOutput, runtime: Runtime, what: String) -> Failure {
    // The reason stands at the end of what may be a long line; what decides is the whole of it.
    let whole =
      unpackingError(output).map { PrintableText.line(String($0), limit: 4000) }
      ?? PrintableText.line(
        output.standardError.suffix(3000) + output.standardOutput.suffix(400), limit: 4000)
    let ending = output.signal.map { "signal \($0)" } ?? "exit \(output.status)"
    return classify(
      whole, "\(what): \(ending): \(whole.isEmpty ? "it said nothing" : shortened(whole))", runtime: runtime,
      isSignal: output.signal != nil)
  }

  /// Of what containerd answered to a call of its API.
  static func classify(_ status: GRPCStatus, runtime: Runtime, what: String) -> Failure {
    let said = PrintableText.line(status.message, limit: 4000)
    if status.isPassing {
      return Failure(
        .runtimeDown, "\(what): status \(status.code): \(shortened(said))",
        hint: "look at \(runtime.kind.rawValue) on the node, then `gantry rerun`")
    }
    return classify(
      said, "\(what): status \(status.code): \(shortened(said))", runtime: runtime, isSignal: false)
  }

  private static func shortened(_ said: String) -> String {
    said.count <= 300 ? said : said.prefix(100) + "…" + said.suffix(199)
  }

  private static func classify(_ said: String, _ message: String, runtime: Runtime, isSignal: Bool) -> Failure
  {
    let text = said.lowercased()
    if text.contains("no space left on device") {
      return Failure(.diskFull, message, hint: "free room for images on the node, then `gantry rerun`")
    }
    if text.contains("read-only file system") {
      return Failure(
        .readOnlyFileSystem, message, hint: "look at the node's disk (dmesg), remount it, then `gantry rerun`"
      )
    }
    for sign in [
      "cannot connect to the docker daemon", "failed to dial", "connection refused", "connect: no such file",
      // The daemon ended while it received.
      "failed to send write: eof", "error during connect", "code = unavailable", "error reading from server",
    ]
    where text.contains(sign) {
      return Failure(
        .runtimeDown, message, hint: "start \(runtime.kind.rawValue) on the node, then `gantry rerun`")
    }
    if isSignal { return Failure(.remoteSignal, message, hint: "`gantry rerun` sends the rest") }
    return Failure(.importRefused, message, hint: "`gantry load --full` sends the whole archive")
  }
}
