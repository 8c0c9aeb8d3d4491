import Fleet

/// Images × nodes, folded: each name that is not in order everywhere, with the nodes that lack it or have another
/// image under it.
public enum ImageMatrix {
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
