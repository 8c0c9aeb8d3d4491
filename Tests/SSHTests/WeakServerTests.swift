import Fleet
import SSH
import Testing

extension LiveTests {
  /// sshd that has nothing but what gantry does not use.
  @Suite struct WeakServerTests {
    @Test(arguments: [
      ("Ciphers 3des-cbc,aes128-cbc", "cipher", "3des-cbc,aes128-cbc", "Ciphers"),
      ("MACs hmac-md5,hmac-sha1-96", "MAC", "hmac-md5,hmac-sha1-96", "MACs"),
      (
        "KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1", "key exchange",
        "diffie-hellman-group1-sha1,diffie-hellman-group14-sha1", "KexAlgorithms"
      ),
      ("HostKeyAlgorithms ssh-rsa", "host key", "ssh-rsa", "HostKeyAlgorithms"),
    ])
    func isRefusedWithWhatItHas(_ line: String, _ what: String, _ offered: String, _ keyword: String)
      async throws
    {
      let server = try TestServer(line)
      let key = try server.makeKey("ed25519")
      let failure = try await LiveTests.failure {
        _ = try await LiveTests.client(server).connect(
          to: server.target([.keyFile(path: key, passphrase: nil)]))
      }
      #expect(failure.code == .noCommonAlgorithm)
      #expect(failure.message.contains("no common \(what); the node has \(offered)"), "\(failure.message)")
      #expect(failure.hint?.contains(keyword) == true)
      // It would be the same again.
      #expect(RetryPolicy().pause(before: 2, after: failure) == nil)
    }

    /// An old node that has nothing else is reached by whoever asks for it.
    @Test func anOldCipherIsUsedWhenItIsAskedFor() async throws {
      let server = try TestServer("Ciphers aes256-cbc")
      let key = try server.makeKey("ed25519")
      var target = server.target([.keyFile(path: key, passphrase: nil)])
      target.algorithms.ciphers = ["aes256-cbc"]
      try await LiveTests.client(server).connect(to: target).close()
    }
  }
}
