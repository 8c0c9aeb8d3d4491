import Fleet
import SSH

/// Collects the host keys of a fleet, the hosts on the way before those behind them.
struct HostKeySurvey {
  /// One host and the nodes that are, or are reached through, it.
  struct Subject: Sendable {
    var nodes: [String]
    let target: SSHTarget
    /// Where its key is written; nil when the configuration names no file of the user's.
    let file: String?
  }

  /// What came of asking one host.
  struct Row: Sendable {
    let subject: Subject
    let result: Result<HostKeyFinding, Failure>
    var isWritten = false

    /// Whether writing its key is what is left to do.
    func isWritable(replacing: Bool) -> Bool {
      guard !isWritten, case .success(let finding) = result else { return false }
      return switch finding.state {
      case .new: true
      case .changed: replacing
      case .known, .revoked: false
      }
    }

    /// Whether the key stands in a file now.
    var isKnown: Bool {
      if isWritten { return true }
      guard case .success(let finding) = result, case .known = finding.state else { return false }
      return true
    }
  }

  /// sshd drops connections of which too many have not logged in yet (MaxStartups), and nobody logs in here.
  private static let atATime = 10

  let client: SSHClient
  /// By how many hosts are on the way to them.
  let stages: [[Subject]]

  init(_ fleet: PreparedFleet) {
    client = fleet.connector.client
    var stages: [[Subject]] = []
    var places: [String: (stage: Int, index: Int)] = [:]
    func add(_ node: String, _ target: SSHTarget, _ file: String?) {
      let way = target.hops.map { "\($0.user)@\($0.host):\($0.port)" }.joined(separator: ",")
      let key =
        "\(target.hostKeyAlias ?? "\(target.host):\(target.port)") \(way) \(target.proxyCommand ?? "")"
      if let place = places[key] {
        if !stages[place.stage][place.index].nodes.contains(node) {
          stages[place.stage][place.index].nodes.append(node)
        }
        return
      }
      let stage = target.hops.count
      while stages.count <= stage { stages.append([]) }
      places[key] = (stage, stages[stage].count)
      stages[stage].append(Subject(nodes: [node], target: target, file: file))
    }
    for node in fleet.nodes {
      guard let resolved = fleet.connector.targets[node.name] else { continue }
      for (index, hop) in resolved.target.hops.enumerated() {
        var hop = hop
        hop.hops = Array(resolved.target.hops[..<index])
        add(hop.name, hop, resolved.hopKeysFiles[index])
      }
      add(node.name, resolved.target, resolved.keysFile)
    }
    self.stages = stages
  }

  /// Asks the hosts of one stage, few at a time; the rows are in their order.
  func ask(_ subjects: [Subject]) async -> [Row] {
    await withTaskGroup(of: (Int, Row).self) { group in
      var next = subjects.startIndex
      func start() {
        guard next < subjects.endIndex else { return }
        let (index, subject, client) = (next, subjects[next], client)
        next += 1
        group.addTask { (index, await Self.ask(subject, client)) }
      }
      for _ in 0..<Self.atATime { start() }
      var rows: [(Int, Row)] = []
      for await row in group {
        rows.append(row)
        start()
      }
      return rows.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  private static func ask(_ subject: Subject, _ client: SSHClient) async -> Row {
    let result: Result<HostKeyFinding, Failure>
    do throws(Failure) { result = .success(try await client.hostKey(of: subject.target)) } catch {
      result = .failure(error)
    }
    return Row(subject: subject, result: result)
  }

  /// Writes the keys that may be written.
  func write(_ rows: [Row], replacing: Bool) async throws -> [Row] {
    var rows = rows
    for index in rows.indices where rows[index].isWritable(replacing: replacing) {
      guard case .success(let finding) = rows[index].result else { continue }
      let subject = rows[index].subject
      guard let file = subject.file else {
        throw UsageError(
          "\(finding.name): the SSH configuration has no known_hosts file to write to",
          hint: "name one with --known-hosts")
      }
      try await client.trust(finding, of: subject.target, in: file, hashed: subject.target.hashKnownHosts)
      rows[index].isWritten = true
    }
    return rows
  }
}
