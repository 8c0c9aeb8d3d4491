import BuiltInPlaybooks
import Documents
import Foundation
import Testing

@testable import Playbooks

/// The JSON Schema against a validator of another make.
@Suite struct SchemaTests {
  private struct Failure: Error, CustomStringConvertible { let description: String }

  /// Whether each document is valid.
  private func validate(_ documents: [String]) throws -> [Bool] {
    struct Question: Encodable {
      let schema: Value
      let documents: [String]
    }
    let environment = ProcessInfo.processInfo.environment
    let python = environment["GANTRY_ANSIBLE_PYTHON"] ?? "python3"
    let script = try #require(Bundle.module.url(forResource: "schema_oracle", withExtension: "py"))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python, script.path]
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    let question = try JSONEncoder().encode(Question(schema: Playbook.schema, documents: documents))
    try process.run()
    // The question is longer than a pipe holds.
    let writing = Thread {
      try? input.fileHandleForWriting.write(contentsOf: question); try? input.fileHandleForWriting.close()
    }
    writing.start()
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    let said = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(
        description: """
          \(python) could not validate: \(String(decoding: said, as: UTF8.self).suffix(500))
          Install it with `python3 -m pip install jsonschema pyyaml`, or name a Python that has it in GANTRY_ANSIBLE_PYTHON.
          """)
    }
    return try JSONDecoder().decode([Bool].self, from: answer)
  }

  @Test func everyBuiltInPlaybookIsValid() throws {
    let answers = try validate(BuiltInPlaybooks.texts.map(\.text))
    for (playbook, isValid) in zip(BuiltInPlaybooks.texts, answers) { #expect(isValid, "\(playbook.name)") }
  }

  /// Mistakes of form: the reader and the schema both refuse them.
  static let wrong = [
    "- a\n", "name: x\n", "steps: []\n", "steps:\n  - check: {}\nstep: 1\n",
    "steps:\n  - load: {bundle: b, regsitry: r}\n", "steps:\n  - load: {registry: r}\n",
    "steps:\n  - load:\n",
    "steps:\n  - name: x\n", "steps:\n  - check: {}\n    exec: {command: [a]}\n",
    "steps:\n  - exec: {command: [sleep, 5]}\n", "steps:\n  - exec: {command: []}\n",
    "steps:\n  - exec: {}\n",
    "steps:\n  - exec: {command: [a], shell: b}\n", "variables: {a: {type: numer}}\nsteps:\n  - check: {}\n",
    "variables: {a-b: {}}\nsteps:\n  - check: {}\n", "steps:\n  - check: {}\n    serial: 0\n",
    "steps:\n  - check: {}\n    serial: 120%\n", "steps:\n  - check: {}\n    max_failures: -1\n",
    "steps:\n  - check: {}\n    timeout: soon\n", "steps:\n  - check: {}\n    retries: many\n",
    "steps:\n  - check: {}\n    tags: [\"a b\"]\n", "steps:\n  - copy: {from: a, to: b}\n",
    "steps:\n  - copy: {from: a, to: /b, mode: rw}\n", "steps:\n  - load: {bundle: b, pin: maybe}\n",
    "steps:\n  - upgrade: {release: r, chart: c}\n", "steps:\n  - load: {bundle: b, runtime: cri-o}\n",
    "steps:\n  - upgrade: {release: r, namespace: n, chart: c, migrations: [{id: A, explanation: e, edit: delete, keys: [a]}]}\n",
    "steps:\n  - upgrade: {release: r, namespace: n, chart: c, migrations: [{id: a, explanation: e, edit: drop, keys: [a]}]}\n",
    "steps:\n  - upgrade: {release: r, namespace: n, chart: c, known_issues: [{id: a, severity: stop, explanation: e, ways: [w], check: {}}]}\n",
  ]

  @Test func whatTheReaderRefusesTheSchemaRefuses() throws {
    let answers = try validate(Self.wrong)
    for (text, isValid) in zip(Self.wrong, answers) {
      #expect(!isValid, "the schema takes: \(text)")
      #expect(throws: PlaybookError.self, "the reader takes: \(text)") {
        try PlaybookSource(path: "p.yaml", text: text).lint()
      }
    }
  }

  @Test func whatTheReaderTakesTheSchemaTakes() throws {
    let right = [
      "variables: {n: {type: number}, f: {type: flag, default: true}, l: {type: list, default: [a]}}\nsteps:\n  - exec: {command: \"${{ l }}\", become: \"${{ f }}\"}\n    serial: [1, 10%, \"${{ n }}\"]\n    max_failures: 25%\n    retries: ${{ n }}\n    timeout: 1h30m\n    tags: one\n",
      "steps:\n  - pause: {duration: 90}\n  - name: again\n    pause: {message: look}\n",
      "steps:\n  - copy: {from: a, to: /b, mode: \"0755\", owner: \"root:root\"}\n    timeout: 60\n",
      "steps:\n  - upgrade: {release: r, namespace: n, repo: x, set: {a.b: 1, c: yes, d: text}, values: v.yaml}\n",
    ]
    for text in right { _ = try PlaybookSource(path: "p.yaml", text: text, folder: "/").lint() }
    let answers = try validate(right)
    for (text, isValid) in zip(right, answers) { #expect(isValid, "the schema refuses: \(text)") }
  }
}
