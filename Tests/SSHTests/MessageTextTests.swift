import Testing

@testable import SSH

@Suite struct MessageTextTests {
  @Test(
    arguments: [
      ("plain", "plain"), ("  two\n\nlines\t\r\n", "two lines"), ("\u{1b}[31mred\u{7}", "[31mred"),
      ("a\u{202e}b", "a b"), ("ü—漢", "ü—漢"), ("", ""),
    ])
  func oneSafeLine(_ text: String, _ expected: String) {
    #expect(MessageText.clean(text) == expected)
    #expect(MessageText.clean(Array(text.utf8)) == expected)
  }

  @Test func longTextIsCut() {
    #expect(MessageText.clean(String(repeating: "x", count: 500), limit: 10) == "xxxxxxxxxx…")
    #expect(MessageText.clean([0xff, 0x41]) == "\u{fffd}A")
  }

  @Test(arguments: [
    (Duration.seconds(10), "10 s"), (.milliseconds(1500), "1.5 s"), (.milliseconds(200), "0.2 s"),
    (.zero, "0 s"),
  ])
  func durations(_ duration: Duration, _ text: String) {
    #expect(duration.seconds == text)
  }
}
