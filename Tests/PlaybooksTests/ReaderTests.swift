import Documents
import Testing

@testable import Playbooks

/// Wrong playbooks, and what is said about them: every mistake at once, each with its line.
@Suite struct ReaderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let code: PlaybookProblem.Code
    let line: Int?
    let message: String
    var hint = ""
    var testDescription: String { message }
  }

  static let cases: [Case] = [
    Case(text: "", code: .syntax, line: nil, message: "the playbook is empty"),
    Case(text: "- a\n", code: .wrongKind, line: 1, message: "a mapping is needed"),
    Case(text: "steps:\n\t- check: {}\n", code: .syntax, line: 2, message: "tab"),
    Case(text: "name: x\n", code: .missingKey, line: 1, message: "has no 'steps'"),
    Case(text: "steps: []\n", code: .badValue, line: 1, message: "at least one item"),
    Case(
      text: "steps:\n  - check: {}\nstep: 1\n", code: .unknownKey, line: 3, message: "'step'", hint: "'steps'"
    ),
    Case(
      text: "steps:\n  - load:\n      bundle: b\n      regsitry: r\n", code: .unknownKey, line: 4,
      message: "load has no key 'regsitry'", hint: "'registry'"),
    Case(
      text: "steps:\n  - load: {registry: r}\n", code: .missingKey, line: 2, message: "load has no 'bundle'"),
    Case(text: "steps:\n  - load:\n", code: .wrongKind, line: 2, message: "load is empty"),
    Case(
      text: "steps:\n  - name: x\n", code: .missingKey, line: 2, message: "no action", hint: "check, load"),
    Case(
      text: "steps:\n  - check: {}\n    exec: {command: [a]}\n", code: .duplicate, line: 3,
      message: "'check' and 'exec'"),
    Case(
      text: "steps:\n  - check: {}\n  - check: {}\n", code: .duplicate, line: 3,
      message: "two steps are called 'check'"),
    Case(
      text: "steps:\n  - exec: {command: [sleep, 010]}\n", code: .wrongKind, line: 2,
      message: "a whole number",
      hint: "quotes"),
    Case(
      text: "steps:\n  - exec: {command: [a], shell: b}\n", code: .duplicate, line: 2,
      message: "'command' and 'shell'"),
    Case(
      text: "variables: {a: {}}\nsteps:\n  - exec:\n      shell: echo ${{ a }}\n", code: .badValue, line: 4,
      message: "a variable cannot stand here", hint: "$1"),
    Case(
      text: "steps:\n  - exec: {command: [a], arguments: [b]}\n", code: .badValue, line: 2,
      message: "'arguments'"),
    Case(
      text:
        "variables:\n  registry: {}\nsteps:\n  - load:\n      bundle: b\n      registry: ${{ regsitry }}\n",
      code: .undefined, line: 6, message: "there is no variable 'regsitry'", hint: "'registry'"),
    Case(text: "steps:\n  - load:\n      bundle: ${{ a\n", code: .syntax, line: 3, message: "has no }}"),
    Case(
      text: "variables: {a: {}}\nsteps:\n  - load:\n      bundle: ${{ a | upper }}\n", code: .syntax, line: 4,
      message: "no name of a variable"),
    Case(
      text: "variables: {a: {type: text}}\nsteps:\n  - load:\n      bundle: b\n      pin: ${{ a }}\n",
      code: .wrongKind, line: 5, message: "true or false, and the variable 'a' is text"),
    Case(
      text: "variables: {a: {secret: true}}\nsteps:\n  - exec:\n      command: [echo, \"${{ a }}\"]\n",
      code: .secret, line: 4, message: "would be seen", hint: "stdin"),
    Case(
      text: "variables: {a: {secret: true, default: x}}\nsteps:\n  - check: {}\n", code: .secret, line: 1,
      message: "cannot stand in the file"),
    Case(
      text: "variables: {a: {type: numer}}\nsteps:\n  - check: {}\n", code: .badValue, line: 1,
      message: "'numer'",
      hint: "'number'"),
    Case(
      text: "variables: {a: {type: flag, default: 3}}\nsteps:\n  - check: {}\n", code: .wrongKind, line: 1,
      message: "the default of 'a' is a whole number"),
    Case(
      text: "variables: {a: {choices: [x, y], default: z}}\nsteps:\n  - check: {}\n", code: .badValue,
      line: 1,
      message: "'z' is none of x, y"),
    Case(
      text: "variables: {steps: {}}\nsteps:\n  - check: {}\n", code: .badValue, line: 1,
      message: "meaning of its own"),
    Case(
      text: "variables: {a-b: {}}\nsteps:\n  - check: {}\n", code: .badValue, line: 1,
      message: "cannot be a variable"),
    Case(
      text: "steps:\n  - check: {}\n    when: a ==\n", code: .condition, line: 3,
      message: "missing at the end"),
    Case(
      text: "steps:\n  - check: {}\n    when: steps.load.status == 'ok'\n  - load: {bundle: b}\n",
      code: .undefined,
      line: 3, message: "no step above is called 'load'"),
    Case(
      text: "steps:\n  - check: {}\n    when: node.runtme == 'docker'\n", code: .undefined, line: 3,
      message: "'runtme'", hint: "'runtime'"),
    Case(
      text: "steps:\n  - check: {}\n    serial: 0\n", code: .badValue, line: 3, message: "no number from 1"),
    Case(text: "steps:\n  - check: {}\n    serial: 120%\n", code: .badValue, line: 3, message: "up to 100%"),
    Case(text: "steps:\n  - check: {}\n    max_failures: -1\n", code: .badValue, line: 3, message: "from 0"),
    Case(text: "steps:\n  - check: {}\n    timeout: soon\n", code: .badValue, line: 3, message: "no time"),
    Case(text: "steps:\n  - check: {}\n    hosts: ''\n", code: .badValue, line: 3, message: "empty"),
    Case(
      text: "steps:\n  - pause: {duration: 5s}\n    hosts: web\n", code: .badValue, line: 3,
      message: "'hosts' has no meaning for pause"),
    Case(text: "steps:\n  - pause: {}\n", code: .missingKey, line: 2, message: "neither"),
    Case(text: "steps:\n  - copy: {from: a, to: b}\n", code: .badValue, line: 2, message: "begins with /"),
    Case(
      text: "steps:\n  - copy: {from: a, to: /b, mode: 0644}\n", code: .wrongKind, line: 2,
      message: "a whole number", hint: "quotes"),
    Case(
      text: "steps:\n  - copy: {from: a, to: /b, mode: rw}\n", code: .badValue, line: 2, message: "no mode"),
    Case(text: "steps:\n  - sync: {}\n", code: .missingKey, line: 2, message: "'config'"),
    Case(
      text: "steps:\n  - sync: {config: c.yaml}\n    hosts: web\n", code: .badValue, line: 3,
      message: "'hosts' has no meaning for sync"),
    Case(
      text: "steps:\n  - upgrade: {release: r, namespace: n}\n", code: .missingKey, line: 2,
      message: "upgrade has no chart"),
    Case(
      text: "steps:\n  - upgrade: {release: r, namespace: n, chart: c, version: new}\n", code: .badValue,
      line: 2,
      message: "'new' is no version"),
    Case(
      text: "steps:\n  - upgrade: {release: r, namespace: n, repo: x, repo_url: \"http://u:p@h/c\"}\n",
      code: .secret, line: 2, message: "a password in the address"),
    Case(
      text:
        "steps:\n  - upgrade:\n      release: r\n      namespace: n\n      chart: c\n      migrations:\n        - id: a\n          from: 0.21.0\n          explanation: e\n          edit: delete\n          keys: [a.b]\n",
      code: .badValue, line: 8, message: "no range of versions"),
    Case(
      text:
        "steps:\n  - upgrade:\n      release: r\n      namespace: n\n      chart: c\n      migrations:\n        - {id: a, explanation: e, edit: rename, keys: [a.b]}\n",
      code: .badValue, line: 7, message: "'new_name'"),
    Case(
      text:
        "steps:\n  - upgrade:\n      release: r\n      namespace: n\n      chart: c\n      known_issues:\n        - {id: a, severity: stop, explanation: e, ways: [w], check: {}}\n",
      code: .missingKey, line: 7, message: "no way to see it"),
  ]

  @Test(arguments: cases) func aMistakeIsToldWithItsLine(_ item: Case) throws {
    let error = try #require(throws: PlaybookError.self) {
      try PlaybookSource(path: "p.yaml", text: item.text, folder: "/work").lint()
    }
    let problem = try #require(
      error.problems.first { $0.code == item.code && $0.message.contains(item.message) },
      "\(error.problems)")
    #expect(problem.line == item.line, "\(problem)")
    #expect(problem.file == "p.yaml")
    #expect(item.hint.isEmpty || problem.hint?.contains(item.hint) == true, "\(problem.hint ?? "no hint")")
    #expect(!problem.message.hasSuffix(".") && !problem.message.hasControlCharacters)
  }

  @Test func everyMistakeOfAFileIsToldAtOnce() throws {
    let text = """
      variables:
        a: {typ: text}
      steps:
        - load: {bundel: b}
        - exec: {command: []}
          serial: none
        - copy: {from: x, to: y}
      """
    let error = try #require(throws: PlaybookError.self) {
      try PlaybookSource(path: "p.yaml", text: text).lint()
    }
    #expect(error.problems.map(\.line) == [2, 4, 4, 5, 6, 7])
    #expect(Set(error.problems.map(\.code)) == [.unknownKey, .missingKey, .badValue])
  }

  @Test func hostileTextIsEscaped() throws {
    let error = try #require(throws: PlaybookError.self) {
      try PlaybookSource(path: "p.yaml", text: "steps:\n  - \"x\\e[2J\": {}\n").lint()
    }
    #expect(error.problems.allSatisfy { !$0.description.hasControlCharacters })
    #expect(error.problems.contains { $0.message.contains("\\u{1b}") })
  }

  @Test func aRightFileBecomesTypedSteps() throws {
    let text = """
      name: demo
      variables:
        bundle: {type: bundle, required: true}
        batch: {type: number, default: 2}
        words: {type: list, default: [a, b]}
        registry: {}
        mode: {default: "0640"}
      steps:
        - name: first
          load:
            bundle: ${{ bundle }}
            registry: ${{ registry }}
            pin: true
          hosts: web:!n3
          serial: [1, 50%, "${{ batch }}"]
          max_failures: 10%
          retries: 3
          timeout: 1h30m
          tags: images
        - exec:
            command: [echo, "x${{ batch }}y", "$${{ z }}"]
            become: true
            changes: false
          when: bundle.version >= 0.21.0 and steps.first.changed
        - copy: {from: conf/a.txt, to: "/etc/${{ mode }}", mode: "${{ mode }}"}
        - name: list
          exec: {command: "${{ words }}"}
      """
    let source = PlaybookSource(path: "p.yaml", text: text, folder: "/srv/books")
    let variables = try source.lint().variables
    var sources = VariableValues.Sources(folder: "/here")
    sources.words = [("bundle", "x.tar")]
    let playbook = try source.bind(try VariableValues(of: variables, from: sources))
    #expect(playbook.name == "demo")
    let first = playbook.steps[0]
    guard case .load(let load) = first.action else {
      Issue.record("no load")
      return
    }
    #expect(load.images.bundle == "/here/x.tar")
    // A variable without a value leaves its key out.
    #expect(load.images.registry == nil)
    #expect(load.pin && !load.full)
    #expect(first.serial?.sizes == [.count(1), .percent(50), .count(2)])
    #expect(first.maxFailures.amount == .percent(10) && first.retries == 3 && first.timeout == 5400)
    #expect(first.tags == ["images"] && first.hosts == "web:!n3")
    guard case .exec(let exec) = playbook.steps[1].action, case .copy(let copy) = playbook.steps[2].action,
      case .exec(let list) = playbook.steps[3].action
    else {
      Issue.record("other steps")
      return
    }
    #expect(exec.command == .words(["echo", "x2y", "${{ z }}"]))
    #expect(exec.asRoot && !exec.changes)
    #expect(copy.from == "/srv/books/conf/a.txt" && copy.to == "/etc/0640" && copy.mode == "0640")
    #expect(list.command == .words(["a", "b"]))
  }

  /// What a value looks like never changes how a file or a command is split.
  @Test(arguments: ["a b", "'; rm -rf /", "- x\n  y: z", "${{ other }}", "{{ x }}", "$(id)", "\"", "# no"])
  func valuesStayWords(_ value: String) throws {
    let text = """
      variables: {a: {}, other: {default: no}}
      steps:
        - exec: {command: [echo, "${{ a }}", "<${{ a }}>"]}
      """
    let source = PlaybookSource(path: "p.yaml", text: text.replacing("default: no", with: "default: \"no\""))
    var sources = VariableValues.Sources(folder: "/")
    sources.words = [("a", value)]
    let playbook = try source.bind(try VariableValues(of: try source.lint().variables, from: sources))
    guard case .exec(let exec) = playbook.steps[0].action else {
      Issue.record("no exec")
      return
    }
    #expect(exec.command == .words(["echo", value, "<\(value)>"]))
  }

  /// A step that its variables leave out needs no values.
  @Test func aStepThatIsLeftOutNeedsNothing() throws {
    let text = """
      variables: {bundle: {type: bundle}}
      steps:
        - load: {bundle: "${{ bundle }}"}
          when: bundle is defined
        - verify: {bundle: "${{ bundle }}"}
      """
    let source = PlaybookSource(path: "p.yaml", text: text)
    let values = try VariableValues(of: try source.lint().variables, from: .init(folder: "/"))
    let error = try #require(throws: PlaybookError.self) { try source.bind(values) }
    #expect(error.problems.map(\.line) == [5])
    #expect(error.problems[0].message.contains("'bundle' has no value"))
  }
}
