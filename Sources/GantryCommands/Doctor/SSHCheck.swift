import Foundation
import SSH

/// What SSH goes by on this machine: configuration, known_hosts, keys, agent.
struct SSHCheck {
  /// In place of the usual configuration; `none` for none.
  let sshConfig: String?
  /// In place of those that the configuration names.
  let knownHosts: [String]
  let surroundings: ConfigSurroundings

  func findings() async -> [Finding] {
    let (configuration, client) = await self.configuration()
    var findings = configuration
    findings += await knownHostsFiles(client)
    findings += await keys(client)
    findings.append(await agent(client))
    return findings
  }

  /// Every file is read whole, so a mistake in a block about any host shows.
  private func configuration() async -> ([Finding], ClientSettings?) {
    let source: ClientConfig.Source =
      sshConfig.map { $0 == "none" ? .none : .file($0) } ?? .usual
    var findings: [Finding] = []
    var files: [String] = []
    switch source {
    case .usual: files = [surroundings.userFile, surroundings.systemFile]
    case .file(let path): files = [path]
    case .none: break
    }
    let folder = surroundings.home + "/.ssh"
    switch SSHSelfCheck.exposure(folder) {
    case .foreign, .writable:
      findings.append(
        Finding("ssh folder", .bad, "others may change \(folder)", hint: "chmod 700 \(folder), and own it"))
    case .none, .readable, .missing: break
    }
    do {
      let client = try await ClientConfig(source, surroundings: surroundings).settings(for: "localhost")
      let there = files.filter { FileManager.default.fileExists(atPath: $0) }
      findings.append(
        .ok("ssh configuration", there.isEmpty ? "none, the defaults hold" : there.joined(separator: ", ")))
      return (findings, client)
    } catch {
      findings.append(
        Finding("ssh configuration", .bad, error.description, hint: error.hint ?? "correct that line"))
      return (findings, nil)
    }
  }

  private func knownHostsFiles(_ client: ClientSettings?) async -> [Finding] {
    let builder = TargetBuilder(surroundings)
    var files = knownHosts
    if files.isEmpty {
      guard let client else { return [] }
      let usual = builder.knownHosts(client)
      files = usual.user + usual.global
    }
    let there = files.filter { FileManager.default.fileExists(atPath: $0) }
    guard !there.isEmpty else {
      return [
        Finding(
          "known_hosts", .warning, "there is none yet: every node is refused",
          hint: "gantry trust -i INVENTORY")
      ]
    }
    var findings: [Finding] = []
    for file in there {
      switch SSHSelfCheck.exposure(file) {
      case .foreign, .writable:
        findings.append(
          Finding("known_hosts", .bad, "others may change \(file)", hint: "chmod 600 \(file), and own it"))
      case .none, .readable, .missing: findings.append(.ok("known_hosts", file))
      }
    }
    for note in await SSHSelfCheck.knownHostsNotes(there) {
      findings.append(Finding("known_hosts", .warning, note, hint: "correct or remove the line"))
    }
    return findings
  }

  private func keys(_ client: ClientSettings?) async -> [Finding] {
    var files = client?.identityFiles.map { Paths.absolute($0.value) } ?? []
    let named = Set(files)
    if files.isEmpty {
      files = ["id_rsa", "id_ecdsa", "id_ed25519"].map { surroundings.home + "/.ssh/" + $0 }
    }
    var findings: [Finding] = []
    for file in files {
      switch SSHSelfCheck.exposure(file) {
      case .missing:
        if named.contains(file) {
          findings.append(
            Finding(
              "key", .warning, "\(file) is not there", hint: "the SSH configuration names it for every host"))
        }
        continue
      case .foreign:
        findings.append(Finding("key", .bad, "\(file) belongs to somebody else", hint: "chown it"))
      case .writable, .readable:
        findings.append(
          Finding("key", .bad, "others may read \(file)", hint: "chmod 600 \(file); ssh refuses it as it is"))
      case .none:
        if let problem = await SSHSelfCheck.keyFileProblem(file) {
          findings.append(
            Finding(
              "key", .bad, "\(file): \(problem.text)", hint: "name another key, or make one with ssh-keygen"))
        } else {
          findings.append(.ok("key", file))
        }
      }
    }
    return findings
  }

  private func agent(_ client: ClientSettings?) async -> Finding {
    let socket = client?.identityAgent.map(\.value) ?? surroundings.environment["SSH_AUTH_SOCK"]
    guard let socket, !socket.isEmpty else { return .ok("agent", "none; keys come from files") }
    switch await SSHSelfCheck.agentKeys(socket: socket) {
    case .success(let keys) where keys.isEmpty:
      return Finding("agent", .warning, "\(socket) holds no key", hint: "ssh-add")
    case .success(let keys):
      return .ok("agent", "\(socket) holds \(keys.joined(separator: ", "))")
    case .failure(let problem):
      return Finding(
        "agent", .bad, "\(socket): \(problem.text)", hint: "start an agent, or unset SSH_AUTH_SOCK")
    }
  }
}
