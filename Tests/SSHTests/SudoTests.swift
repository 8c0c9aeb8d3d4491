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

    private func login(_ server: TestServer, _ privilege: Privilege) async throws -> SSHRemote {
      let key = try server.makeKey("ed25519")
      var target = server.target([.keyFile(path: key, passphrase: nil)], user: TestServer.user)
      target.privilege = privilege
      return try await LiveTests.client(server).connect(to: target)
    }
  }
}
