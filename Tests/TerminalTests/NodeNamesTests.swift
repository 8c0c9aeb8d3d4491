import Testing

@testable import Terminal

@Suite struct NodeNamesTests {
  @Test(arguments: [
    ([], ""),
    (["web"], "web"),
    (["node1"], "node1"),
    (["node1", "node2", "node3", "node7"], "node[1-3,7]"),
    (["node3", "node1", "node2"], "node[1-3]"),
    (["n01", "n02", "n10"], "n[01-02,10]"),
    (["n08", "n09", "n10", "n11"], "n[08-11]"),
    (["n1", "n01"], "n1,n01"),
    (["rack1-a", "rack2-a", "rack1-b"], "rack[1-2]-a,rack1-b"),
    (["a", "b1", "b2", "c"], "a,b[1-2],c"),
    (["10.0.0.1", "10.0.0.2"], "10.0.0.[1-2]"),
    (["x99999999999999999999", "x1"], "x99999999999999999999,x1"),
    (["n1", "n1"], "n1"),
  ])
  func folds(names: [String], text: String) {
    #expect(NodeNames.folded(names) == text)
  }
}

@Suite struct UnitsTests {
  @Test(arguments: [
    (Int64(0), "0 B"), (999, "999 B"), (1000, "1.0 kB"), (6_300_000, "6.3 MB"), (235_000_000, "235 MB"),
    (5_000_000_000, "5.0 GB"), (999_999, "1.0 MB"),
  ])
  func bytes(count: Int64, text: String) { #expect(Units.bytes(count) == text) }

  @Test(arguments: [
    (0.04, "0.0 s"), (1.26, "1.3 s"), (59.4, "59 s"), (200, "3 min 20 s"), (3720, "1 h 02 min"),
  ])
  func seconds(value: Double, text: String) { #expect(Units.seconds(value) == text) }
}
