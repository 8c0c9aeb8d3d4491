import CLibSSH2
import Fleet
import Inventory

// The publickey method (RFC 4252, section 7).
extension Connection {
  /// Tries the keys of files and of an agent; returns true when one of them has logged in.
  ///
  /// - Parameter limit: how many keys may be shown to the server.
  func tryKeys(
    _ session: Session, _ choice: KeyChoice, _ login: Login, _ record: inout LoginRecord, limit: Int
  ) async throws(Failure) -> Bool {
    guard record.offers("publickey") else {
      record.skipped("not \(choice.name) (no publickey)")
      return false
    }
    var agentKeys: [AgentSigner] = []
    if let path = choice.agentSocket {
      let agent = AgentClient(socketPath: path)
      switch try await offLoop({ Result { () throws(SigningError) in try agent.identities() } }) {
      case .success(let list):
        agentKeys = list.map { AgentSigner(agent: agent, publicKey: $0.publicKey, comment: $0.comment) }
        if choice.identities.isEmpty, !agentKeys.contains(where: \.canBeShown) {
          record.skipped("the agent (no usable key)")
        }
      case .failure(let error):
        record.skipped("the agent (\(error.text))")
      }
    }
    let (files, listed) = try await readFiles(choice, agentKeys, login, &record)
    let plan = KeyPlan(
      files: files, certificates: try await certificates(choice, login, &record), agentKeys: agentKeys,
      listed: listed, identitiesOnly: choice.identitiesOnly, limit: limit)
    for note in plan.notes { record.skipped(note) }
    for candidate in plan.candidates {
      if try await trySigner(session, candidate, login, &record) { return true }
    }
    if plan.leftOut > 0 {
      record.skipped("not \(plan.leftOut) more keys, which the server would count (MaxAuthTries)")
    }
    return false
  }

  /// The keys of the identity files, and those public keys of which only an agent can have the private half.
  private func readFiles(
    _ choice: KeyChoice, _ agentKeys: [AgentSigner], _ login: Login, _ record: inout LoginRecord
  ) async throws(Failure) -> (files: [KeyPlan.FileKey], listed: [PublicKey]) {
    var files: [KeyPlan.FileKey] = []
    var listed: [PublicKey] = []
    let ring = login.keys
    for identity in choice.identities {
      let (path, passphrase) = (identity.path, identity.passphrase)
      let name = "key \(MessageText.clean(path, limit: 120))"
      func add(_ signer: any Signer) {
        files.append(KeyPlan.FileKey(path: path, isNamed: identity.isNamed, signer: signer))
      }
      switch try await elsewhere({ await ring.file(path) }) {
      case .signer(let signer):
        add(signer)
      case .locked(let key):
        if let publicKey = key.publicKey, agentKeys.contains(where: { $0.publicKey == publicKey }) {
          listed.append(publicKey)
        } else if passphrase == nil, !ring.secrets.canAsk {
          record.unusable("\(name) (encrypted, and no passphrase is given)")
        } else if let publicKey = key.publicKey {
          add(
            LockedSigner(publicKey: publicKey, key: key, path: path, passphrase: passphrase, ring: ring))
        } else {
          // Nothing tells the public half; the server cannot be asked about it first.
          let result = try await asking(login) { await ring.tryUnlock(key, path, passphrase) }
          switch result {
          case .success(let signer): add(signer)
          case .failure(let error): record.unusable("\(name) (\(error.text))")
          }
        }
      case .publicOnly(let key):
        listed.append(key)
        if !agentKeys.contains(where: { $0.publicKey == key }) {
          record.unusable("\(name) (a public key, and no agent has the private one)")
        }
      case .missing:
        if identity.isNamed { record.unusable("\(name) (cannot be read: no such file or directory)") }
      case .unusable(let reason):
        record.unusable("\(name) (\(reason))")
      }
    }
    return (files, listed)
  }

  /// The certificates that are named, and those that lie next to the keys.
  private func certificates(
    _ choice: KeyChoice, _ login: Login, _ record: inout LoginRecord
  ) async throws(Failure) -> [(path: String, certificate: Certificate)] {
    let ring = login.keys
    var list: [(String, Certificate)] = []
    for path in choice.certificateFiles {
      if let certificate = try await elsewhere({ await ring.certificate(path) }) {
        list.append((path, certificate))
      } else {
        record.skipped("not certificate \(MessageText.clean(path, limit: 120)) (no certificate is there)")
      }
    }
    for identity in choice.identities {
      let path = identity.path + "-cert.pub"
      if let certificate = try await elsewhere({ await ring.certificate(path) }) {
        list.append((path, certificate))
      }
    }
    return list
  }

  private func trySigner(
    _ session: Session, _ candidate: KeyPlan.Candidate, _ login: Login, _ record: inout LoginRecord
  ) async throws(Failure) -> Bool {
    let (signer, name, user) = (candidate.signer, candidate.name, login.user)
    let slot = SignatureSlot()
    let blob = signer.requestBlob
    session.transport.beginTurn()
    while true {
      try checkInterruption()
      // Unsafe: libssh2 copies the name and the blob in its first call and reads only the arguments' lengths
      // later; both arrays and the slot outlive the call.
      let status = blob.withUnsafeBufferPointer { blob in
        libssh2_userauth_publickey(
          session.pointer, user, blob.baseAddress, blob.count, SignatureSlot.callback, slot.abstract)
      }
      if status == 0 { return true }
      if session.mustWait(status) {
        if let data = slot.request, slot.signature == nil, slot.refusal == nil {
          let result = try await asking(login) { await signer.trySign(data) }
          switch result {
          case .success(let signature): slot.signature = signature
          case .failure(let error): slot.refusal = error
          }
          session.transport.beginTurn()
        } else {
          try await pause(session)
        }
        continue
      }
      if let refusal = slot.refusal {
        record.unusable("\(name) (\(refusal.text))")
        return false
      }
      // The server wanted the signature and still says no: it may want another method as well.
      try await refused(session, name, login, &record, mayBePartial: slot.signature != nil)
      return false
    }
  }
}

extension KeyChoice {
  /// For messages.
  fileprivate var name: String {
    if let identity = identities.first { return "key \(MessageText.clean(identity.path, limit: 120))" }
    return agentSocket == nil ? "any key" : "the agent"
  }
}
