/// A private key that a passphrase locks.
struct LockedKey: Sendable {
  /// The public half, where the file tells it openly.
  let publicKey: PublicKey?
  /// Reads the key with the passphrase; takes up to a second.
  let unlock: @Sendable (String) throws(SigningError) -> any Signer

  /// What a wrong passphrase ends with.
  static let wrongPassphrase = SigningError(text: "the passphrase does not fit")
}
