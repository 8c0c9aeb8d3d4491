import Yams

/// Turns what the YAML parser says into one clear line with the place in the file.
struct YAMLFailure {
  private let file: SourceFile
  private let failure: any Error

  init(_ file: SourceFile, _ failure: any Error) {
    self.file = file
    self.failure = failure
  }

  var documentError: DocumentError {
    guard let failure = failure as? YamlError else {
      return DocumentError(.syntax, "this is not YAML", file: file.path)
    }
    switch failure {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return syntaxError(problem, line: mark.line)
    case .reader(let problem, let offset, _, _):
      let line = offset.map { offset in file.text.prefix(offset).count { $0.isNewline } + 1 }
      return DocumentError(.syntax, problem, file: file.path, line: line)
    case .duplicatedKeysInMapping(let keys, let context):
      return duplicate(keys.first ?? "", context.mark)
    default:
      return DocumentError(.syntax, "this is not YAML", file: file.path)
    }
  }

  private var lines: [Substring] {
    file.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }

  private func syntaxError(_ problem: String, line: Int) -> DocumentError {
    if problem.contains("nesting") {
      return DocumentError(.tooLarge, "values are nested too deep", file: file.path, line: line)
    }
    let text = lines.dropFirst(line - 1).first ?? ""
    if text.prefix(while: \.isWhitespace).contains("\t") {
      return DocumentError(
        .syntax, "a tab is used for indentation, which YAML does not allow", file: file.path, line: line,
        hint: "use spaces")
    }
    return DocumentError(.syntax, problem, file: file.path, line: line)
  }

  // MARK: Duplicate keys

  /// The parser names the first of two equal keys. The second is the one to look at; it and the key that both stand
  /// under can only be seen in the text.
  private func duplicate(_ key: String, _ first: Mark) -> DocumentError {
    DocumentError(
      .duplicateKey, "the key \(key.quoted) is there twice", file: file.path,
      line: secondLine(key, first) ?? first.line,
      hint: "it is on line \(first.line) too; one of the two would be lost",
      duplicate: DocumentError.Duplicate(key: key, parent: parentKey(first), firstLine: first.line))
  }

  private func secondLine(_ key: String, _ first: Mark) -> Int? {
    for (index, line) in lines.enumerated().dropFirst(first.line) {
      var text = line.drop { $0 == " " || $0 == "-" }
      guard line.count - text.count == first.column - 1 else { continue }
      if let quote = text.first, quote == "'" || quote == "\"" { text.removeFirst() }
      guard text.hasPrefix(key) else { continue }
      let after = text.dropFirst(key.count).drop { $0 == "'" || $0 == "\"" || $0 == " " }
      if after.first == ":" { return index + 1 }
    }
    return nil
  }

  /// The key of the nearest line above with less indentation.
  private func parentKey(_ mark: Mark) -> String? {
    for line in lines.prefix(mark.line - 1).reversed() {
      let text = line.drop { $0 == " " }
      guard let start = text.first, start != "#", line.count - text.count < mark.column - 1 else { continue }
      return text.firstIndex(of: ":").map { String(text[..<$0]) }
    }
    return nil
  }
}
