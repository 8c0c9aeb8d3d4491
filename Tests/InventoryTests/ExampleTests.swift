import Foundation
import Testing

@testable import Inventory

/// The inventories that are there to be copied must work.
@Suite struct ExampleTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("inventory")

  /// Everything below `inventory/` that can be given to `-i`.
  private static let expected: [String: Int] = [
    "small.yml": 3, "classic.ini": 25, "kubespray.ini": 4, "bastion.yml": 14, "with-variables": 3,
    "with-variables/hosts.yml": 3,
  ]

  private func load(_ name: String) throws -> Inventory {
    try Inventory.load(path: Self.folder.appendingPathComponent(name).path)
  }

  @Test(arguments: expected.keys.sorted())
  func loads(_ name: String) throws {
    let inventory = try load(name)
    #expect(inventory.hosts.count == Self.expected[name])
    #expect(inventory.hosts(in: "control").count == 1)
    for host in inventory.hosts { _ = try host.connectionSettings() }
  }

  @Test func knowsEveryExample() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    for name in names { #expect(Self.expected[name] != nil, "\(name) is loaded by no test") }
  }

  @Test func goesThroughTheBastion() throws {
    let inventory = try load("bastion.yml")
    let worker = try #require(inventory.host("worker07")).connectionSettings()
    #expect(worker.jump == "jump@bastion.example.com:2222")
    #expect(worker.become == true && worker.becomeMethod == .sudo && worker.becomeUser == "root")
    #expect(worker.runtime == .containerd)
    #expect(try #require(inventory.host("nas1")).connectionSettings().jump == "")
  }

  @Test func takesVariablesFromFiles() throws {
    let settings = try #require(load("with-variables").host("worker2")).connectionSettings()
    #expect(settings.user == "ops")
    #expect(settings.address == "10.0.0.22")
    #expect(settings.port == 2222)
    #expect(settings.namespace == "k8s.io")
  }

  @Test func readsTheIniExample() throws {
    let inventory = try load("classic.ini")
    #expect(try #require(inventory.host("node007.example.internal")).connectionSettings().port == 2222)
    #expect(try #require(inventory.host("oldc.example.internal")).connectionSettings().runtime == .docker)
    #expect(try #require(inventory.host("localhost")).connectionSettings().connection == .local)
  }
}
