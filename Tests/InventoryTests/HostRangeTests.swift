import Documents
import Testing

@testable import Inventory

@Suite struct HostRangeTests {
  @Test(arguments: [
    ("n[1:3]", "n1 n2 n3"), ("n[08:11]", "n08 n09 n10 n11"), ("n[0:10:5]", "n0 n5 n10"),
    ("n[:2]", "n0 n1 n2"),
    ("[a:c]x", "ax bx cx"), ("[X:Z:2]", "X Z"), ("[y:B]", "y z A B"), ("r[1:2]-[a:b]", "r1-a r1-b r2-a r2-b"),
    ("n[5:5]", "n5"), ("n[1:4:9]", "n1"), ("plain", "plain"), ("10.0.0.[254:255]", "10.0.0.254 10.0.0.255"),
  ])
  func expands(_ text: String, _ names: String) throws {
    let range = try HostRange(text)
    #expect(range.expanded() == names.split(separator: " ").map(String.init))
    #expect(range.count == range.expanded().count)
  }

  @Test(arguments: [
    ("n[1:]", "has no end"), ("n[3:1]", "counts down"), ("n[c:a]", "counts down"),
    ("n[01:100]", "number of digits"),
    ("n[1:9:0]", "step"), ("n[1:9:-1]", "step"), ("n[1:9:x]", "step"), ("n[1]", "must be [first:last]"),
    ("n[1:2:3:4]", "must be [first:last]"), ("n[1:b]", "two numbers or two letters"),
    ("n[-1:2]", "two numbers"),
    ("n[aa:bb]", "two numbers or two letters"), ("n[1:2", "no closing bracket"),
    ("n[]", "must be [first:last]"),
    ("n[1:100001]", "more than 100000 hosts"), ("[1:1000]-[1:1000]", "more than 100000 hosts"),
    ("n[0:999999999999999]", "more than"), ("n[1:99999999999999999999]", "two numbers"),
    ("n[\u{1b}[2J:3]", "\\u{1b}"),
  ])
  func refuses(_ text: String, _ message: String) {
    let error = failure { try HostRange(text, at: Origin(file: "f", line: 7)) }
    #expect(error?.code == .range)
    #expect(error?.line == 7)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
    #expect(error?.description.hasControlCharacters == false)
  }

  @Test(
    arguments: [
      ("node", "node", nil), ("node:22", "node", 22), ("10.0.0.1:2222", "10.0.0.1", 2222),
      ("[::1]:22", "::1", 22),
      ("::1", "::1", nil), ("2001:db8::1", "2001:db8::1", nil), ("[2001:db8::1]:2200", "2001:db8::1", 2200),
      ("n[1:3]:22", "n[1:3]", 22), ("n[1:3]", "n[1:3]", nil), ("a_b:1", "a_b", 1),
      ("bad_:22", "bad_:22", nil),
      ("-x:22", "-x:22", nil), ("a:b", "a:b", nil), ("é.example:1", "é.example", 1),
      ("a..b:1", "a..b:1", nil),
      ("a:", "a:", nil), ("[x]:22", "x", 22),
    ] as [(String, String, Int?)])
  func readsAddresses(_ text: String, _ name: String, _ port: Int?) {
    #expect(HostAddress(text) == HostAddress(name: name, port: port))
  }
}
