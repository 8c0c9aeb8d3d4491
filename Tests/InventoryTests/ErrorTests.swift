import Foundation
import Testing

@testable import Inventory

/// Bad files, and what is said about them.
@Suite struct ErrorTests {
  @Test(arguments: ErrorCase.yaml + ErrorCase.ini)
  func isClear(_ item: ErrorCase) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(item.text, to: item.name)
    let error = try #require(failure { try Inventory.load(path: path) }, "nothing was wrong")
    #expect(error.code.rawValue == item.code, "\(error)")
    #expect(error.line == item.line, "\(error)")
    #expect(error.file == path)
    #expect(item.message.isEmpty || error.message.contains(item.message), "\(error)")
    #expect(item.hint.isEmpty || error.hint?.contains(item.hint) == true, "\(error.hint ?? "no hint")")
    // One line, lower case, no full stop, nothing that acts on a terminal.
    #expect(!error.message.hasSuffix("."))
    #expect(error.message.first?.isUppercase == false || error.message.hasPrefix("TOML"))
    #expect(!error.description.hasControlCharacters && error.hint?.hasControlCharacters != true)
  }

  @Test func missingFilesAreNamed() throws {
    let error = failure { try Inventory.load(path: "/nowhere/hosts.yml") }
    #expect(error?.code == .notFound)
    #expect(error?.file == "/nowhere/hosts.yml")
    #expect(error?.description == "/nowhere/hosts.yml: no such file or folder")
  }

  @Test func scriptsAreNotRun() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("#!/bin/sh\ntouch '\(folder.path("ran"))'\n", to: "dynamic.py")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    for source in [path, folder.path("")] {
      let error = failure { try Inventory.load(path: source) }
      #expect(error?.code == .unsupported)
      #expect(error?.file?.hasSuffix("dynamic.py") == true)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path("ran")))
  }

  @Test func executableFilesThatAreNoProgramsAreRead() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("[web]\na\n", to: "hosts")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    #expect(try Inventory.load(path: path).hosts.map(\.name) == ["a"])
  }

  @Test func brokenVariableFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("[web]\na\n", to: "hosts.ini")
    for (text, line, code) in [
      ("x: 1\n\ty: 2\n", 2, InventoryError.Code.syntax), ("- a\n", 1, .syntax),
      ("a: 1\nb: 1\na: 2\n", 3, .duplicateKey),
      ("x: 1\ngantry_jumpp: 2\n", 2, .variable),
    ] {
      let file = try folder.write(text, to: "group_vars/web.yml")
      let error = failure { try Inventory.load(path: path) }
      #expect(
        error?.code == code && error?.line == line && error?.file == file, "\(String(describing: error))")
    }
  }

  @Test func encryptedVariableFilesArePassedOver() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("[web]\na\n", to: "hosts.ini")
    try folder.write("x: 1\n", to: "group_vars/web/plain.yml")
    let vault = try folder.write("$ANSIBLE_VAULT;1.1;AES256\n6162\n", to: "group_vars/web/vault.yml")
    let inventory = try Inventory.load(path: path)
    #expect(inventory.encryptedFiles == [vault])
    #expect(inventory.host("a")?.vars["x"] == .int(1))
  }

  @Test func namesDoNotLeadOutOfTheFolder() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("[web]\n../secret\n", to: "inv/hosts.ini")
    try folder.write("leaked: 1\n", to: "inv/secret.yml")
    try folder.write("x: 1\n", to: "inv/host_vars/a.yml")
    #expect(try Inventory.load(path: path).hosts.first?.vars.isEmpty == true)
  }

  @Test func exceptionsToARangeAreFine() throws {
    let inventory = try load("[web]\nn[1:3]\nn2 x=1\n", as: "h.ini")
    #expect(inventory.hosts.map(\.name) == ["n1", "n2", "n3"])
    #expect(inventory.host("n2")?.vars["x"] == .int(1))
  }
}
