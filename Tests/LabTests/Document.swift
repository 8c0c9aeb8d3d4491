import Foundation
import Testing

/// The JSON contract, read by somebody who knows only the contract.
struct Document: Decodable {
  struct Summary: Decodable, Equatable {
    let ok, changed, failed, unreachable, skipped, cancelled: Int
    let bytesSent: Int64
  }

  struct Problem: Decodable {
    let code, message: String
    let hint: String?
  }

  struct Image: Decodable {
    let reference, id, status: String
  }

  struct Facts: Decodable {
    let runtime, version, arch, privilege, os, user: String?
    let diskFreeBytes: Int64?
  }

  struct Node: Decodable {
    let name, address, status, phase: String
    let error: Problem?
    let seconds: Double
    let bytesSent: Int64
    let attempts: Int
    let facts: Facts?
    let images: [Image]?
    let notes: [String]?
  }

  struct Upgrade: Decodable {
    struct Pod: Decodable { let name, reason: String }
    let release, namespace: String
    let chart, fromVersion, toVersion, status, registry: String?
    let fromRevision, toRevision, imagesChecked: Int?
    let rolledBack: Bool
    let backups, migrations, crds, wayBack: [String]
    let podsNotReady: [Pod]
    let commands: [String]?
    let valuesDiff, manifestDiff: String?
  }

  struct Step: Decodable {
    let name, kind, status: String
    let seconds: Double
    let reason: String?
    let nodes: [Node]
  }

  let run, command, started: String
  let seconds: Double
  let summary: Summary
  let nodes: [Node]
  let upgrade: Upgrade?
  let notInInventory: [String]?
  let steps: [Step]?

  subscript(name: String) -> Node? { nodes.first { $0.name == name } }
}

extension Lab.Outcome {
  /// Standard output as one JSON document and nothing else.
  func document() throws -> Document {
    try JSONDecoder().decode(Document.self, from: Data(output.utf8))
  }
}
