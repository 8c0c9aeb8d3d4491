import Testing

@testable import Playbooks

/// The expression language of `when`.
@Suite struct ConditionTests {
  static let facts: Facts = {
    var facts = Facts()
    facts["name"] = .text("kpanda")
    facts["empty"] = .text("")
    facts["count"] = .number(3)
    facts["flag"] = .flag(true)
    facts["off"] = .flag(false)
    facts["words"] = .list(["a"])
    facts["bundle", "version"] = .text("v0.21.0")
    facts["steps", "load-images", "status"] = .text("changed")
    facts["node", "runtime_version"] = .text("1.6.20")
    return facts
  }()

  static let answers: [(String, Bool)] = [
    ("true", true), ("false", false), ("not false", true), ("not not true", true),
    ("name", true), ("empty", false), ("words", true), ("count", true), ("nothing", false),
    ("name == 'kpanda'", true), ("name == \"ghippo\"", false), ("name != 'ghippo'", true),
    ("count == 3", true), ("count > 2 and count < 4", true), ("count >= 4 or count <= 3", true),
    ("count == '3'", false), ("count == -3", false), ("flag == true", true), ("off == flag", false),
    ("name is defined", true), ("nothing is defined", false), ("nothing is not defined", true),
    ("not (nothing is defined)", true),
    // Nothing is known: no comparison holds, and not turns that around.
    ("nothing == 'x'", false), ("nothing != 'x'", false), ("not nothing != 'x'", true),
    ("nothing < 1", false),
    // Versions, with and without v, by precedence and not by letters.
    ("bundle.version == 0.21.0", true), ("bundle.version >= 0.9.0", true), ("bundle.version < 0.100.0", true),
    ("bundle.version > 0.21.0-rc1", true), ("bundle.version == v0.21.0+build.3", true),
    ("bundle.version >= '0.21.0'", true), ("node.runtime_version < 1.7.3", true),
    ("bundle.version < 0.21.0", false),
    // What has no order is neither below nor above.
    ("name < 'zzz'", false), ("name > 'aaa'", false),
    ("steps.load-images.status == 'changed'", true),
    // not binds closer than and, and closer than or.
    ("not false and false", false), ("true or false and false", true), ("(true or false) and false", false),
    ("not true or true", true),
  ]

  @Test(arguments: answers) func holds(_ text: String, _ answer: Bool) throws {
    #expect(try ConditionParser.parse(text).holds(Self.facts) == answer)
  }

  static let mistakes: [(String, String, String)] = [
    ("", "missing at the end", ""), ("a ==", "missing at the end", ""), ("== a", "'==' is not expected", ""),
    ("a = b", "'='", "equality is =="), ("a && b", "'&'", "'and'"), ("a | default(1)", "'|'", "no filters"),
    ("!a", "'!'", "'not'"), ("{{ a }}", "'{'", "without ${{ }}"), ("${{ a }}", "'$'", "without ${{ }}"),
    ("(a", "a ( has no )", ""), ("a)", "')' is not expected", ""), ("'a", "quote is not closed", ""),
    ("a is b", "after 'is' comes 'defined'", ""), ("a in b", "'in' is not expected", "=="),
    ("a.b.", "missing after '.'", ""), ("1 < a < 3", "cannot follow a comparison", "join"),
    ("a b", "'b' is not expected", ""), ("and", "'and' is not expected", ""), ("a ; b", "';'", ""),
    ("3x", "'3'", ""),
    (String(repeating: "(", count: 60) + "a" + String(repeating: ")", count: 60), "nested too deep", ""),
    (String(repeating: "not ", count: 60) + "a", "nested too deep", ""),
  ]

  @Test(arguments: mistakes) func isNoCondition(_ text: String, _ message: String, _ hint: String) throws {
    let mistake = try #require(throws: ConditionParser.Mistake.self) { try ConditionParser.parse(text) }
    #expect(mistake.message.contains(message), "\(mistake)")
    #expect(hint.isEmpty || mistake.hint?.contains(hint) == true, "\(mistake)")
  }

  @Test func onlyNodeFactsMakeAnAnswerDifferFromNodeToNode() throws {
    #expect(try ConditionParser.parse("a or not (node.arch == 'arm64')").dependsOnNode)
    #expect(try !ConditionParser.parse("a == 'node'").dependsOnNode)
  }
}
