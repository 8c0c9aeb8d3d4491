import Foundation
import Testing

/// What is wrong with the input ends before any node is touched: exit code 2, one clear line, no connection.
@Suite(.lab("n1=containerd"), .serialized)
struct BadInputTests {
  @Test(arguments: [
    ("truncated", ["truncated-archive", "corrupt-bundle"]), ("flip-layer", ["digest-mismatch"]),
    ("missing-layer", ["missing-layer"]), ("bad-ref", ["bad-reference"]), ("traversal", ["unsafe-path"]),
  ])
  func brokenBundles(harm: String, codes: [String]) async throws {
    let lab = try Lab.current
    let before = try lab.connections("n1")
    let bundle = try await lab.bundle("0.20.0", size: "2M", images: 2, "--break", harm)
    let load = try await lab.gantry("load", bundle, "-o", "json")
    #expect(load.status == 2)
    #expect(load.output.isEmpty)
    #expect(codes.contains { load.errors.contains("(\($0))") }, "\(load.errors)")
    #expect(load.errors.split(separator: "\n").filter { !$0.contains("hint:") }.count == 1, "\(load.errors)")
    #expect(try lab.connections("n1") == before)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/x"))
  }

  static let inventories: [(String, String, String)] = [
    ("tab", "all:\n  hosts:\n\tn1:\n", "inventory-syntax"),
    ("unknown key", "all:\n  hosts:\n    n1:\n  chidren:\n    a:\n", "inventory-unknown-key"),
    ("duplicate host", "all:\n  hosts:\n    n1:\n    n1:\n", "inventory-duplicate-host"),
    ("exploding range", "all:\n  hosts:\n    n[1:99999999]:\n", "inventory-"),
    (
      "unknown gantry variable", "all:\n  hosts:\n    n1:\n      gantry_runtim: docker\n",
      "inventory-variable"
    ),
  ]

  @Test(arguments: inventories)
  func brokenInventories(name: String, text: String, code: String) async throws {
    let lab = try Lab.current
    let before = try lab.connections("n1")
    let file = lab.work + "/bad.yaml"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    let check = try await lab.gantry("check", inventory: file)
    #expect(check.status == 2, "\(name)")
    #expect(check.output.isEmpty)
    #expect(check.errors.contains("(\(code)"), "\(name): \(check.errors)")
    #expect(check.errors.contains("bad.yaml"), "\(name): the file is named: \(check.errors)")
    #expect(try lab.connections("n1") == before)
  }

  @Test(arguments: [
    ["load"], ["nonsense"], ["load", "-i", "/nowhere", "/nothing.tar"],
    ["check", "-i", "x,", "--forks", "0"],
    ["exec", "-i", "x,"],
  ])
  func wrongUse(arguments: [String]) async throws {
    let outcome = try await Lab.execute(Lab.gantry, arguments)
    #expect(outcome.status == 2, "\(arguments)")
    #expect(outcome.output.isEmpty)
    #expect(!outcome.errors.isEmpty)
  }
}
