import Foundation
import Testing

@testable import SSH

/// What `ssh -G` does not tell: origins, deadlines, hostile names, and what gantry does not do.
@Suite struct ClientConfigTests {
  private func config(
    _ files: [String: String], deadline: Duration = .seconds(10)
  ) throws -> (config: ClientConfig, folder: String) {
    let folder = try ConfigOracle.folder(files)
    let environment = ProcessInfo.processInfo.environment
    let config = ClientConfig(
      .file(folder + "/config"), surroundings: .current(environment: environment), commandDeadline: deadline)
    return (config, folder)
  }

  private func failure(_ text: String, host: String = "node1", deadline: Duration = .seconds(10)) throws
    -> ClientConfigError?
  {
    let (config, folder) = try config(["config": text], deadline: deadline)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do throws(ClientConfigError) {
      _ = try config.read(host, [])
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("Port 1\nMatch localnetwork 10.0.0.0/8\n", ":2", "localnetwork"),
    ("Match version *\n", ":1", "version"), ("CanonicalizeHostname yes\n", ":1", "complete host names"),
    ("\nRevokedHostKeys /etc/revoked\n", ":2", "revokedhostkeys"),
    ("BindInterface eth0\n", ":1", "bindinterface"),
    ("ProxyUseFdpass yes\n", ":1", "proxyusefdpass"), ("User %u\n", ":1", "tokens"),
  ])
  func whatGantryDoesNotDoIsAnError(_ text: String, _ line: String, _ word: String) throws {
    let error = try #require(try failure(text))
    #expect(error.code == .unsupported && error.message.contains(word), "\(error)")
    #expect("\(error)".contains("/config\(line): "))
    #expect(error.hint != nil)
  }

  @Test(arguments: [
    "Host other\n CanonicalizeHostname yes\n RevokedHostKeys /x\n BindInterface e\n",
    "CanonicalizeHostname no\nRevokedHostKeys none\nProxyUseFdpass no\n",
  ])
  func itIsNoneWhereItDoesNotCount(_ text: String) throws {
    #expect(try failure(text) == nil)
  }

  @Test(arguments: ["$(touch x)", "a;b", "a b", "-oProxyCommand=x", "a`b`", "a|b", "a\nb"])
  func hostileNamesReachNoShell(_ host: String) throws {
    for text in ["ProxyCommand nc %h %p\n", "Match exec \"test %n\"\n Port 1\n"] {
      let error = try #require(try failure(text, host: host))
      #expect(error.code == .command, "\(error)")
    }
    #expect(try failure("Port 1\n", host: host) == nil)
  }

