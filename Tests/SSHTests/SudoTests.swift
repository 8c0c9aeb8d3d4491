import Crypto
import Fleet
import Foundation
import Inventory
import SSH
import Testing

extension LiveTests {
  /// The real sudo, with a user and a sudoers file that only the test's sshd sees.
  @Suite struct SudoTests {
    @Test func aPasswordIsGivenWhenAsked() async throws {
      let server = try TestServer(users: true)
      let remote = try await login(server, .sudo(password: Secret(TestServer.password)))
      let output = try await remote.run(
        .sh("id -un; cat | wc -c; echo note >&2", asRoot: true), input: PatternStream(3 << 20), limits: .usual
      )
      #expect(output.text == "root\n\(3 << 20)\n")
      #expect(output.errorText == "note\n")
      // Not a byte of the password is counted, or reaches the command.
      #expect(output.bytesSent == 3 << 20)
      let silent = try await remote.run(.sh("cat", asRoot: true), input: nil, limits: .usual)
      #expect(silent.text.isEmpty)
      // Commands that need no root do not ask.
      #expect(try await remote.run(.sh("id -un"), input: nil, limits: .usual).text == "gantry-test\n")
      await remote.close()
    }

    @Test func aWrongPasswordIsTriedOnceAndTheInputStaysHere() async throws {
      let server = try TestServer(users: true)
      let remote = try await login(server, .sudo(password: Secret("wrong words")))
      let input = PatternStream(1 << 20)
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("id -un", asRoot: true), input: input, limits: .usual)
      }
      #expect(failure.code == .sudoPasswordWrong)
      #expect(!failure.message.contains("words"))
      // The connection is still good.
      #expect(try await remote.run(.sh("echo ok"), input: nil, limits: .usual).text == "ok\n")
      await remote.close()
    }

    @Test func aMissingPasswordIsAskedFor() async throws {
      let server = try TestServer(users: true)
      let remote = try await login(server, .sudo(password: nil))
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("id -un", asRoot: true), input: nil, limits: .usual)
      }
      #expect(failure.code == .sudoPasswordNeeded)
      await remote.close()
    }

    @Test(arguments: [nil, Secret(TestServer.password)] as [Secret?])
    func aUserWithoutRightsIsDenied(_ password: Secret?) async throws {
      let server = try TestServer(users: true, sudoers: "gantry-test ALL=(ALL) NOPASSWD: /bin/true")
      let remote = try await login(server, .sudo(password: password))
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("id -un", asRoot: true), input: nil, limits: .usual)
      }
      #expect([FailureCode.sudoDenied, .sudoPasswordNeeded].contains(failure.code))
      await remote.close()
    }

    @Test func aStrangerToSudoersIsDenied() async throws {
      let server = try TestServer(users: true, sudoers: "# nobody")
      let remote = try await login(server, .sudo(password: Secret(TestServer.password)))
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("id -un", asRoot: true), input: PatternStream(1 << 20), limits: .usual)
      }
      #expect(failure.code == .sudoDenied)
      await remote.close()
    }

    @Test func withoutPasswordWhereThatIsAllowed() async throws {
      let server = try TestServer(users: true, sudoers: "gantry-test ALL=(ALL) NOPASSWD: ALL")
      for privilege in [Privilege.automatic, .sudo(password: nil), .sudo(password: Secret("unused"))] {
        let remote = try await login(server, privilege)
        let output = try await remote.run(
          .sh("id -un; cat", asRoot: true), input: MemoryStream("x"), limits: .usual)
        #expect(output.text == "root\nx")
        await remote.close()
      }
    }

    /// A shared account would be locked by as many tries as there are nodes.
    @Test func aWrongPasswordIsTriedOnOneNodeOnly() async throws {
      let server = try TestServer(users: true)
      let key = try server.makeKey("ed25519")
      let client = try LiveTests.client(server)
      func failures(_ password: String) async throws -> [Failure?] {
        var target = server.target([.keyFile(path: key, passphrase: nil)], user: TestServer.user)
        target.privilege = .sudo(password: Secret(password))
        let node = target
        return try await withThrowingTaskGroup(of: Failure?.self) { group in
          for _ in 0..<8 {
            group.addTask {
              let remote = try await client.connect(to: node)
              defer { Task { await remote.close() } }
              do {
                let output = try await remote.run(.sh("id -u", asRoot: true), input: nil, limits: .usual)
                #expect(output.text == "0\n")
                return nil
              } catch {
                return error as? Failure
              }
            }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
      }
      let wrong = try await failures("wrong words")
      #expect(wrong.allSatisfy { $0?.code == .sudoPasswordWrong })
      #expect(wrong.count { $0?.message.hasPrefix("not tried") == true } == 7)
      // Another password is another matter.
      #expect(try await failures(TestServer.password).allSatisfy { $0 == nil })
    }

    @Test(arguments: [true, false]) func aTerminalIsMadeWhereSudoWantsOne(_ asksPassword: Bool) async throws {
      let server = try TestServer(
        users: true,
        sudoers: "Defaults requiretty\ngantry-test ALL=(ALL) \(asksPassword ? "" : "NOPASSWD: ")ALL")
      let remote = try await login(
        server, .sudo(password: asksPassword ? Secret(TestServer.password) : nil))
      for _ in 0..<2 {
        let output = try await remote.run(
          .sh("id -un; cat | md5sum; echo note >&2; exit 3", asRoot: true), input: PatternStream(3 << 20),
          limits: .usual)
        #expect(output.text == "root\n\(try md5(3 << 20))  -\n")
        #expect(output.errorText == "note\n")
        #expect(output.status == 3)
        #expect(output.bytesSent == 3 << 20)
      }
      await remote.close()
    }

    @Test func aWrongPasswordOnATerminal() async throws {
      let server = try TestServer(
        users: true, sudoers: "Defaults requiretty, passwd_tries=1\ngantry-test ALL=(ALL) ALL")
      let remote = try await login(server, .sudo(password: Secret("wrong words")))
      let failure = try await LiveTests.failure {
        _ = try await remote.run(.sh("id -un", asRoot: true), input: PatternStream(1 << 20), limits: .usual)
      }
      #expect(failure.code == .sudoPasswordWrong)
      #expect(!failure.message.contains("words"))
      await remote.close()
    }

    @Test func suTakesRootsPassword() async throws {
      let server = try TestServer(users: true)
      let remote = try await login(server, .su(password: Secret(TestServer.password)))
      let output = try await remote.run(
        .sh("id -un; cat | wc -c; echo \"it's\" >&2", asRoot: true), input: PatternStream(3 << 20),
        limits: .usual)
      #expect(output.text == "root\n\(3 << 20)\n")
      #expect(output.errorText == "it's\n")
      await remote.close()
      let other = try await login(server, .su(password: Secret("wrong words")))
      let failure = try await LiveTests.failure {
        _ = try await other.run(.sh("id -un", asRoot: true), input: PatternStream(1 << 20), limits: .usual)
      }
      #expect(failure.code == .sudoPasswordWrong)
      #expect(!failure.message.contains("words"))
      await other.close()
    }

    @Test(arguments: [true, false]) func doasWithoutPassword(_ isPermitted: Bool) async throws {
      let server = try TestServer(users: true, doas: isPermitted ? "permit nopass" : "permit")
      let remote = try await login(server, .doas)
      if isPermitted {
        let output = try await remote.run(
          .sh("id -un; cat | wc -c", asRoot: true), input: PatternStream(3 << 20), limits: .usual)
        #expect(output.text == "root\n\(3 << 20)\n")
      } else {
        let failure = try await LiveTests.failure {
          _ = try await remote.run(.sh("id -un", asRoot: true), input: PatternStream(1 << 20), limits: .usual)
        }
        #expect(failure.code == .sudoPasswordNeeded)
        #expect(failure.hint?.contains("nopass") == true)
      }
      await remote.close()
    }

    private func md5(_ count: Int) throws -> String {
      let stream = PatternStream(count)
      var bytes = [UInt8](repeating: 0, count: count)
      var filled = 0
      while filled < count {
        filled += try bytes.withUnsafeMutableBytes {
          try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
        }
      }
      return Insecure.MD5.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
    }

    private func login(_ server: TestServer, _ privilege: Privilege) async throws -> SSHRemote {
      let key = try server.makeKey("ed25519")
      var target = server.target([.keyFile(path: key, passphrase: nil)], user: TestServer.user)
      target.privilege = privilege
      return try await LiveTests.client(server).connect(to: target)
    }
  }
}
