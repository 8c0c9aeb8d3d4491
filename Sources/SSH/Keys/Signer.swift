/// A private key that can sign for a login (RFC 4252, section 7), wherever it is kept.
protocol Signer: Sendable {
  /// The key as the server knows it.
  var publicKey: PublicKey { get }
  /// Signs; returns the signature without the algorithm's name and length. It may take as long as a person
  /// takes: an agent asks its user, a locked key is unlocked.
  func sign(_ data: [UInt8]) async throws(SigningError) -> [UInt8]
}

/// Why there is no signature; for messages.
struct SigningError: Error, Equatable {
  let text: String
}

extension Signer {
  /// ``sign(_:)`` with its outcome as a value.
  func trySign(_ data: [UInt8]) async -> Result<[UInt8], SigningError> {
    do throws(SigningError) {
      return .success(try await sign(data))
    } catch {
      return .failure(error)
    }
  }

  /// The public key for the login request.
  ///
  /// libssh2 takes the signature's algorithm from the type at its beginning. For RSA that would be "ssh-rsa",
  /// a SHA-1 signature, which OpenSSH refuses since 8.8; with "rsa-sha2-512" (RFC 8332) in its place OpenSSH
  /// reads the key as the RSA key it is, and libssh2 names the algorithm that the signature really has.
  var requestBlob: [UInt8] {
    guard publicKey.type == "ssh-rsa" else { return publicKey.blob }
    var reader = WireReader(publicKey.blob)
    _ = reader.string()
    var writer = WireWriter()
    writer.string("rsa-sha2-512")
    return writer.bytes + reader.remaining
  }
}
