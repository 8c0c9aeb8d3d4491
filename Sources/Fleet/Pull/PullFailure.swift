import Images

/// Tells from what ctr or docker said why a node could not pull; like ``ImportFailure``, the one place for these texts.
enum PullFailure {
  static func classify(
    _ output: CommandOutput, reference: ImageReference, source: any PullSource, runtime: Runtime
  ) -> Failure {
    let said = PrintableText.line(output.standardError.suffix(2000), limit: 400)
    let text = said.lowercased()
    let ending = output.signal.map { "signal \($0)" } ?? "exit \(output.status)"
    let message =
      "pull \(reference.name) with \(runtime.kind.tool): \(ending): \(said.isEmpty ? "it said nothing" : said)"
    func has(_ signs: String...) -> Bool { signs.contains(where: text.contains) }
    if has("no space left on device") {
      return Failure(.diskFull, message, hint: "free room for images on the node, then `gantry rerun`")
    }
    if has("x509:", "certificate signed by unknown", "http response to https client") {
      let place =
        runtime.kind == .docker
        ? "/etc/docker/certs.d/\(source.host)/ca.crt, or insecure-registries in Docker's daemon.json"
        : "/etc/containerd/certs.d/\(source.host)/hosts.toml"
      return Failure(.pullNotTrusted, message, hint: "the node must trust the registry: see \(place)")
    }
    if has("401", "unauthorized", "authentication required", "403", "forbidden", "denied") {
      return Failure(
        .pullDenied, message, hint: "check the login that gantry was given, and that it may pull there")
    }
    if has("connection refused", "no route to host", "i/o timeout", "no such host", "deadline exceeded") {
      return Failure(
        .pullUnreachable, message, hint: "the node must reach \(source.host); try curl from the node")
    }
    if has("cannot connect to the docker daemon", "failed to dial") {
      return Failure(
        .runtimeDown, message, hint: "start \(runtime.kind.rawValue) on the node, then `gantry rerun`")
    }
    return Failure(.pullFailed, message, hint: "`gantry rerun`, or load directly, without --from-registry")
  }
}