  @Test func aCommandHasADeadlineAndItsChildrenEnd() throws {
    let mark = "7\(UInt32.random(in: 10_000...99_999))"
    let start = ContinuousClock.now
    let error = try #require(
      try failure("Match exec \"sleep \(mark) & sleep \(mark)\"\n Port 1\n", deadline: .milliseconds(300)))
    #expect(error.code == .command && error.message.contains("did not end in time"))
    #expect(ContinuousClock.now - start < .seconds(5))
    #expect(throws: Tool.Failed.self, "a child is still there") {
      try Tool.run("/usr/bin/pgrep", "-f", "^sleep \(mark)")
    }
  }

  @Test func aCommandIsRunOnceForAllHosts() throws {
    let (config, folder) = try config(["config": "Match exec \"echo x >> @DIR@/count\"\n Port 5\n"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for host in ["a", "b", "c"] { #expect(try config.read(host, []).port?.value == 5) }
    #expect(try String(contentsOfFile: folder + "/count", encoding: .utf8) == "x\n")
  }

  @Test func everyValueHasItsOrigin() async throws {
    let (config, folder) = try config([
      "config": "Include @DIR@/more\nHost node1\n  HostName real\n\n  User bob\n", "more": "# x\nPort 5\n",
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = try await config.settings(
      for: "node1", options: [ConfigOption("ConnectTimeout", "3", origin: .named("--timeout"))])
    #expect(settings.port == Setting(5, .file(folder + "/more", line: 2)))
    #expect(settings.hostName == Setting("real", .file(folder + "/config", line: 3)))
    #expect(settings.user == Setting("bob", .file(folder + "/config", line: 5)))
    let lines = settings.explained(localUser: "me").map { "\($0.name) \($0.value) (\($0.origin))" }
    #expect(lines.contains("Port 5 (\(folder)/more:2)"))
    #expect(lines.contains("ConnectTimeout 3 (--timeout)"))
    #expect(lines.contains("StrictHostKeyChecking yes (default)"))
  }

  /// ssh demands it of the user's own file and of whatever is included; not of a file that is named.
  @Test(arguments: [("home/.ssh/config", 0o666), ("home/.ssh/config", 0o602), ("home/.ssh/more", 0o622)])
  func othersMayNotWrite(_ file: String, _ mode: Int) throws {
    let folder = try ConfigOracle.folder(["home/.ssh/config": "Include more\n", "home/.ssh/more": "Port 5\n"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let real = ConfigSurroundings.current(environment: [:])
    let surroundings = ConfigSurroundings(
      home: folder + "/home", user: real.user, uid: real.uid, machine: real.machine, environment: [:],
      systemFile: "/dev/null")
    #expect(try ClientConfig(.usual, surroundings: surroundings).read("a", []).port?.value == 5)
    chmod(folder + "/" + file, mode_t(mode))
    let answer = try ConfigOracle.ask([
      "/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c",
      "mount --bind \(folder)/home \(real.home) && exec /usr/bin/ssh -G a",
    ])
    #expect(!answer.succeeded && answer.errors.contains("Bad owner or permissions"))
    do {
      _ = try ClientConfig(.usual, surroundings: surroundings).read("a", [])
      Issue.record("gantry accepts it")
    } catch {
      #expect(error.code == .permissions && error.message.contains(folder + "/" + file), "\(error)")
      #expect(error.hint?.contains("chmod") == true)
    }
    let named = ClientConfig(.file(folder + "/home/.ssh/config"), surroundings: surroundings)
    if file.hasSuffix("config") { #expect(try named.read("a", []).port?.value == 5) }
  }

  /// A group of the user alone is nobody else: Debian's ssh sees it so, for its users' umask lets that group write.
  @Test func oneselfIsNoOther() throws {
    let folder = try ConfigOracle.folder(["home/.ssh/config": "Port 5\n"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let real = ConfigSurroundings.current(environment: [:])
    let surroundings = ConfigSurroundings(
      home: folder + "/home", user: real.user, uid: real.uid, machine: real.machine, environment: [:],
      systemFile: "/dev/null")
    chmod(folder + "/home/.ssh/config", 0o660)
    #expect(try ClientConfig(.usual, surroundings: surroundings).read("a", []).port?.value == 5)
    // A group that may have others in it.
    chown(folder + "/home/.ssh/config", 0, 64_999)
    #expect(throws: ClientConfigError.self) {
      try ClientConfig(.usual, surroundings: surroundings).read("a", [])
    }
  }

  @Test func filesThatAreNotThereOrNoFiles() throws {
    let surroundings = ConfigSurroundings.current(environment: [:])
    for (path, word) in [("/no/such", "no such file"), ("/", "is a directory"), ("/proc/self/mem", ":")] {
      do {
        _ = try ClientConfig(.file(path), surroundings: surroundings).read("a", [])
        Issue.record("\(path) was read")
      } catch {
        #expect(error.code == .unreadable && error.message.contains(word), "\(error)")
      }
    }
    #expect(try ClientConfig(.none, surroundings: surroundings).read("A.b", []).hostName.value == "a.b")
  }

  @Test(arguments: [
    ("+aes256-cbc", "a,b,aes256-cbc"), ("-a", "b"), ("-*", ""), ("^b", "b,a"), ("^c*,b", "c1,c2,b,a"),
    ("b,a,b", "b,a"), ("x", ""), ("+x,a", "a,b"), ("c?", "c1,c2"), ("*", "a,b,c1,c2,aes256-cbc"),
  ])
  func listsOfAlgorithms(_ text: String, _ result: String) throws {
    let list = try #require(AlgorithmList(text))
    let applied = list.applied(to: ["a", "b"], known: ["a", "b", "c1", "c2", "aes256-cbc"])
    #expect(applied.joined(separator: ",") == result)
    #expect(list.description == text)
  }

  @Test func aListThatLeavesNothingIsAnError() throws {
    let (config, folder) = try config(["config": "\nCiphers 3des-cbc,arcfour\nMACs +hmac-md5\n"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let settings = try config.read("a", [])
    do {
      _ = try settings.algorithms()
      Issue.record("weak ciphers were accepted")
    } catch {
      #expect(error.code == .unsupported && "\(error)".contains("/config:2: Ciphers"), "\(error)")
      #expect(error.hint?.contains("aes128-ctr") == true)
    }
  }
}
