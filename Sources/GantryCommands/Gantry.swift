import ArgumentParser
import Foundation
import Playbooks

/// The root command and the way in.
public struct Gantry: AsyncParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "gantry",
    abstract: "Loads an offline image bundle onto every node of a cluster at once, over SSH.",
    discussion: """
      Exit codes: 0 every node is fine, 1 some node failed, 2 nothing could be run (nothing was touched), \
      130 interrupted.
      """,
    version: Version.full,
    subcommands: [
      CheckCommand.self, LoadCommand.self, VerifyCommand.self, UpgradeCommand.self, RunCommand.self,
      ExecCommand.self, RerunCommand.self, RunsCommand.self, PruneCommand.self, SyncCommand.self,
      TrustCommand.self, DoctorCommand.self, BundleCommand.self, PlaybookCommand.self, InventoryCommand.self,
    ])

  public init() {}

  /// Parses, runs, and ends the process with the contract's exit code.
  public static func runAndExit(_ arguments: [String]) async -> Never {
    // A peer that goes away is an error code on write, never the end of the process.
    signal(SIGPIPE, SIG_IGN)
    CrashPrivacy.begin()
    FleetSecrets.clearEnvironment()
    OpenFiles.raiseLimit()
    do {
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      leave(0)
    } catch let code as ExitCode {
      leave(code.rawValue)
    } catch let error as any ReportableError {
      Problem.tell(error)
      leave(2)
    } catch let error as PlaybookError {
      Problem.tell(error)
      leave(2)
    } catch {
      // Help and version are "errors" with exit code 0; everything else is a usage error.
      let text = fullMessage(for: error)
      if exitCode(for: error) == .success {
        print(text)
        leave(0)
      }
      FileHandle.standardError.write(Data((text + "\n").utf8))
      leave(2)
    }
  }

  /// Ends the process at once. exit(3) would take apart global objects that the event loops and the thread pool still
  /// use; everything is written by now.
  private static func leave(_ code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }
}
