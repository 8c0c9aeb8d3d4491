import Inventory

/// Puts the keys that may log in into order, as far as the server's limit of tries allows.
///
/// The order: certificates; the keys that the configuration names, through the agent where it has them; the
/// agent's other keys; the usual files that nobody named. It is OpenSSH's, but that a key which is named goes
/// before what merely lies in an agent: the server counts every key that it is shown.
struct KeyPlan {
  /// A key from a file.
  struct FileKey {
    let path: String
    let isNamed: Bool
    let signer: any Signer
  }

  /// One that will be tried.
  struct Candidate {
    /// For messages: "key /root/.ssh/id_rsa (RSA)".
    let name: String
    let signer: any Signer
  }

  private(set) var candidates: [Candidate] = []
  /// How many keys the limit has left out.
  private(set) var leftOut = 0
  /// Certificates without a key, or out of date, for messages.
  private(set) var notes: [String] = []

  /// - Parameters:
  ///   - files: in the configuration's order.
  ///   - certificates: of files, with their paths.
  ///   - agentKeys: in the agent's order.
  ///   - listed: the public keys that the configuration names without having their private halves.
  ///   - limit: how many may be tried at most; at least one is.
  init(
    files: [FileKey], certificates: [(path: String, certificate: Certificate)], agentKeys: [AgentSigner],
    listed: [PublicKey], identitiesOnly: Bool, limit: Int
  ) {
    func agentKey(_ key: PublicKey) -> AgentSigner? { agentKeys.first { $0.publicKey == key } }
    var all: [Candidate] = []
    var used: Set<PublicKey> = []
    func add(_ name: String, _ signer: any Signer) {
      guard used.insert(signer.publicKey).inserted else { return }
      all.append(Candidate(name: "\(name) (\(signer.publicKey.shortType))", signer: signer))
    }

    for (path, certificate) in certificates {
      let name = "certificate \(MessageText.clean(path, limit: 120))"
      let file = files.first { $0.signer.publicKey == certificate.subject }?.signer
      if certificate.hasExpired {
        notes.append("not \(name) (expired)")
      } else if !certificate.canBeShown {
        notes.append("not \(name) (\(certificate.subject.shortType) certificates need libssh2 1.11, and this is \(LibSSH2.version))")
      } else if let signer = (agentKey(certificate.subject) as (any Signer)?) ?? file {
        add(name, CertificateSigner(certificate: certificate, key: signer))
      } else {
        notes.append("not \(name) (its private key is not there)")
      }
    }
    // The agent keeps certificates beside their keys.
    let usable = agentKeys.filter { $0.canBeShown }
    let named = Set(files.map(\.signer.publicKey) + listed)
    for key in usable where Certificate(key.publicKey) != nil && (!identitiesOnly || key.isOf(named)) {
      add(key.name, key)
    }
    for file in files where file.isNamed {
      let name = "key \(MessageText.clean(file.path, limit: 120))"
      if let key = agentKey(file.signer.publicKey) {
        add("\(name) in the agent", key)
      } else {
        add(name, file.signer)
      }
    }
    for key in listed { if let key = agentKey(key) { add(key.name, key) } }
    let certain = all.count
    if !identitiesOnly { for key in usable { add(key.name, key) } }
    let agentCount = all.count - certain
    for file in files where !file.isNamed {
      add("key \(MessageText.clean(file.path, limit: 120))", file.signer)
    }
    // The files that nobody named keep a try each: an agent may be full of other places' keys.
    let rest = all.count - certain - agentCount
    let room = max(1, limit)
    let agentRoom = max(certain == 0 && rest == 0 ? 1 : 0, room - certain - rest)
    let agentPart = all[certain..<certain + agentCount].prefix(agentRoom)
    let order = Array(all[..<certain]) + agentPart + all[(certain + agentCount)...]
    candidates = Array(order.prefix(room))
    leftOut = all.count - candidates.count
  }
}

extension AgentSigner {
  /// For messages: "the agent's key admin@station".
  var name: String { "the agent's key \(MessageText.clean(comment, limit: 40))" }

  /// Keys on security keys have signatures of another form, which libssh2 cannot send before 1.11, and there
  /// only by itself; DSA is gone.
  var canBeShown: Bool {
    if publicKey.type.hasPrefix("sk-") || publicKey.type == "ssh-dss" { return false }
    guard publicKey.type.contains("@") else { return true }
    guard let certificate = Certificate(publicKey) else { return false }
    return certificate.canBeShown && !certificate.hasExpired
  }

  /// Whether this is one of these keys, or a certificate of one.
  func isOf(_ keys: Set<PublicKey>) -> Bool {
    keys.contains(publicKey) || Certificate(publicKey).map { keys.contains($0.subject) } ?? false
  }
}
