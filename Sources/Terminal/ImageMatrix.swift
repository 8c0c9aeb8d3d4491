import Fleet

/// Images × nodes, folded: each name that is not in order everywhere, with the nodes that lack it or have another
/// image under it.
public enum ImageMatrix {
  /// The names of one status, each with its nodes.
  public static func lines(_ result: RunResult, status: ImageResult.Status) -> [String] {
    var order: [String] = []
    var nodes: [String: [String]] = [:]
    for node in result.nodes {
      for image in node.images ?? [] where image.status == status {
        if nodes[image.reference] == nil { order.append(image.reference) }
        nodes[image.reference, default: []].append(node.name)
      }
    }
    return order.map { "\($0)  \(status.rawValue): \(NodeNames.folded(nodes[$0] ?? []))" }
  }

  public static func text(_ result: RunResult, console: Console) -> String {
    var order: [String] = []
    var cells: [String: [ImageResult.Status: [String]]] = [:]
    for node in result.nodes {
      for image in node.images ?? [] {
        if cells[image.reference] == nil { order.append(image.reference) }
        cells[image.reference, default: [:]][image.status, default: []].append(node.name)
      }
    }
    var lines: [String] = []
    var fine = 0
    for reference in order {
      let row = cells[reference] ?? [:]
      guard row.keys.contains(where: { $0 != .present }) else {
        fine += 1
        continue
      }
      let parts = row.sorted { $0.key.rawValue < $1.key.rawValue }.map { status, names in
        let text = "\(status.rawValue): \(NodeNames.folded(names))"
        return console.styled(text, status == .present ? .green : .red)
      }
      lines.append("\(reference)  " + parts.joined(separator: "  "))
    }
    let asked = result.nodes.filter { $0.images != nil }.map(\.name)
    if fine > 0 {
      lines.append("\(fine) of \(order.count) image names are on every one of \(NodeNames.folded(asked))")
    }
    return lines.joined(separator: "\n")
  }
}
