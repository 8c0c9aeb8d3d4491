import Documents

enum ValuesEdit {
  static func set(_ text: String, _ key: [String], to value: String, file: String) throws(RegistryError)
    -> String
  {
    var node: YAMLNode?
    do throws(DocumentError) { node = try YAMLReader.read(SourceFile(path: file, text: text)) } catch {
      throw RegistryError(.badChart, "\(error.message)")
    }
    var line = 0
    for step in key {
      if let index = Int(step), case .sequence(let items)? = node?.content {
        node = items[index]
        line = items[index].line
      } else {
        let pair = node?.mapping?.first { $0.name == step }
        line = pair?.line ?? line
        node = pair?.value
      }
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard line > 0, let colon = lines[line - 1].firstRange(of: (key.last ?? "") + ":") else {
      throw RegistryError(.badChart, "\(file): cannot edit \(key)")
    }
    let head = lines[line - 1][..<colon.upperBound]
    let tail = lines[line - 1][colon.upperBound...]
    let comment = tail.firstRange(of: " #").map { String(tail[$0.lowerBound...]) } ?? ""
    lines[line - 1] = head + " \"" + value + "\"" + comment
    return lines.joined(separator: "\n")
  }
}
