import Fleet
import Terminal

/// The host keys of a fleet as text and as JSON.
struct HostKeyReport: Encodable {
  struct Host: Encodable {
    struct Known: Encodable {
      /// Such as "ED25519 SHA256:…"; nil when it is the key that was shown.
      let fingerprint: String?
      let location: String
    }

    let nodes: [String]
    let name: String
    let status: String
    let type: String?
    let fingerprint: String?
    let known: Known?
    let written: Bool
    let error: Failure?
  }

  let hosts: [Host]
  let written: Int

  init(_ rows: [HostKeySurvey.Row]) {
    hosts = rows.map(Self.host)
    written = rows.count(where: \.isWritten)
  }

  private static func host(_ row: HostKeySurvey.Row) -> Host {
    let nodes = row.subject.nodes
    switch row.result {
    case .failure(let failure):
      return Host(
        nodes: nodes, name: row.subject.target.host, status: "unreachable", type: nil, fingerprint: nil,
        known: nil,
        written: false, error: failure)
    case .success(let finding):
      var status = "new"
      var known: Host.Known?
      switch finding.state {
      case .new: break
      case .known(let location):
        status = "known"
        known = Host.Known(fingerprint: nil, location: location)
      case .changed(let fingerprint, let location):
        status = "changed"
        known = Host.Known(fingerprint: fingerprint, location: location)
      case .revoked(let location):
        status = "revoked"
        known = Host.Known(fingerprint: nil, location: location)
      }
      return Host(
        nodes: nodes, name: finding.name, status: status, type: finding.type,
        fingerprint: finding.fingerprint,
        known: known, written: row.isWritten, error: nil)
    }
  }

  /// One line for each host with something to compare; those that are known, and equal failures, in one.
  var lines: [String] {
    var order: [String] = []
    var names: [String: [String]] = [:]
    for host in hosts {
      let text = "\(Self.pad(host.written ? "written" : host.status))  \(Self.detail(host))"
      if names[text] == nil { order.append(text) }
      names[text, default: []] += host.nodes
    }
    return order.map { text in
      (PrintableText.line(NodeNames.folded(names[text] ?? [])) + "  " + text).trimmingSuffix()
    }
  }

  /// Nodes that show one and the same key: copies of one machine.
  var copies: [String] {
    var nodes: [String: [String]] = [:]
    var order: [String] = []
    for host in hosts {
      guard let fingerprint = host.fingerprint else { continue }
      if nodes[fingerprint] == nil { order.append(fingerprint) }
      nodes[fingerprint, default: []].append(host.name)
    }
    return order.compactMap { fingerprint in
      let names = nodes[fingerprint] ?? []
      return names.count > 1 ? "\(names.joined(separator: ", ")) show the same host key \(fingerprint)" : nil
    }
  }

  private static func detail(_ host: Host) -> String {
    if let error = host.error { return "\(error.message) (\(error.code))" }
    guard host.status != "known" else { return "" }
    let shown = "\(host.name)  \(host.type ?? "") \(host.fingerprint ?? "")"
    guard let known = host.known else { return shown }
    let other = known.fingerprint ?? "it"
    return host.status == "revoked"
      ? "\(shown) is revoked in \(known.location)" : "\(shown), where \(known.location) has \(other)"
  }

  private static func pad(_ text: String) -> String {
    text + String(repeating: " ", count: max(0, 11 - text.count))
  }
}

extension String {
  fileprivate func trimmingSuffix() -> String {
    var text = self[...]
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
