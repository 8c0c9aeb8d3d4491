import ArgumentParser
import Foundation
import SSH
import Terminal

/// `gantry trust`: the host keys of the whole fleet, looked at once and remembered.
struct TrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust",
    abstract: "Collect the nodes' host keys, show their fingerprints, and remember them after a yes.",
    discussion: """
      Nobody logs in. Compare a fingerprint with what the node itself says: \
      ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub. Hosts on the way are asked about before those behind them.
      """)

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Remember new keys without asking.")
  var yes = false

  @Flag(help: "Also take a changed key in place of the one that is known.")
  var replace = false

  func run() async throws {
    let context = RunContext(output)
    let console = context.console
    let settings = fleet.settings
    let survey = HostKeySurvey(
      try await PreparedFleet(settings, console: console, secrets: context.secrets(for: settings)))
    var rows: [HostKeySurvey.Row] = []
    var refusal: UsageError?
    for subjects in survey.stages where refusal == nil {
      var found = await survey.ask(subjects)
      let new = found.count { $0.isWritable(replacing: replace) }
      if new > 0 {
        if yes {
          found = try await survey.write(found, replacing: replace)
        } else if isatty(STDIN_FILENO) == 1 {
          for line in HostKeyReport(found).lines { console.message(line) }
          if ask(new, console) {
            found = try await survey.write(found, replacing: replace)
          } else {
            refusal = UsageError("nothing more was written")
          }
        } else {
          refusal = UsageError(
            "\(new) host \(new == 1 ? "key" : "keys") would be written, and nobody is there to ask",
            hint: "--yes writes them")
        }
      }
      rows += found
    }
    await survey.client.close()
    let report = HostKeyReport(rows)
    switch output.output {
    case .json: console.result(try JSONOutput.text(report))
    case .text: for line in report.lines { console.result(line) }
    }
    for copy in report.copies { console.warning(copy + ": copies of one machine?") }
    if let refusal { throw refusal }
    if rows.contains(where: { $0.isChanged }), !replace {
      console.message("gantry: hint: if those nodes were reinstalled, --replace takes their new keys")
    }
    throw ExitCode(rows.allSatisfy(\.isKnown) ? 0 : 1)
  }

  private func ask(_ count: Int, _ console: Console) -> Bool {
    console.prompt("write \(count == 1 ? "this key" : "these \(count) keys")? [y/N] ")
    return ["y", "yes"].contains(readLine()?.lowercased())
  }
}

extension HostKeySurvey.Row {
  fileprivate var isChanged: Bool {
    guard case .success(let finding) = result, case .changed = finding.state else { return false }
    return !isWritten
  }
}
