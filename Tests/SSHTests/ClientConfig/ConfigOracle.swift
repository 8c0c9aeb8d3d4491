import Foundation

@testable import SSH

/// The installed OpenSSH, asked by `ssh -G` what a configuration means.
enum ConfigOracle {
  struct Answer {
    /// The settings by keyword; of several lines for one, in order.
    var settings: [String: [String]] = [:]
    /// What ssh said on standard error.
    var errors = ""
    var succeeded = false
  }

  /// A folder with files for one case; `@DIR@` in them stands for the folder itself.
  static func folder(_ files: [String: String]) throws -> String {
    let folder = NSTemporaryDirectory() + "gantry-config-\(UUID().uuidString.prefix(8))"
    for (name, text) in files {
      let path = folder + "/" + name
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try text.replacingOccurrences(of: "@DIR@", with: folder)
        .write(toFile: path, atomically: true, encoding: .utf8)
      chmod(path, 0o600)
    }
    return folder
  }

  /// Runs words that end in `ssh -G …` and reads what comes.
  static func ask(_ words: [String], environment: [String: String] = [:]) throws -> Answer {
    let base = NSTemporaryDirectory() + "gantry-oracle-\(UUID().uuidString)"
    defer {
      unlink(base + ".out")
      unlink(base + ".err")
    }
    let variables = environment.map { "\($0.key)=\($0.value)" }
    // The shell keeps the two outputs apart.
    let command =
      ["/usr/bin/env"] + variables
      + ["/bin/sh", "-c", "exec \"$@\" > '\(base).out' 2> '\(base).err'", "x"] + words
    let status = try Child(command, log: base + ".log").wait()
    unlink(base + ".log")
    var answer = Answer()
    answer.succeeded = status == 0
    answer.errors = (try? String(contentsOfFile: base + ".err", encoding: .utf8)) ?? ""
    let text = (try? String(contentsOfFile: base + ".out", encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      answer.settings[String(parts[0]), default: []].append(parts.count > 1 ? String(parts[1]) : "")
    }
    return answer
  }

  /// What this OpenSSH has of a kind of algorithm.
  static func known(_ kind: String) throws -> [String] {
    try Tool.run("/usr/bin/ssh", "-Q", kind).split(separator: "\n").map(String.init)
  }

  static let defaults: Answer = (try? ask(["/usr/bin/ssh", "-G", "-F", "/dev/null", "host"])) ?? Answer()

  /// The settings that gantry reads, in the words of `ssh -G`.
  static func render(_ config: ClientConfig, _ host: String, _ options: [ConfigOption] = []) throws
    -> [String: [String]]
  {
    let (lines, _) = try config.evaluate(host, options)
    let settings = try config.read(host, options)
    var result: [String: [String]] = [:]
    result["hostname"] = [settings.hostName.value]
    result["port"] = ["\(settings.port?.value ?? 22)"]
    result["user"] = [settings.user?.value ?? NSUserName()]
    // ssh -G shows these before their tokens are replaced.
    result["identityfile"] =
      lines.values[.identityFile]?.map { $0.words[0] } ?? defaults.settings["identityfile"]
    result["certificatefile"] = lines.values[.certificateFile]?.map { $0.words[0] }
    result["proxycommand"] = lines.first(.proxyCommand).flatMap {
      $0.words[0].lowercased() == "none" ? nil : [$0.words[0]]
    }
    result["proxyjump"] = jump(lines)
    result["identitiesonly"] = [settings.identitiesOnly?.value == true ? "yes" : "no"]
    result["identityagent"] = lines.first(.identityAgent).map { entry in
      ["none", "SSH_AUTH_SOCK"].contains(entry.words[0])
        || entry.words[0].hasPrefix("$") && !entry.words[0].hasPrefix("${")
        ? [entry.words[0]] : [settings.identityAgent?.value ?? "?"]
    }
    result["userknownhostsfile"] =
      list(settings.userKnownHostsFiles) ?? defaults.settings["userknownhostsfile"]
    result["globalknownhostsfile"] =
      list(settings.globalKnownHostsFiles) ?? defaults.settings["globalknownhostsfile"]
    let checking: [ClientSettings.HostKeyChecking: String] = [.yes: "true", .no: "false"]
    result["stricthostkeychecking"] = [
      settings.hostKeyChecking.map { checking[$0.value] ?? $0.value.rawValue } ?? "ask"
    ]
    result["hostkeyalias"] = settings.hostKeyAlias.map { [$0.value] }
    result["hashknownhosts"] = [settings.hashKnownHosts?.value == true ? "yes" : "no"]
    result["connecttimeout"] = [settings.connectTimeout.map { "\($0.value)" } ?? "none"]
    result["connectionattempts"] = ["\(settings.connectionAttempts?.value ?? 1)"]
    result["serveraliveinterval"] = ["\(settings.serverAliveInterval?.value ?? 0)"]
    result["serveralivecountmax"] = ["\(settings.serverAliveCountMax?.value ?? 3)"]
    let families: [AddressFamily: String] = [.inet: "inet", .inet6: "inet6", .any: "any"]
    result["addressfamily"] = [families[settings.addressFamily?.value ?? .any] ?? ""]
    result["bindaddress"] = settings.bindAddress.map { [$0.value] }
    result["batchmode"] = [settings.batchMode?.value == true ? "yes" : "no"]
    result["passwordauthentication"] = [settings.passwords?.value == false ? "no" : "yes"]
    result["kbdinteractiveauthentication"] = [settings.keyboardInteractive?.value == false ? "no" : "yes"]
    result["preferredauthentications"] = settings.preferredAuthentications.map {
      [$0.value.joined(separator: ",")]
    }
    for (keyword, kind, list) in [
      ("ciphers", "cipher", settings.ciphers), ("macs", "mac", settings.macs),
      ("kexalgorithms", "kex", settings.kexAlgorithms),
      ("hostkeyalgorithms", "key-sig", settings.hostKeyAlgorithms),
      ("pubkeyacceptedalgorithms", "key-sig", settings.pubkeyAcceptedAlgorithms),
    ] {
      let base = defaults.settings[keyword]?.first?.split(separator: ",").map(String.init) ?? []
      let names = try list?.value.applied(to: base, known: known(kind)) ?? base
      result[keyword] = [names.joined(separator: ",")]
    }
    return result
  }

  static let compared = [
    "hostname", "port", "user", "identityfile", "certificatefile", "proxycommand", "proxyjump",
    "identitiesonly",
    "identityagent", "userknownhostsfile", "globalknownhostsfile", "stricthostkeychecking", "hostkeyalias",
    "hashknownhosts", "connecttimeout", "connectionattempts", "serveraliveinterval", "serveralivecountmax",
    "addressfamily", "bindaddress", "batchmode", "passwordauthentication", "kbdinteractiveauthentication",
    "preferredauthentications", "ciphers", "macs", "kexalgorithms", "hostkeyalgorithms",
    "pubkeyacceptedalgorithms",
  ]

  private static func list(_ setting: Setting<[String]>?) -> [String]? {
    setting.map { [$0.value.isEmpty ? "none" : $0.value.joined(separator: " ")] }
  }

  /// OpenSSH shows the last host with its parts put together anew.
  private static func jump(_ lines: ConfigEvaluator) -> [String]? {
    guard let text = lines.first(.proxyJump)?.words.first, text.lowercased() != "none" else { return nil }
    var parts = text.split(separator: ",").map(String.init)
    guard let last = parts.popLast(), let hop = JumpHop(last) else { return nil }
    let isAddress = hop.host.contains(":") || hop.host.allSatisfy { "1234567890.".contains($0) }
    let place = isAddress ? "[\(hop.host)]" : hop.host
    parts.append((hop.user.map { $0 + "@" } ?? "") + place + (hop.port.map { ":\($0)" } ?? ""))
    return [parts.joined(separator: ",")]
  }
}
