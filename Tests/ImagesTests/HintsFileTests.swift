import Testing

@testable import Images

@Suite struct HintsFileTests {
  @Test(
    arguments: [
      ("", []), ("[]\n", []), ("---\n# none\n\n", []),
      (
        "- \"{{ .a }}:{{ .b }}\"\n- '{{ .c }}@{{ .d }}'\r\n  - plain # note\n",
        ["{{ .a }}:{{ .b }}", "{{ .c }}@{{ .d }}", "plain"]
      ),
      (#"- "a \"b\" \\ c""#, [#"a "b" \ c"#]), ("- 'it''s'", ["it's"]),
    ] as [(String, [String])])
  func reads(text: String, expected: [String]) throws {
    #expect(try HintsFile.parse(Array(text.utf8)) == expected)
  }

  @Test(arguments: [
    "a: b", "- a: b", "- [a]", "- {a: b}", "- &x a", "- *x", "- |\n  a", "- \"a", "- \"\\u0041\"", "text",
    "- 'a' b",
  ])
  func refuses(text: String) {
    #expect(failure { _ = try HintsFile.parse(Array(text.utf8)) }?.code == .corruptBundle)
  }

  @Test func refusesWhatIsNoText() {
    #expect(failure { _ = try HintsFile.parse([0x2d, 0x20, 0xff]) }?.code == .corruptBundle)
  }
}
