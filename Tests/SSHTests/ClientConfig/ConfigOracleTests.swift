import Foundation
import Testing

@testable import SSH

/// gantry's answer against that of `ssh -G`, for every keyword that gantry reads.
@Suite struct ConfigOracleTests {
  @Test(arguments: goodConfigs) func sameAnswer(_ test: ConfigCase) throws {
    let folder = try ConfigOracle.folder(test.files)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let words = test.options.flatMap { ["-o", $0] }
    let answer = try ConfigOracle.ask(
      ["/usr/bin/ssh", "-G", "-F", folder + "/config"] + words + [test.host], environment: Self.environment)
    try #require(answer.succeeded, "ssh itself refuses it: \(answer.errors)")
    let options = test.options.map { ConfigOption($0, origin: .named("option")) }
    let ours = try ConfigOracle.render(config(.file(folder + "/config")), test.host, options)
    for keyword in ConfigOracle.compared {
      #expect(ours[keyword] ?? [] == answer.settings[keyword] ?? [], "\(keyword)")
    }
  }

  /// What ssh refuses is refused here, on the same line.
  @Test(arguments: badConfigs) func sameRefusal(_ test: ConfigCase) throws {
    let folder = try ConfigOracle.folder(test.files)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let words = test.options.flatMap { ["-o", $0] }
    let answer = try ConfigOracle.ask(
      ["/usr/bin/ssh", "-G", "-F", folder + "/config"] + words + [test.host], environment: Self.environment)
    #expect(!answer.succeeded, "ssh accepts it")
    let options = test.options.map { ConfigOption($0, origin: .named("option")) }
    do {
      _ = try config(.file(folder + "/config")).read(test.host, options)
      Issue.record("gantry accepts it; ssh: \(answer.errors)")
    } catch {
      #expect(!error.message.isEmpty)
      guard let line = answer.errors.firstMatch(of: /line (\d+)/) else { return }
      let place = try #require(error.origin)
      #expect("\(place)".hasSuffix(":\(line.1)") || !test.options.isEmpty, "\(error); ssh: \(answer.errors)")
    }
  }

  /// The user's file and the system's, with relative includes: ssh sees them in a mount namespace of its own.
  @Test func usualFiles() throws {
    let folder = try ConfigOracle.folder([
      "home/.ssh/config": """
      Include conf.d/* none-here ~/.ssh/more
      Host node1
        Port 2201
        IdentityFile ~/.ssh/user_key
        UserKnownHostsFile ~/.ssh/kh_user
      """,
      "home/.ssh/conf.d/10-a": "Match host node1\n User first\nHost other\n Port 1\n",
      "home/.ssh/conf.d/20-b": "User second\nIdentityFile ~/.ssh/b\n",
      "home/.ssh/more": "ServerAliveInterval 7\n",
      "etc/ssh_config": """
      Include ssh_config.d/*.conf
      Port 99
      User system
      IdentityFile ~/.ssh/user_key
      HashKnownHosts yes
      """,
      "etc/ssh_config.d/a.conf": "Host node*\n ConnectTimeout 3\n",
      "etc/ssh_config.d/b.txt": "ConnectionAttempts 9\n",
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let real = ConfigSurroundings.current(environment: Self.environment)
    let script = """
      mount --bind \(folder)/home \(real.home) && mount --bind \(folder)/etc /etc/ssh && exec /usr/bin/ssh -G node1
      """
    let answer = try ConfigOracle.ask([
      "/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script,
    ])
    try #require(answer.succeeded, "\(answer.errors)")
    let surroundings = ConfigSurroundings(
      home: folder + "/home", user: real.user, uid: real.uid, machine: real.machine,
      environment: ["HOME": folder + "/home"], systemFile: folder + "/etc/ssh_config")
    let config = ClientConfig(.usual, surroundings: surroundings)
    let ours = try ConfigOracle.render(config, "node1")
    for keyword in ConfigOracle.compared {
      let own = (ours[keyword] ?? []).map {
        $0.replacingOccurrences(of: folder + "/home", with: real.home)
      }
      #expect(own == answer.settings[keyword] ?? [], "\(keyword)")
    }
    let settings = try config.read("node1", [])
    #expect(settings.user == Setting("first", .file(folder + "/home/.ssh/conf.d/10-a", line: 2)))
    #expect(settings.port == Setting(2201, .file(folder + "/home/.ssh/config", line: 3)))
    #expect(settings.connectTimeout == Setting(3, .file(folder + "/etc/ssh_config.d/a.conf", line: 2)))
    #expect(settings.connectionAttempts == nil)
  }

  /// What ssh does with the tokens shows in what it looks for and runs.
  @Test(arguments: [
    "%d/x", "~/y", "%%", "a%h", "%i-%u", "%k", "%L.%l", "%n_%p_%r", "%C", "${GANTRY_TEST_NAME}/z",
    "${GANTRY_TEST_NAME}%n",
    "$HOME/literal", "~root/k", "%h%h%%h",
  ]) func tokensOfFiles(_ text: String) throws {
    let folder = try ConfigOracle.folder([
      "config": """
      Host node1
        HostName Real.example.org
        Port 2222
        User bob
        HostKeyAlias Alias1
        IdentityFile \(text)
        ProxyCommand false
      """
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let answer = try ConfigOracle.ask(
      ["/usr/bin/ssh", "-v", "-F", folder + "/config", "node1"], environment: Self.environment)
    let line = try #require(answer.errors.firstMatch(of: /identity file (.*) type/), "\(answer.errors)")
    let settings = try config(.file(folder + "/config")).read("node1", [])
    #expect(settings.identityFiles.map(\.value) == [String(line.1)])
  }

  @Test(arguments: ["nc %h %p", "x %n %r %k %%", "a \"%h\" # %p", "x ${GANTRY_TEST_NAME}"])
  func tokensOfCommands(_ text: String) throws {
    let folder = try ConfigOracle.folder([
      "config": "Host node1\n HostName real\n Port 2222\n User bob\n ProxyCommand exec false \(text)\n"
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let answer = try ConfigOracle.ask(
      ["/usr/bin/ssh", "-v", "-F", folder + "/config", "node1"], environment: Self.environment)
    let mark = "Executing proxy command: exec "
    let said = answer.errors.split(whereSeparator: \.isNewline).first { $0.contains(mark) }
    let line = try #require(said, "\(answer.errors)")
    let settings = try config(.file(folder + "/config")).read("node1", [])
    #expect(line.hasSuffix(mark + (settings.proxyCommand?.value ?? "?")), "\(line)")
  }

  static let environment = ["GANTRY_TEST_NAME": "value", "SHELL": "/bin/sh"]

  private func config(_ source: ClientConfig.Source) -> ClientConfig {
    let environment = ProcessInfo.processInfo.environment.merging(Self.environment) { $1 }
    return ClientConfig(source, surroundings: .current(environment: environment))
  }
}
