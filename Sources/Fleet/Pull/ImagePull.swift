import Foundation
import Images
import Inventory

/// Lets one node pull images from a registry.
struct ImagePull {
  let source: any PullSource
  let runtime: Runtime

  /// Pulls the images one after the other; returns the names that they have on the node now.
  func pull(_ images: [PlannedImage], _ session: NodeSession) async throws(Failure) -> [ImageReference] {
    session.enter(.transfer)
    session.markChanged()
    var names: [ImageReference] = []
    for planned in images {
      guard let reference = source.reference(of: planned.image.imageID) else {
        throw Failure(
          .pullFailed, "\(source.host) has no \(planned.image.title)", hint: "`gantry sync` brings it there")
      }
      let bytes = planned.image.layers.reduce(0) { $0 + $1.size }
      let secret = try await source.authorization(for: planned.image.imageID)
      // ctr prints its progress where nobody reads it, so only the time of the whole counts: 500 kB/s at the least.
      let output = try await session.run(
        command(reference), input: MemoryStream(PullScript.text(secret: text(secret))),
        limits: CommandLimits(deadline: .seconds(600 + bytes / 500_000)))
      guard output.succeeded else {
        throw PullFailure.classify(output, reference: reference, source: source, runtime: runtime)
      }
      names.append(reference)
    }
    return names
  }

  private func command(_ reference: ImageReference) -> RemoteCommand {
    .readingScript(
      arguments: [
        runtime.kind.rawValue, runtime.kind == .docker ? reference.familiar : reference.description,
        source.host,
        source.isSecure ? "https" : "http", source.takesAnyCertificate ? "any" : "own", runtime.socket,
        runtime.namespace,
      ], asRoot: true, changes: true)
  }

  /// The secret in the form that the node's runtime reads.
  private func text(_ secret: Secret?) -> String {
    guard let header = secret?.revealed else { return "" }
    guard runtime.kind == .docker else { return header }
    let parts = header.split(separator: " ", maxSplits: 1).map(String.init)
    // docker/cli, "config.json": `auth` is what basic authentication sends, `registrytoken` a bearer token.
    let field = parts.first == "Basic" ? "auth" : "registrytoken"
    let document = ["auths": [source.host: [field: parts.last ?? ""]]]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(document)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

extension FailureCode {
  /// A node could not pull an image from the registry.
  public static let pullFailed = FailureCode("pull-failed")
  /// The registry did not let the node pull.
  public static let pullDenied = FailureCode("pull-denied")
  /// The node does not reach the registry.
  public static let pullUnreachable = FailureCode("pull-unreachable")
  /// The node does not trust the registry's certificate, or expects https where http is spoken.
  public static let pullNotTrusted = FailureCode("pull-not-trusted")
}
