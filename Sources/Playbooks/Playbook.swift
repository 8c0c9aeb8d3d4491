import Documents
import Foundation

/// A playbook: steps in order over a fleet, and the variables they take.
public struct Playbook: Sendable {
  /// As the file says, else the file's name.
  public let name: String
  /// In one line.
  public let description: String?
  public let variables: [Variable]
  public let steps: [Step]

  /// The step of that name.
  public func step(named name: String) -> Int? { steps.firstIndex { $0.name == name } }

  /// The whole file.
  static let shape = Shape<Playbook>.object("the playbook") { keys in
    let name = keys.optional("name", .constant("a playbook has one name"), "What it is called.")
    let description = keys.optional(
      "description", .constant("a description is the same in every run"), "What it does, in a line.")
    let drafts = keys.names(
      "variables", pattern: Variable.namePattern, "The variables that may be given to it.",
      name: { name in
        if Template.isName(name) {
          ["steps", "node", "true", "false", "and", "or", "not", "is", "defined"].contains(name)
            ? "'\(name)' has a meaning of its own in conditions and cannot be a variable" : nil
        } else {
          "'\(name)' cannot be a variable: letters, digits and _, no digit first"
        }
      }, Variable.shape)
    var variables: [Variable] = []
    keys.withReading { reading in
      variables = drafts.map { Variable($0.name, $0.value, line: $0.line, reading: &reading) }
      reading.variables = Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0) })
    }
    let steps = keys.required("steps", .list(of: Step.shape, atLeast: 1), "What is done, in order.")
    return Playbook(
      name: name ?? "", description: description, variables: variables, steps: steps.compactMap { $0 })
  }

  /// The JSON Schema (draft 2020-12) of a playbook's file.
  public static var schema: Value {
    Schema([
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("title", .string("gantry playbook")),
      (
        "$defs",
        .object([Value.Member(Schema.templateName, Schema.template.value)])
      ),
    ]).merging(shape.schema).value
  }
}

/// The text of a playbook, which is read once to find its mistakes, and again with the values of its variables.
public struct PlaybookSource: Sendable {
  /// As messages name it.
  public let path: String
  public let text: String
  /// What relative paths in it are relative to.
  public let folder: String?

  /// - Parameter folder: absolute; nil for a playbook that is no file.
  public init(path: String, text: String, folder: String? = nil) {
    self.path = path
    self.text = text
    self.folder = folder
  }

  /// Reads a file.
  ///
  /// - Parameter path: absolute.
  public init(reading path: String, shownAs shown: String? = nil) throws(PlaybookError) {
    do throws(DocumentError) {
      text = try SourceFile(reading: path).text
    } catch {
      throw PlaybookError(PlaybookProblem(error))
    }
    self.path = shown ?? path
    folder = URL(filePath: path).deletingLastPathComponent().path
  }

  /// The playbook without values: texts in its steps still have the places of variables in them.
  ///
  /// - Throws: every mistake of the file.
  public func lint() throws(PlaybookError) -> Playbook { try read(values: nil) }

  /// The playbook with its variables filled in.
  ///
  /// - Throws: every mistake, among them values that a step cannot take.
  public func bind(_ values: VariableValues) throws(PlaybookError) -> Playbook { try read(values: values) }

  private func read(values: VariableValues?) throws(PlaybookError) -> Playbook {
    let root: YAMLNode?
    do throws(DocumentError) {
      root = try YAMLReader.read(SourceFile(path: path, text: text))
    } catch {
      throw PlaybookError(PlaybookProblem(error))
    }
    guard let root else {
      throw PlaybookError(PlaybookProblem(.syntax, "the playbook is empty", file: path))
    }
    var reading = Reading(file: path, folder: folder)
    reading.values = values
    let playbook = Playbook.shape.read(root, &reading)
    guard reading.problems.isEmpty else { throw PlaybookError(reading.problems) }
    let fallback = URL(filePath: path).deletingPathExtension().lastPathComponent
    return Playbook(
      name: playbook.name.isEmpty ? fallback : playbook.name, description: playbook.description,
      variables: playbook.variables, steps: playbook.steps)
  }
}
