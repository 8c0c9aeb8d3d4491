import Images

/// Why a registry, a chart repository, or the file that describes them could not do what was asked.
///
/// It never holds a credential: URLs come through ``MaskedURL`` and answers of servers are clipped.
public struct RegistryError: Error, Sendable, Hashable {
  /// What decisions are made on; the message is for people only.
  public let code: Code
  /// One clear line: lower case, no full stop, safe to print.
  public let message: String
  /// What to do about it, where something can be done.
  public let hint: String?

  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// The kind of a failure, as it stands in reports; more may be added, so it is no enumeration.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }
  }

  /// An error of the bundle, under its own code.
  init(_ error: ImageError) {
    self.init(Code(error.code.rawValue), error.message, hint: error.hint)
  }
}

// The file and what it asks for.
extension RegistryError.Code {
  /// `load-image.yaml` cannot be read or is no YAML.
  public static let configSyntax = Self("config-syntax")
  /// A key that is not known.
  public static let configUnknownKey = Self("config-unknown-key")
  /// A value that cannot be followed.
  public static let configValue = Self("config-value")
  /// A bundle without hints and with images: nobody says where its chart names them.
  public static let noHints = Self("no-hints")
  /// No bundle is where the file says that they are.
  public static let noBundles = Self("no-bundles")
  /// A chart that the file asks for is in no bundle.
  public static let chartNotFound = Self("chart-not-found")
  /// Two images would have one name in the registry.
  public static let nameCollision = Self("name-collision")
  /// The chart is not as a chart must be.
  public static let badChart = Self("bad-chart")
  /// Credentials cannot be read from where they should be.
  public static let credentials = Self("credentials-unusable")
}

// What the other side said.
extension RegistryError.Code {
  /// Wrong user or password, or none where one is needed.
  public static let authFailed = Self("registry-auth-failed")
  /// The user is known and may not do this.
  public static let denied = Self("registry-denied")
  /// The project (or the repository) is not there and could not be made.
  public static let projectMissing = Self("project-missing")
  /// The tag is there and names something else.
  public static let tagConflict = Self("tag-conflict")
  /// The chart's version is there and holds something else.
  public static let chartConflict = Self("chart-conflict")
  /// The certificate's issuer is not trusted here.
  public static let unknownCA = Self("tls-unknown-ca")
  /// The TLS handshake failed for another reason.
  public static let tlsFailed = Self("tls-failed")
  /// https was spoken to a server that speaks http.
  public static let notTLS = Self("tls-not-spoken")
  /// Nothing listens there, or the host has no address.
  public static let unreachable = Self("registry-unreachable")
  /// The connection broke, time after time.
  public static let connectionLost = Self("registry-connection-lost")
  /// No answer within the deadline.
  public static let timeout = Self("registry-timeout")
  /// The server kept answering that it is busy or broken.
  public static let unavailable = Self("registry-unavailable")
  /// An answer that cannot be understood, or says no for a reason that has no code of its own.
  public static let refused = Self("registry-refused")
  /// Something that is asked for is not in the registry.
  public static let notFound = Self("registry-not-found")
  /// What the registry holds afterwards is not what was sent.
  public static let digestMismatch = Self("digest-mismatch")
  /// A file could not be written on this machine.
  public static let writeFailed = Self("write-failed")
  /// The task was cancelled.
  public static let cancelled = Self("cancelled")
}
