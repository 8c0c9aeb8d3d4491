import Testing

@testable import SSH

/// sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
@Suite struct KnownHostsLineTests {
  private static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"

  @Test(
    arguments: [
      ("n1", "n1", true), ("n1", "n10", false), ("node1,node2", "node2", true), ("Node1", "node1", true),
      ("*", "anything", true), ("*.example.org", "a.b.example.org", true),
      ("*.example.org", "example.org", false),
      ("node?", "node1", true), ("node?", "node12", false), ("node?", "node", false),
      ("n*d*1", "node-node1", true),
      ("*.example.org,!bad.example.org", "bad.example.org", false), ("!bad,*", "good", true),
      ("!bad", "good", false),
      ("[node1]:2222", "[node1]:2222", true), ("[node1]:2222", "node1", false),
      ("node1", "[node1]:2222", false),
      ("[*]:2222", "[node1]:2222", true), ("10.0.0.*", "10.0.0.7", true), ("fe80::1", "fe80::1", true),
      ("**", "", true),
    ])
  func patterns(_ pattern: String, _ name: String, _ matches: Bool) throws {
    let line = try #require(KnownHostsLine("\(pattern) \(Self.key)", location: "f:1"))
    #expect(line.matches(name) == matches)
  }

  /// The salt is the bytes 1 to 20, the hash HMAC-SHA1 of "node1".
  @Test func hashedNames() throws {
    let line = try #require(
      KnownHostsLine(
        "|1|AQIDBAUGBwgJCgsMDQ4PEBESExQ=|vBgqs7L8HtRxyerlfPdh0Uqwtzs= \(Self.key)", location: "f:1"))
    #expect(line.matches("node1"))
    #expect(!line.matches("node2"))
  }

  @Test(
    arguments: [
      "", "   ", "# comment", "node1", "node1 ssh-ed25519", "node1 ssh-ed25519 !!!",
      "node1 ssh-rsa \(key.split(separator: " ")[1])",
      "@odd node1 \(key)", "|1|AAAA \(key)", "|2|AAAA|AAAA \(key)", "|1|AAAA|AAAA \(key)", "@revoked",
      ", \(key)",
      "node1 1024 35 123456789",
    ])
  func badLinesAreSkipped(_ text: String) {
    #expect(KnownHostsLine(text[...], location: "f:1") == nil)
  }

  @Test func markersAndBlanks() throws {
    let revoked = try #require(KnownHostsLine("@revoked\t* \(Self.key) comment of words\r", location: "f:9"))
    #expect(revoked.marker == .revoked)
    #expect(revoked.location == "f:9")
    #expect(revoked.key.type == "ssh-ed25519")
    #expect(KnownHostsLine("@cert-authority * \(Self.key)", location: "f:1")?.marker == .certAuthority)
    #expect(KnownHostsLine("  node1   \(Self.key)", location: "f:1")?.marker == KnownHostsLine.Marker.none)
  }

  @Test func names() {
    #expect(HostName(host: "Node1", port: 22, alias: nil).name == "node1")
    #expect(HostName(host: "node1", port: 22, alias: nil).fallback == nil)
    #expect(HostName(host: "node1", port: 2222, alias: nil).name == "[node1]:2222")
    #expect(HostName(host: "node1", port: 2222, alias: nil).fallback == "node1")
    #expect(HostName(host: "fe80::1", port: 2222, alias: nil).name == "[fe80::1]:2222")
    #expect(
      HostName(host: "10.0.0.1", port: 2222, alias: "Node1") == HostName(host: "node1", port: 22, alias: nil))
  }
}
