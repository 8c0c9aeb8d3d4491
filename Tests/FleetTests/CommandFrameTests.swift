import Foundation
import Inventory
import Testing

@testable import Fleet

/// Quoting and framing, held against the real shell of this machine.
@Suite struct CommandFrameTests {
  static let nasty = [
    "", "plain", "two words", "it's", "\"quoted\"", "$HOME", "`id`", "$(touch /tmp/x)", ";reboot",
    "a&b|c>d<e", "*?[a]",
    "!bang", "back\\slash", "~root", "#no", "line\nbreak", "tab\tstop", "-n", "ünïcode", "a=b", "{a,b}",
    "\\'", "'!'",
  ]

  @Test(arguments: nasty) func quotedWordReachesTheProgramAsItIs(word: String) throws {
    let result = try shell("printf %s " + ShellQuote.quote(word))
    #expect(result.output == Array(word.utf8))
  }

  @Test(arguments: nasty) func frameCarriesArguments(word: String) throws {
    var frame = CommandFrame(
      RemoteCommand(["printf", "%s|%s", word, "end"], changes: false), privilege: .none, nonce: "n0",
      limit: 1000)
    let result = try shell(frame.text)
    #expect(command(&frame, result.output) == word + "|end")
    _ = result.errors.withUnsafeBytes { frame.receive($0) }
    #expect(frame.status == 0)
    #expect(frame.finish().isEmpty)
  }

  @Test func statusAndErrorTextAreTold() throws {
    var frame = CommandFrame(
      .script("echo out; printf 'no end of line' >&2; exit 7", changes: false), privilege: .none, nonce: "n1",
      limit: 1000)
    let result = try shell(frame.text)
    let step = result.errors.withUnsafeBytes { frame.receive($0) }
    #expect(step == .started || frame.hasStarted)
    #expect(frame.status == 7)
    #expect(command(&frame, result.output) == "out\n")
    #expect(String(decoding: frame.finish(), as: UTF8.self) == "no end of line")
  }

  @Test func noTrailerMeansNoStatus() {
    var frame = CommandFrame(
      RemoteCommand(["true"], changes: false), privilege: .none, nonce: "n2", limit: 1000)
    _ = Array("\u{1e}n2 start\nhalf".utf8).withUnsafeBytes { frame.receive($0) }
    #expect(frame.hasStarted)
    #expect(frame.status == nil)
  }

  @Test func anotherNonceIsOnlyText() {
    var frame = CommandFrame(
      RemoteCommand(["true"], changes: false), privilege: .none, nonce: "n3", limit: 1000)
    _ = Array("\u{1e}zz end 0\n".utf8).withUnsafeBytes { frame.receive($0) }
    #expect(frame.status == nil)
    #expect(String(decoding: frame.finish(), as: UTF8.self) == "\u{1e}zz end 0\n")
  }

  @Test func passwordIsSentOnceAndNeverTwice() {
    let secret = "correct horse"
    var frame = CommandFrame(
      RemoteCommand(["true"], asRoot: true, changes: false), privilege: .sudo(password: Secret(secret)),
      nonce: "n4",
      limit: 1000)
    #expect(frame.awaitsStart)
    #expect(!frame.text.contains(secret))
    // The prompt may come in pieces.
    #expect(feed(&frame, "gantry-pass") == .wait)
    #expect(feed(&frame, "word-n4:") == .sendPassword)
    #expect(feed(&frame, "Sorry, try again.\ngantry-password-n4:") == .passwordWrong)
    #expect(!frame.hasStarted)
  }

  @Test func floodOfErrorsIsBounded() {
    var frame = CommandFrame(
      RemoteCommand(["true"], changes: false), privilege: .none, nonce: "n5", limit: 100)
    for _ in 0..<1000 { _ = feed(&frame, String(repeating: "x", count: 1000)) }
    _ = feed(&frame, "\n\u{1e}n5 end 0\n")
    #expect(frame.status == 0)
    #expect(frame.truncated)
    #expect(frame.finish().count == 100)
  }

  /// In any pieces.
  @Test(arguments: 1...9) func whatALoginShellPrintsFirstIsNoOutput(_ size: Int) {
    var frame = CommandFrame(
      RemoteCommand(["true"], changes: false), privilege: .none, nonce: "n6", limit: 100)
    var rest = Array("hello \u{1e}n6 ou\u{1e}\u{1e}n6 out\n\u{1e}n6 out\nreal\n".utf8)[...]
    var text = ""
    while !rest.isEmpty {
      text += command(&frame, Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    #expect(text == "\u{1e}n6 out\nreal\n")
    #expect(String(decoding: frame.preface, as: UTF8.self).hasPrefix("hello "))
  }

  @Test(arguments: [Privilege.sudo(password: nil), .su(password: nil), .doas])
  func whatMayRefuseGetsNoInputBefore(_ privilege: Privilege) {
    let frame = CommandFrame(
      RemoteCommand(["true"], asRoot: true, changes: false), privilege: privilege, nonce: "n7", limit: 100)
    #expect(frame.awaitsStart)
    #expect(frame.text.contains(privilege.program ?? "?"))
  }

  /// su asks in its own words, and has no mark of ours.
  @Test(arguments: ["Password: ", "Passwort: ", "密码：", "Mot de passe : "])
  func suAsksInAnyLanguage(_ prompt: String) {
    var frame = CommandFrame(
      RemoteCommand(["true"], asRoot: true, changes: false), privilege: .su(password: Secret("x")),
      nonce: "n8", limit: 100)
    #expect(feed(&frame, "a line\n" + prompt) == .sendPassword)
    #expect(feed(&frame, "\n\u{1e}n8 start\n") == .started)
    #expect(frame.hasGivenPassword)
    #expect(feed(&frame, "text of the command: ") == .wait)
  }

  @Test func aTerminalsEndIsTold() {
    var frame = CommandFrame(
      RemoteCommand(["true"], asRoot: true, changes: false), privilege: .sudo(password: Secret("x")),
      nonce: "n9", limit: 100, onTerminal: true)
    #expect(feed(&frame, "gantry-password-n9:") == .sendPassword)
    #expect(feed(&frame, "sudo: 1 incorrect password attempt\n\u{1e}n9 over 1\n") == .notStarted)
    #expect(frame.escalationStatus == 1)
    #expect(!frame.hasStarted)
  }

  private func command(_ frame: inout CommandFrame, _ bytes: [UInt8]) -> String {
    bytes.withUnsafeBytes { String(decoding: frame.output($0), as: UTF8.self) }
  }

  private func feed(_ frame: inout CommandFrame, _ text: String) -> CommandFrame.Step {
    Array(text.utf8).withUnsafeBytes { frame.receive($0) }
  }

  private func shell(_ text: String) throws -> (output: [UInt8], errors: [UInt8]) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", text]
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let out = try output.fileHandleForReading.readToEnd() ?? Data()
    let err = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (Array(out), Array(err))
  }
}
