import ArgumentParser

/// `gantry exec`: one command on every node.
struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Run the same command on every node; nodes that print the same share one block.",
    usage: "gantry exec -i INV [OPTIONS] -- COMMAND [ARGUMENT …]",
    discussion: """
      One word after -- is a line for the node's sh, pipes and all; several words are a program and its arguments, and \
      reach it exactly as they are.
      """)

  @OptionGroup var fleet: FleetOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Run it as root, as ansible_become says, or by sudo where that needs no password.")
  var become = false

  @Option(help: "Seconds after which the command counts as failed.")
  var commandTimeout: Double?

  @Argument(parsing: .postTerminator, help: "The command.")
  var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("no command: write it after --") }
    if let commandTimeout, !(commandTimeout > 0 && commandTimeout <= 864_000) {
      throw ValidationError("--command-timeout must be above 0 and at most 864000")
    }
  }

  func run() async throws {
    let settings = ExecSettings(words: command, asRoot: become, timeout: commandTimeout)
    throw ExitCode(try await Execution(output).execute(.exec(fleet.settings, settings)))
  }
}
