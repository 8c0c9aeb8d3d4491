import Documents
import Foundation
import Testing

@testable import Inventory

/// Files made to hurt: each must end in an error, and soon.
@Suite(.timeLimit(.minutes(1))) struct LimitTests {
  @Test func aliasesDoNotExplode() {
    var text = "all:\n  vars:\n    a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...20 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "    a\(level): &a\(level) [\(aliases)]\n"
    }
    let error = failure { try load(text) }
    #expect(error?.code == .tooLarge)
    #expect(error?.line != nil)
  }

  @Test func aliasesInGroupsDoNotExplode() {
    var text = "g0: &g0\n  hosts: {h: }\n"
    for level in 1...40 {
      text += "g\(level): &g\(level)\n  children: {x: *g\(level - 1), y: *g\(level - 1)}\n"
    }
    #expect(failure { try load(text) }?.code == .tooLarge)
  }

  @Test func aliasesInKeysDoNotExplode() {
    var text = "a0: &a0 [x, x]\n"
    for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    for key in ["*a60 : 1\n", "? *a60\n: 1\n", "[*a60]: 1\n", "{? *a60 : 1}: 1\n"] {
      let error = failure { try load(text + key) }
      #expect(error?.code == .syntax, "\(key)")
    }
  }

  @Test(arguments: ["[", "{", "- ", "{a: ", "? "])
  func nestingIsBounded(_ bracket: String) {
    for count in [100, 900, 100_000] {
      let error = failure {
        try load("all:\n  vars:\n    x:\n      " + String(repeating: bracket, count: count))
      }
      #expect([.tooLarge, .syntax].contains(error?.code), "\(count)")
      #expect(error?.line != nil)
    }
    let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
    #expect(failure { try load("all:\n  vars:\n    x: \(deep)\n") }?.code == .tooLarge)
  }

  @Test func hugeFilesAreNotRead() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      Data(repeating: UInt8(ascii: "#"), count: SourceFile.sizeLimit + 1), to: "h.ini")
    let error = failure { try Inventory.load(path: path) }
    #expect(error?.code == .tooLarge)
    #expect(error?.file == path)
  }

  @Test func otherEncodingsAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Data("[web]\na\nb\u{e9}".utf8.dropLast(1)), to: "h.ini")
    let error = failure { try Inventory.load(path: path) }
    #expect(error?.code == .encoding)
    #expect(error?.line == 3)
  }

  @Test func zeroBytesAreRefused() throws {
    #expect(failure { try load("all:\n  hosts:\n    a\0:\n") }?.code == .syntax)
    #expect(failure { try load("[web]\na\0b\n", as: "h.ini") }?.code == .syntax)
  }

  @Test func groupsAreNotNestedWithoutEnd() {
    let chain = (0..<400).map { "[g\($0):children]\ng\($0 + 1)\n" }.joined() + "[g400]\na\n"
    #expect(failure { try load(chain, as: "h.ini") }?.code == .tooLarge)
  }

  @Test func graphsOfManyParentsAreBounded() throws {
    var text = "[l0]\na\n"
    for level in 1...20 {
      text +=
        "[l\(level)a:children]\nl\(level - 1)\n[l\(level)b:children]\nl\(level - 1)\n"
        + "[l\(level):children]\nl\(level)a\nl\(level)b\n"
    }
    let inventory = try load(text, as: "h.ini")
    #expect(inventory.hosts.map(\.name) == ["a"])
    #expect(failure { try inventory.graph() }?.code == .tooLarge)
    #expect(failure { try inventory.graph(from: "l0x") }?.code == .undefinedGroup)
  }

  @Test func manyHostsAreFine() throws {
    let inventory = try load(
      "[web]\nnode[00001:20000] a=1 b=2\n[db]\nnode[00001:20000]\n[all:vars]\nc=3\n", as: "h.ini")
    #expect(inventory.hosts.count == 20_000)
    #expect(try inventory.select("web:&db:!node[00002:20000]").hosts.map(\.name) == ["node00001"])
  }
}
