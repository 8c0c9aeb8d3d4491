import Documents
import Inventory
import Testing

@testable import Playbooks

/// Where values come from, and what is refused.
@Suite struct VariableTests {
  private func variables(_ text: String) throws -> [Variable] {
    try PlaybookSource(path: "p.yaml", text: "variables:\n\(text)\nsteps:\n  - check: {}\n", folder: "/books")
      .lint()
      .variables
  }

  @Test func theCommandLineWinsOverFilesAndFilesOverDefaults() throws {
    let variables = try variables(
      "  a: {default: d}\n  b: {default: d}\n  c: {default: d}\n  e: {default: d}")
    var sources = VariableValues.Sources(folder: "/here")
    sources.words = [("a", "set"), ("a", "last")]
    sources.files = [
      try VariablesFile(path: "/v/two.yaml", text: "b: two\n"),
      try VariablesFile(path: "/v/one.yaml", text: "a: one\nb: one\nc: one\n"),
    ]
    sources.recorded = ["e": .string("recorded")]
    let values = try VariableValues(of: variables, from: sources).values
    #expect(
      values == ["a": .string("last"), "b": .string("two"), "c": .string("one"), "e": .string("recorded")])
  }

  @Test func kindsOfAWordAndOfAFile() throws {
    let variables = try variables(
      "  n: {type: number}\n  f: {type: flag}\n  l: {type: list}\n  p: {type: path}\n  q: {type: path, default: x/y}\n  t: {}"
    )
    var sources = VariableValues.Sources(folder: "/here")
    sources.words = [("n", "12"), ("f", "yes"), ("l", "a, b"), ("p", "../x"), ("t", "12")]
    sources.files = [try VariablesFile(path: "/v/one.yaml", text: "p: z\n")]
    let values = try VariableValues(of: variables, from: sources).values
    #expect(values["n"] == .int(12) && values["f"] == .bool(true))
    #expect(values["l"] == .array([.string("a"), .string("b")]))
    // Relative to what it is written in.
    #expect(values["p"] == .string("/x") && values["q"] == .string("/books/x/y"))
    // A word stays text where text is wanted.
    #expect(values["t"] == .string("12"))
  }

  @Test func everyWrongValueIsTold() throws {
    let variables = try variables(
      "  n: {type: number}\n  need: {required: true, description: the thing}\n  c: {choices: [mysql, redis]}\n  s: {secret: true, required: true}"
    )
    var sources = VariableValues.Sources(folder: "/")
    sources.words = [("n", "many"), ("m", "1"), ("c", "mysq"), ("s", "hunter2")]
    sources.files = [try VariablesFile(path: "v.yaml", text: "c: 1\ns: hunter2\nx: 1\n")]
    let error = try #require(throws: PlaybookError.self) { try VariableValues(of: variables, from: sources) }
    let told = error.problems.map(\.description)
    #expect(told.contains { $0.contains("--set n=many: a whole number is needed") })
    #expect(told.contains { $0.contains("no variable 'm'") })
    #expect(told.contains { $0.contains("'need' needs a value: the thing") })
    #expect(told.contains { $0.contains("'mysq' is none of mysql, redis") })
    #expect(told.contains { $0.contains("v.yaml:1: 'c' is a whole number") })
    #expect(told.contains { $0.contains("v.yaml:3: the playbook has no variable 'x'") })
    #expect(told.contains { $0.contains("'s' is a secret") })
    // Not even a wrong place shows it.
    #expect(
      told.allSatisfy { !$0.contains("hunter2") }
        && error.problems.allSatisfy { $0.hint?.contains("hunter2") != true })
  }

  @Test func aSecretComesFromTheEnvironmentAndIsNeverShown() throws {
    let text = """
      variables:
        pw: {secret: true}
        other: {secret: true, env: OTHER_PW}
      steps:
        - exec: {command: [login], stdin: "${{ pw }}"}
      """
    let source = PlaybookSource(path: "p.yaml", text: text)
    var sources = VariableValues.Sources(folder: "/")
    sources.environment = ["GANTRY_VAR_PW": "hunter2", "OTHER_PW": "x"]
    let values = try VariableValues(of: try source.lint().variables, from: sources)
    let playbook = try source.bind(values)
    guard case .exec(let exec) = playbook.steps[0].action, case .secret(let secret)? = exec.input else {
      Issue.record("no secret")
      return
    }
    #expect(secret.revealed == "hunter2")
    #expect(values.values["pw"] == nil && values.secrets["other"]?.revealed == "x")
    #expect(!"\(playbook)".contains("hunter2") && !"\(values)".contains("hunter2"))
    var dumped = ""
    dump(playbook, to: &dumped)
    #expect(!dumped.contains("hunter2"))
  }
}
