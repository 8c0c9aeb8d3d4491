import Foundation
import Testing

@testable import Inventory

/// An inventory out of a cluster's own words: what is written is read back as it was told, and what no cluster says is
/// refused.
@Suite struct ClusterInventoryTests {
  /// `kubectl get nodes -o json` of nodes as `(name, JSON of metadata.labels, JSON of status)`.
  private func nodes(_ items: [(String, String, String)]) throws -> [ClusterNode] {
    let list = items.map { name, labels, status in
      #"{"kind":"Node","metadata":{"name":\#(name),"labels":\#(labels)},"status":\#(status)}"#
    }
    return try NodeList(json: Array(#"{"kind":"List","items":[\#(list.joined(separator: ","))]}"#.utf8)).nodes
  }

  private func status(
    _ address: String, _ runtime: String = "containerd://1.6.20", _ type: String = "InternalIP"
  )
    -> String
  {
    #"{"addresses":[{"type":"Hostname","address":"x"},{"type":"\#(type)","address":\#(address)}],"#
      + #""nodeInfo":{"containerRuntimeVersion":"\#(runtime)"}}"#
  }

  @Test func groupsNodesByRole() throws {
    let found = try nodes([
      (#""n10""#, "{}", status(#""10.0.0.10""#, "docker://20.10.24")),
      (#""n2""#, "null", status(#""10.0.0.2""#, "cri-o://1.28")),
      (#""c1""#, #"{"node-role.kubernetes.io/control-plane":""}"#, status(#""10.0.0.1""#)),
      (#""c2""#, #"{"node-role.kubernetes.io/master":"","node-role.kubernetes.io/worker":""}"#, "{}"),
    ])
    let written = ClusterInventory(found)
    #expect(written.control == "c1")
    let inventory = try load(written.yaml)
    #expect(inventory.hosts.map(\.name) == ["c1", "c2", "n2", "n10"])
    #expect(inventory.hosts(in: "control_plane").map(\.name) == ["c1", "c2"])
    #expect(inventory.hosts(in: "workers").map(\.name) == ["n2", "n10"])
    #expect(inventory.hosts(in: "control").map(\.name) == ["c1"])
    let settings = try inventory.hosts.map { try $0.connectionSettings() }
    #expect(settings.map(\.address) == ["10.0.0.1", "c2", "10.0.0.2", "10.0.0.10"])
    #expect(settings.map(\.runtime) == [.containerd, nil, nil, .docker])
    // Nothing but what was told: no user, no key.
    #expect(settings.allSatisfy { $0.user == nil && $0.privateKeyFile == nil && $0.connection == .ssh })
  }

  @Test(arguments: [
    "no", "null", "1.5", "1e3", "0x1f", "010", "12", "y", "true", "n-1.example.com", "0.0.0.0",
  ])
  func writesNamesThatYAMLReadsOtherwise(_ name: String) throws {
    let found = try nodes([("\"\(name)\"", "{}", status(#""fd00::1""#))])
    let host = try #require(
      try load(ClusterInventory(found, reached: [name]).yaml).hosts(in: "control").first)
    #expect(host.name == name)
    #expect(try host.connectionSettings().address == "fd00::1")
  }

  @Test(
    arguments: [
      #""n[1:1000000]""#, #""a:\n  vars: {ansible_connection: local}\nb""#, #""n1\"""#, #""n1: {}""#,
      #""{{ x }}""#,
      #""n1:22""#, #""""#, #""-n1""#, #""N1""#, #""n1.""#, #""n1 n2""#, #""\u001b[31mn1""#,
      "\"\(String(repeating: "n", count: 254))\"",
    ])
  func refusesNamesThatNoNodeHas(_ name: String) throws {
    let error = try #require(failure { try nodes([(name, "{}", status(#""10.0.0.1""#))]) })
    #expect(error.code == .cluster)
    #expect(!error.message.contains("\n") && !error.message.contains("\u{1b}"))
  }

  @Test(
    arguments: [
      #""10.0.0.1\n  vars: {ansible_connection: local}""#, #""10.0.0.1:22""#, #""10.0.0.[1:9]""#,
      #""host.example.com""#,
      #""10.0.0.256""#, #""-oProxyCommand=x""#, #""""#, #""[fd00::1]:22""#,
    ])
  func refusesAddressesThatAreNone(_ address: String) throws {
    let error = try #require(failure { try nodes([(#""n1""#, "{}", status(address))]) })
    #expect(error.code == .cluster && error.message.contains("n1"))
  }

  @Test func prefersTheInternalAddress() throws {
    let both =
      #"{"addresses":[{"type":"ExternalIP","address":"1.2.3.4"},{"type":"InternalIP","address":"10.0.0.1"}]}"#
    let found = try nodes([
      (#""n1""#, "{}", both), (#""n2""#, "{}", status(#""1.2.3.5""#, "containerd://1", "ExternalIP")),
      (#""n3""#, "{}", status(#""evil""#, "containerd://1", "InternalDNS")),
    ])
    #expect(found.map(\.address) == ["10.0.0.1", "1.2.3.5", nil])
  }

  @Test(arguments: [
    "", "[]", "{}", "not json", #"{"items":[{}]}"#, #"{"items":[{"metadata":{"name":1}}]}"#,
    #"{"items":[{"metadata":{"name":"n1"}},{"metadata":{"name":"n1"}}]}"#,
  ])
  func refusesWhatIsNoList(_ text: String) throws {
    let error = try #require(failure { try NodeList(json: Array(text.utf8)) })
    #expect(error.code == .cluster)
  }

  @Test func aHostThatWasReachedIsTheControlHost() throws {
    let found = try nodes([
      (#""c1""#, #"{"node-role.kubernetes.io/control-plane":""}"#, status(#""10.0.0.1""#)),
      (#""n1""#, "{}", status(#""10.0.0.2""#)),
    ])
    #expect(ClusterInventory(found, reached: ["10.0.0.2"]).control == "n1")
    #expect(ClusterInventory(found, reached: ["elsewhere"]).control == "c1")
    let workers = ClusterInventory([found[1]])
    #expect(workers.control == nil && !workers.yaml.contains("control"))
  }
}
