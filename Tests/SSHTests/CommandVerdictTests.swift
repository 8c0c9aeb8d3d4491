import Fleet
import Testing

@testable import SSH

@Suite struct CommandVerdictTests {
  @Test(arguments: [(0, 0, 0), (3, 3, 3), (0, 1, 1), (7, 0, 7)] as [(Int32, Int32, Int32)])
  func theTrailerProvesTheEnd(_ trailer: Int32, _ exit: Int32, _ expected: Int32) throws {
    let verdict = CommandVerdict(exitStatus: exit, exitSignal: nil)
    #expect(try verdict.status(trailer: trailer, started: true, text: []) == expected)
  }

  /// libssh2 says 0 when no status came.
  @Test func withoutATrailerNothingIsKnown() throws {
    for status in [0, 1] as [Int32] {
      let verdict = CommandVerdict(exitStatus: status, exitSignal: nil)
      let error = #expect(throws: Failure.self) { try verdict.status(trailer: nil, started: true, text: []) }
      #expect(error?.code == .connectionLost)
    }
  }

  @Test func aSignalIsAResult() throws {
    let verdict = CommandVerdict(exitStatus: 0, exitSignal: "KILL")
    #expect(try verdict.status(trailer: nil, started: true, text: []) == 0)
  }

  @Test(
    arguments: [
      (1, "sudo: a password is required\n", FailureCode.sudoPasswordNeeded),
      (1, "sudo: a terminal is required to read the password; either use the -S option", .sudoPasswordNeeded),
      (1, "sudo: sorry, you must have a tty to run sudo", .sudoTerminalNeeded),
      (
        1, "Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt",
        .sudoPasswordWrong
      ),
      (1, "u is not in the sudoers file.  This incident will be reported.", .sudoDenied),
      (1, "Sorry, user u is not allowed to execute '/bin/sh' as root on node1.", .sudoDenied),
      (127, "env: 'sudo': No such file or directory", .sudoDenied),
      (1, "This account is currently not available.", .remoteExit),
      (0, "", .remoteExit),
    ] as [(Int32, String, FailureCode)])
  func commandsThatDidNotStart(_ status: Int32, _ text: String, _ code: FailureCode) throws {
    let verdict = CommandVerdict(exitStatus: status, exitSignal: nil)
    let error = #expect(throws: Failure.self) {
      try verdict.status(trailer: nil, started: false, text: Array(text.utf8))
    }
    #expect(error?.code == code)
    #expect(error?.message.contains("\n") == false)
    #expect(error?.message.contains("exit \(status)") == true)
  }
}
