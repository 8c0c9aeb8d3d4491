import Images

/// Asks a node for every image that an upgrade will make it start; changes nothing.
///
/// Only the names count here: which image stands behind one, the chart does not say.
struct CoverageJob: NodeJob {
  let options: RuntimeOptions
  /// In the order in which they are told.
  let images: [ImageReference]

  func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    var request = options.request(for: session.node, scope: .all, load: nil)
    request.names = try names()
    let (report, runtime) = try await request.askForRuntime(session)
    session.enter(.verify)
    var missing: [String] = []
    var results: [ImageResult] = []
    for image in images {
      let found = runtime.store.names(for: image).compactMap { report.content.names[$0.description] }
        .first { $0.complete }
      if found == nil { missing.append(image.familiar) }
      results.append(
        ImageResult(
          reference: image.description, id: found?.target.description ?? "",
          status: found == nil ? .missing : .present))
    }
    session.record(images: results)
    guard let first = missing.first else { return .ok }
    throw Failure(
      .imagesMissing,
      "\(missing.count) of \(images.count) images of the chart missing: \(missing.prefix(5).joined(separator: ", "))"
        + (missing.count > 5 ? ", …" : ""),
      hint: "`gantry load` brings what a bundle has; \(first) must have exactly that name on the node")
  }

  private func names() throws(Failure) -> [ProbeRequest.Name] {
    // No image has this digest, so that the node tells what it has in place of comparing.
    guard let nothing = Digest(hex: String(repeating: "0", count: 64)) else { return [] }
    var seen: Set<ImageReference> = []
    return images.flatMap { image in ImageStore.allCases.flatMap { $0.names(for: image) } }
      .filter { seen.insert($0).inserted }
      .map { ProbeRequest.Name(reference: $0, manifest: nothing, imageID: nothing) }
  }
}
