import ArgumentParser
import Fleet
import Foundation
import Runs
import SSH
import Terminal

/// `gantry doctor`: is this machine fit to be the control machine?
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at this machine, and say what to mend. Connects to no node and changes nothing.",
    discussion: "Exit codes: 0 nothing is bad, 1 something is.")

  @Option(name: [.short, .long], help: "How many nodes are to be worked on at a time.")
  var forks: Int = 32

  @Option(
    help: ArgumentHelp(
      "SSH client configuration in place of ~/.ssh/config and /etc/ssh/ssh_config; `none` for none.",
      valueName: "file"))
  var sshConfig: String?

  @Option(help: "known_hosts file; may be repeated.")
  var knownHosts: [String] = []

  @OptionGroup var output: OutputOptions

  struct Report: Encodable {
    let healthy: Bool
    let checks: [Finding]
  }

  func validate() throws {
    if forks < 1 { throw ValidationError("--forks must be 1 or more") }
  }

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let state =
      output.stateDir.map(Paths.absolute) ?? RunStore.defaultDirectory(environment: environment)
    let ssh = SSHCheck(
      sshConfig: sshConfig.map { $0.lowercased() == "none" ? "none" : Paths.absolute($0) },
      knownHosts: knownHosts.map(Paths.absolute), surroundings: .current(environment: environment))
    let findings = MachineCheck(stateDirectory: state, forks: forks).findings() + (await ssh.findings())
    let report = Report(healthy: !findings.contains { $0.status == .bad }, checks: findings)
    let console = output.console()
    switch output.output {
    case .json: console.result(try JSONOutput.text(report))
    case .text:
      for finding in findings {
        let status = finding.status.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        let style: Console.Style =
          switch finding.status {
          case .ok: .green
          case .warning: .yellow
          case .bad: .red
          }
        console.result(
          console.styled(status, style) + " \(finding.name): \(PrintableText.line(finding.message))")
        if let hint = finding.hint { console.result("         \(PrintableText.line(hint))") }
      }
    }
    throw ExitCode(report.healthy ? 0 : 1)
  }
}
