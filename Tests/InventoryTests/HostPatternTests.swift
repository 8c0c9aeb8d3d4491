import Testing

@testable import Inventory

/// What Ansible's patterns select is for the oracle to say; here is what is gantry's own.
@Suite struct HostPatternTests {
  private let inventory: Inventory

  init() throws {
    inventory = try load(
      """
      [web]
      node[01:12]
      [db]
      db1
      db2
      [racks]
      rack[1:12]-a
      [empty]
      """, as: "hosts.ini")
  }

  @Test(arguments: [
    ("node[02:04]", "node02 node03 node04"), ("node[11:40]", "node11 node12"),
    ("node[01:12:5],db1", "node01 node06 node11 db1"),
    ("all:!node[02:12]:!racks", "node01 db1 db2"), ("rack[9:11]-a", "rack9-a rack10-a rack11-a"),
    ("web:&node[03:04]", "node03 node04"), ("web[0:1]", "node01 node02"), ("db2:db1:db2", "db2 db1"),
  ])
  func selects(_ pattern: String, _ names: String) throws {
    let selection = try inventory.select(pattern)
    #expect(selection.hosts.map(\.name).joined(separator: " ") == names)
    #expect(selection.warnings.isEmpty)
  }

  @Test func warnsAboutWhatMatchesNothing() throws {
    let selection = try inventory.select("web[0],dbb,!nod3,empty")
    #expect(selection.hosts.map(\.name) == ["node01"])
    #expect(
      selection.warnings == [
        "no host or group matches 'dbb', did you mean 'db'?", "no host or group matches 'empty'",
        "no host or group matches 'nod3'",
      ])
  }

  @Test(arguments: [
    ("", "empty"), (" , ", "empty"), ("!", "empty part"), ("nothing", "selects no host"),
    ("db:!db", "selects no host"),
    ("db[7]", "past the end"), ("db[-3]", "past the end"), ("~[", "not a regular expression"),
    ("node[30:40]", "no host"),
    ("node[0:99999999]", "selects no host"), ("x\u{1b}]0;y\u{7}", "\\u{1b}"),
  ])
  func refuses(_ pattern: String, _ message: String) {
    let error = failure { try inventory.select(pattern) }
    #expect(error?.code == .pattern)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
    #expect(error?.message.hasControlCharacters == false)
  }

  @Test func suggestsTheNearestName() {
    #expect(failure { try inventory.select("wbe") }?.hint == "did you mean 'web'?")
  }

  @Test func readsPatternsFromAFile() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("node03\n\n  db1 \n!node01\n", to: "failed.retry")
    #expect(try inventory.select("@\(file)").hosts.map(\.name) == ["node03", "db1"])
    #expect(try inventory.select("node01,db2,@\(file)").hosts.map(\.name) == ["db2", "node03", "db1"])
    #expect(failure { try inventory.select("@\(file).gone") }?.code == .notFound)
  }

  @Test func saysThatThereAreNoHosts() throws {
    let empty = try load("all:\n", as: "hosts.yml")
    #expect(failure { try empty.select(.all) }?.message == "the inventory has no hosts")
  }

  @Test(arguments: [
    ("a,b:c", ["a", "b:c"]), ("a:b", ["a", "b"]), ("a:22", ["a:22"]), ("a[1:3]:b", ["a[1:3]", "b"]),
    ("::1", ["::1"]),
    ("~a(b|c):d", ["~a(b|c)", "d"]), (" a , b ", ["a", "b"]), ("a:!b:&c", ["a", "!b", "&c"]),
  ])
  func splits(_ pattern: String, _ parts: [String]) { #expect(HostPattern.split(pattern) == parts) }

  @Test(.timeLimit(.minutes(1))) func manyStarsTakeNoTime() {
    let glob = Glob(String(repeating: "a*", count: 200) + "b")
    #expect(!glob.matches(String(repeating: "a", count: 2000)))
  }
}
