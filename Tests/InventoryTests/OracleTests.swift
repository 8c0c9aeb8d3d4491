import Foundation
import Testing

@testable import Inventory

/// Compares with Ansible itself. Without Ansible these fail, and say how to install it.
@Suite struct OracleTests {
  struct PatternCase: Sendable, CustomTestStringConvertible {
    let source: String
    let pattern: String
    var testDescription: String { "\(source) \(pattern)" }
  }

  static let patterns = Oracle.cases.flatMap { item in
    item.patterns.map { PatternCase(source: item.source, pattern: $0) }
  }

  @Test func hasEnoughCases() { #expect(Self.patterns.count >= 40) }

  @Test(arguments: patterns)
  func selectsTheSameHosts(_ item: PatternCase) throws {
    let answer = try Oracle.answer(item.source)
    let inventory = try Inventory.load(path: Oracle.path(item.source))
    let selected = try? inventory.select(item.pattern).hosts.map(\.name)
    switch answer.patterns[item.pattern] {
    case .hosts(let hosts): #expect(selected ?? [] == hosts)
    case .failure: #expect(selected == nil)
    case nil: Issue.record("no answer about \(item.pattern)")
    }
  }

  @Test(arguments: Oracle.cases.map(\.source))
  func listsTheSameHosts(_ source: String) throws {
    let answer = try Oracle.answer(source)
    let inventory = try Inventory.load(path: Oracle.path(source))
    #expect(inventory.hosts.map(\.name) == answer.hosts)
    for host in inventory.hosts {
      #expect(host.groups == answer.groups[host.name], "\(host.name)")
      let (ours, theirs) = (host.vars.spelled, answer.vars[host.name]?.spelledMembers ?? [:])
      for name in Set(ours.keys).union(theirs.keys).sorted() {
        #expect(ours[name] == theirs[name], "\(host.name) \(name)")
      }
    }
  }

  @Test(arguments: Oracle.cases.map(\.source))
  func listsTheSameGroups(_ source: String) throws {
    let answer = try Oracle.answer(source)
    let inventory = try Inventory.load(path: Oracle.path(source))
    var listing: [String: Oracle.ListedGroup] = [:]
    for group in inventory.groups {
      // ansible-inventory leaves out what is empty, and the hosts of `all` itself.
      let hosts = group.name == "all" || group.hosts.isEmpty ? nil : group.hosts
      let children = group.children.isEmpty ? nil : group.children
      if hosts != nil || children != nil {
        listing[group.name] = Oracle.ListedGroup(hosts: hosts, children: children)
      }
      var variables = answer.groupVars[group.name]?.spelledMembers ?? [:]
      variables["ansible_group_priority"] = nil
      #expect(group.vars.spelled == variables, "\(group.name)")
    }
    #expect(listing == answer.listing)
  }

  @Test(arguments: Oracle.cases.map(\.source))
  func drawsTheSameGraph(_ source: String) throws {
    let inventory = try Inventory.load(path: Oracle.path(source))
    #expect(try inventory.graph() == Oracle.answer(source).graph)
  }

  @Test func prefersTheSameNamesOfASetting() throws {
    let answer = try Oracle.answer("connection.yml")
    let inventory = try Inventory.load(path: Oracle.path("connection.yml"))
    for host in inventory.hosts {
      let settings = try host.connectionSettings()
      let theirs = try #require(answer.connections[host.name])
      func value(_ name: String) -> String? { theirs[name].flatMap { $0 } }
      #expect(settings.address == value("host") ?? host.name, "\(host.name)")
      #expect(settings.port == value("port").flatMap { Int($0) }, "\(host.name)")
      #expect(settings.user == value("remote_user"), "\(host.name)")
      #expect(settings.password?.revealed == value("password"), "\(host.name)")
      #expect(settings.becomePassword?.revealed == value("become_pass"), "\(host.name)")
      #expect(settings.becomeUser == value("become_user") ?? "root", "\(host.name)")
      if let key = settings.privateKeyFile {
        // Ansible expands the home folder; that is for the connection to do.
        #expect(value("private_key_file")?.hasSuffix(key.dropFirst(2)) == true, "\(host.name)")
      }
    }
  }
}
