import Playbooks

/// The `copy` of a playbook on one node: one file, with its mode and owner.
///
/// The node is asked for the file's SHA-256, mode and owner first; where all are right nothing is sent. Else the bytes go
/// into a new file beside it, private from the start, which takes its place once its SHA-256 is right. It needs sh,
/// sha256sum and stat on the node, which coreutils and busybox have.
public struct CopyJob: NodeJob {
  private let work: CopyWork
  private let file: LocalFile
  private let dryRun: Bool
  private let stall: Duration

  public init(_ work: CopyWork, file: LocalFile, dryRun: Bool, stall: Duration) {
    self.work = work
    self.file = file
    self.dryRun = dryRun
    self.stall = stall
  }

  public func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    session.enter(.probe)
    let asked = try await session.run(
      .script(Self.look, [work.to], asRoot: work.asRoot, changes: false),
      limits: CommandLimits(deadline: .seconds(600)), logsOutput: false)
    let answer = try Self.answer(asked)
    if isRight(answer) { return .ok }
    if dryRun { return .changed }

    session.enter(.transfer)
    session.markChanged()
    if answer.digest == file.digest { return try await setOnly(session) }
    let sum = ByteCount()
    let stream = try FileStream(file) { [total = file.size] count in
      session.sent(count)
      session.emit(.progress(sent: sum.add(count), total: total))
    }
    let output = try await session.run(
      .script(
        Self.write, [work.to, file.digest, mode, work.owner ?? ""], asRoot: work.asRoot, changes: true),
      input: stream, limits: CommandLimits(deadline: nil, stall: stall, afterInput: .seconds(600)))
    try expect(output, "write \(work.to)")
    return .changed
  }

  /// Where only mode or owner differ.
  private func setOnly(_ session: NodeSession) async throws(Failure) -> NodeStatus {
    let output = try await session.run(
      .script(Self.set, [work.to, mode, work.owner ?? ""], asRoot: work.asRoot, changes: true),
      limits: CommandLimits(deadline: .seconds(60)))
    try expect(output, "set mode and owner of \(work.to)")
    return .changed
  }

  private var mode: String {
    let digits = work.mode.drop { $0 == "0" }
    return digits.isEmpty ? "0" : String(digits)
  }

  private func expect(_ output: CommandOutput, _ what: String) throws(Failure) {
    guard !output.succeeded else { return }
    let said = PrintableText.line(output.standardError)
    let full = said.contains("No space left")
    throw Failure(
      full ? .diskFull : .remoteExit, "\(what): exit \(output.status): \(said)",
      hint: full ? "free room there" : nil)
  }

  // MARK: What is there

  struct Answer: Equatable {
    var digest: String?
    var mode: String?
    var user: String?
    var group: String?
  }

  private func isRight(_ answer: Answer) -> Bool {
    guard answer.digest == file.digest, answer.mode == mode else { return false }
    let owner = (work.owner ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    if let user = owner.first, !user.isEmpty, user != answer.user { return false }
    if owner.count == 2, owner[1] != answer.group { return false }
    return true
  }

  /// - Throws: `remote-exit` where there is a folder, or the file cannot be read.
  static func answer(_ output: CommandOutput) throws(Failure) -> Answer {
    guard output.succeeded else {
      throw Failure(
        .remoteExit, "look at the file: exit \(output.status): \(PrintableText.line(output.standardError))",
        hint: "the folder must be there; become: true writes as root")
    }
    var answer = Answer()
    for line in String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      switch words.first {
      case "sha256" where words.count == 2: answer.digest = String(words[1])
      case "stat" where words.count == 4:
        (answer.mode, answer.user, answer.group) = (String(words[1]), String(words[2]), String(words[3]))
      default: break
      }
    }
    return answer
  }

  private static let look: StaticString =
    """
    f=$1; d=${f%/*}; if [ ! -d "${d:-/}" ]; then echo "no folder ${d:-/}" >&2; exit 2; fi; if [ -d "$f" ]; then echo "$f is a folder" >&2; exit 2; fi; if [ -e "$f" ]; then s=$(sha256sum < "$f") || exit 2; echo "sha256 ${s%% *}"; echo "stat $(stat -L -c "%a %U %G" -- "$f")"; fi
    """

  // A link is followed, so that what others reach through it is what is replaced. `set -C` makes no use of a file or a
  // link that somebody else put in the new file's place.
  private static let write: StaticString =
    """
    f=$1; if [ -L "$f" ]; then f=$(readlink -f -- "$f") || exit 2; fi; t=$f.gantry-$$; trap 'rm -f -- "$t"' EXIT; umask 077; set -C; cat > "$t" || exit 2; s=$(sha256sum < "$t"); if [ "${s%% *}" != "$2" ]; then echo "not what was sent: the file changed on its way" >&2; exit 3; fi; if [ -n "$4" ]; then chown -- "$4" "$t" || exit 2; fi; chmod "$3" "$t" || exit 2; mv -f -- "$t" "$f"
    """

  private static let set: StaticString =
    """
    f=$1; if [ -n "$3" ]; then chown -- "$3" "$f" || exit 2; fi; chmod "$2" "$f"
    """
}

/// A sum that a connection's thread adds to.
private final class ByteCount: @unchecked Sendable {
  // One reader at a time, by ByteStream's contract.
  private var sum: Int64 = 0

  func add(_ count: Int64) -> Int64 {
    sum += count
    return sum
  }
}
