import Glibc

/// Looks at what SSH needs on this machine: agent, keys, known_hosts. Connects to nobody but the agent.
public enum SSHSelfCheck {
  /// Why a look found nothing good; one line, fit for a message.
  public struct Problem: Error, Sendable, Equatable {
    public let text: String
  }

  /// The keys that an agent holds, each as "ED25519 SHA256:…".
  public static func agentKeys(socket: String) async -> Result<[String], Problem> {
    await BlockingWork.run {
      do throws(SigningError) {
        let keys = try AgentClient(socketPath: socket).identities()
        return .success(keys.map { "\($0.publicKey.shortType) \($0.publicKey.fingerprint)" })
      } catch {
        return .failure(Problem(text: error.text))
      }
    }
  }

  /// Lines and files of known_hosts that cannot be read.
  public static func knownHostsNotes(_ files: [String]) async -> [String] {
    await BlockingWork.run { KnownHosts(files: files).notes() }
  }

  /// What is wrong with a private key file; nil when nothing is, also when it wants a passphrase.
  public static func keyFileProblem(_ path: String) async -> Problem? {
    await BlockingWork.run {
      if let reason = SystemError.ofOpening(path) { return Problem(text: reason) }
      if case .unusable(let reason) = PrivateKeyFile(path: path) { return Problem(text: reason) }
      return nil
    }
  }

  /// Who may read or change a file besides its owner.
  public enum Exposure: Sendable, Equatable {
    case none
    /// Somebody else owns it.
    case foreign
    /// Group or others may write to it.
    case writable
    /// Group or others may read it.
    case readable
    /// There is no such file, or it cannot be looked at.
    case missing
  }

  /// The mode and owner of a file or folder.
  public static func exposure(_ path: String) -> Exposure {
    var status = stat()
    guard stat(path, &status) == 0 else { return .missing }
    if status.st_uid != 0, status.st_uid != getuid() { return .foreign }
    if status.st_mode & 0o022 != 0 { return .writable }
    return status.st_mode & 0o044 != 0 ? .readable : .none
  }
}
