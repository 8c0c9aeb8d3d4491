import Documents
import Testing

@testable import Inventory

/// The oracle compares many more; these say what the rules are.
@Suite struct ScalarTests {
  @Test(arguments: [
    ("yes", "true"), ("Off", "false"), ("yEs", "\"yEs\""), ("", "null"), ("~", "null"), ("010", "int 8"),
    ("0o10", "\"0o10\""), ("0x1f", "int 31"), ("0b101", "int 5"), ("1_000", "int 1000"), ("1:30", "int 90"),
    ("1:60", "\"1:60\""), ("1.5", "double 1.5"), ("1e5", "\"1e5\""), ("1.0e+5", "double 100000.0"),
    ("-.inf", "double -inf"), (".nan", "double nan"), ("+.5", "\"+.5\""), ("10.0.0.1", "\"10.0.0.1\""),
    ("08", "\"08\""),
    ("9999999999999999999", "\"9999999999999999999\""), ("2024-01-01", "\"2024-01-01\""), ("-", "\"-\""),
  ])
  func yaml(_ text: String, _ spelled: String) { #expect(YAMLScalar.value(of: text).spelled == spelled) }

  @Test(arguments: [
    ("1", "int 1"), ("-5", "int -5"), ("010", "\"010\""), ("00", "int 0"), ("0o17", "int 15"),
    ("1_0", "int 10"),
    ("1__0", "\"1__0\""), ("1e3", "double 1000.0"), ("1.", "double 1.0"), ("True", "true"),
    ("true", "\"true\""),
    ("None", "null"), ("'a' \"b\"", "\"ab\""), ("'x\\n'", "\"x\\n\""), ("r'x\\n'", "\"x\\\\n\""),
    ("[1, 'a', None,]", "[int 1, \"a\", null]"), ("1,2", "[int 1, int 2]"), ("(1)", "int 1"),
    ("(1,)", "[int 1]"),
    ("{'a': {'b': 1}}", "{a: {b: int 1}}"), ("{1, 1, 2}", "[int 1, int 2]"), ("5 # five", "int 5"),
    ("a # b", "\"a # b\""), ("1 + 1", "\"1 + 1\""), ("'open", "\"\\'open\""), ("[1", "\"[1\""), ("", "\"\""),
    ("10.0.0.1", "\"10.0.0.1\""), ("1 2", "\"1 2\""), ("{[1]: 2}", "\"{[1]: 2}\""), ("--1", "\"--1\""),
    ("...", "\"...\""), ("[1,,2]", "\"[1,,2]\""), ("'''a'b'''", "\"a\\'b\""), ("[,]", "\"[,]\""),
  ])
  func python(_ text: String, _ spelled: String) { #expect(PythonLiteral.value(of: text).spelled == spelled) }

  @Test func bracketsWithoutEndStayText() {
    let text = String(repeating: "[", count: 1_000_000)
    #expect(PythonLiteral.value(of: text) == .string(text))
  }

  @Test(arguments: [
    ("a b", ["a", "b"]), ("a 'b c' \"d e\"", ["a", "b c", "d e"]), ("a=\"x\\\"y\\z\"", ["a=x\"y\\z"]),
    ("a\\ b", ["a b"]),
    ("a # b", ["a"]), ("a#b c", ["a"]), ("'' x", ["", "x"]), ("'a'\"b\"c", ["abc"]), ("", []), ("'#'", ["#"]),
  ])
  func splitsWords(_ line: String, _ words: [String]) throws { #expect(try ShellWords.split(line) == words) }

  @Test func refusesOpenQuotes() {
    #expect(throws: ShellWords.Failure.unclosedQuote) { try ShellWords.split("a 'b") }
    #expect(throws: ShellWords.Failure.trailingBackslash) { try ShellWords.split("a\\") }
  }
}
