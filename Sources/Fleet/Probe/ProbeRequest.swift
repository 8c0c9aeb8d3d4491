import Images

/// What a node is asked about, and the command that asks.
public struct ProbeRequest: Sendable {
  /// What the node is to tell.
  public enum Scope: String, Sendable {
    /// What it is, which runtimes answer, how much room there is.
    case facts
    /// What the names point at, on the one runtime that is asked for.
    case names
    /// The facts, the names, and which of the blobs and layers are there.
    case all
    /// The facts, every name in some repositories, and which images containers stand on.
    case repositories
  }

  /// One name that matters: its two spellings and what it should point at.
  public struct Name: Sendable, Hashable {
    public let reference: ImageReference
    /// The manifest's digest, as gantry sends it.
    public let manifest: Digest
    public let imageID: Digest

    public init(reference: ImageReference, manifest: Digest, imageID: Digest) {
      self.reference = reference
      self.manifest = manifest
      self.imageID = imageID
    }
  }

  public var scope: Scope
  /// nil: the node's own choice.
  public var runtime: Runtime.Kind?
  public var namespace: String
  /// containerd's socket, when it is at no usual place.
  public var socket: String?
  public var names: [Name]
  public var blobs: [Digest]
  public var diffIDs: [Digest]
  /// Full names without tag.
  public var repositories: [ImageReference] = []
  /// Also tell which names are pinned, which costs a command more.
  public var pins = false

  public init(
    scope: Scope, runtime: Runtime.Kind? = nil, namespace: String = "k8s.io", socket: String? = nil,
    names: [Name] = [], blobs: [Digest] = [], diffIDs: [Digest] = []
  ) {
    self.scope = scope
    self.runtime = runtime
    self.namespace = namespace
    self.socket = socket
    self.names = names
    self.blobs = blobs
    self.diffIDs = diffIDs
  }

  var command: RemoteCommand {
    .readingScript(
      arguments: [runtime?.rawValue ?? "auto", namespace, socket ?? "", scope.rawValue, pins ? "pins" : ""],
      asRoot: true, changes: false)
  }

  /// The script and its data; digests travel as bare hex.
  var script: String {
    let data =
      names.map { "name \($0.reference) \($0.manifest.hex) \($0.reference.familiar) \($0.imageID.hex)" }
      + blobs.map { "blob \($0.hex)" } + diffIDs.map { "diff \($0.hex)" }
      + repositories.map { "repo \($0.name) \($0.familiarName)" }
    return ProbeScript.text(data: data)
  }

  /// Asks the node, records what it told, and insists on a runtime that answers.
  func askForRuntime(_ session: NodeSession) async throws(Failure) -> (report: ProbeReport, runtime: Runtime)
  {
    session.enter(.probe)
    let report = try await ask(session)
    session.record(facts: report.facts)
    if let failure = report.runtimeFailure(asked: runtime) { throw failure }
    guard let runtime = report.runtime else { throw Failure(.noRuntime, "no runtime answered") }
    return (report, runtime)
  }

  /// Asks the node; one round trip.
  func ask(_ session: NodeSession) async throws(Failure) -> ProbeReport {
    let limits = CommandLimits(deadline: .seconds(120), outputBytes: 16 << 20)
    let output = try await session.run(
      command, input: MemoryStream(script), limits: limits, logsOutput: scope != .names)
    return try ProbeReport(output, request: self)
  }
}
