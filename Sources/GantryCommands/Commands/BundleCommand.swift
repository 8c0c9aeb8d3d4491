import ArgumentParser
import Fleet
import Foundation
import Images
import Terminal

/// `gantry bundle`: what a bundle holds, without a node.
struct BundleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Look at a bundle; needs no node.",
    subcommands: [Inspect.self, Verify.self, Diff.self])

  struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "inspect",
      abstract: "What the bundle holds: the chart, each image with its names and size.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "A bundle, an images.tar, or an OCI layout.")
    var bundle: String

    func run() async throws {
      let report = BundleReport(try ImageArchive.open(path: Paths.absolute(bundle)))
      let console = output.console()
      switch output.output {
      case .json: console.result(try JSONOutput.text(report))
      case .text: console.result(report.text)
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Hold every blob against its digest; with --deep, every layer's content too.")

    @OptionGroup var output: OutputOptions

    @Flag(help: "Also inflate each layer and compare with the diff ID in the image's config.")
    var deep = false

    @Argument(help: "A bundle, an images.tar, or an OCI layout.")
    var bundle: String

    func run() async throws {
      let archive = try ImageArchive.open(path: Paths.absolute(bundle))
      try archive.verify(deep: deep)
      let report = BundleReport(archive)
      let console = output.console()
      switch output.output {
      case .json: console.result(try JSONOutput.text(report))
      case .text:
        console.result(
          "every digest is right: \(report.images.count) images, \(report.blobs) blobs, \(Units.bytes(report.bytes))"
        )
      }
    }
  }

  struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff", abstract: "What would travel to a node that has OLD when NEW is loaded.")

    @OptionGroup var output: OutputOptions
    @Argument(help: "What the nodes have.") var old: String
    @Argument(help: "What is to be loaded.") var new: String

    struct Report: Encodable {
      struct Change: Encodable {
        let reference: String
        /// `new`, `changed`, `same`, or `gone`: the last stay on the nodes.
        let status: String
      }
      /// Bytes of the archives that a node with OLD is sent.
      let bytesToSend: Int64
      /// Bytes of everything in NEW.
      let bytesTotal: Int64
      let images: [Change]

      init(_ diff: ArchiveDiff) {
        bytesToSend = diff.plan.bytesToSend
        bytesTotal = diff.plan.bytesTotal
        images =
          diff.added.map { Change(reference: $0.description, status: "new") }
          + diff.changed.map { Change(reference: $0.name.description, status: "changed") }
          + diff.unchanged.map { Change(reference: $0.description, status: "same") }
          + diff.removed.map { Change(reference: $0.description, status: "gone") }
      }
    }

    func run() async throws {
      let report = Report(
        try ArchiveDiff(
          old: try ImageArchive.open(path: Paths.absolute(old)),
          new: try ImageArchive.open(path: Paths.absolute(new))))
      let console = output.console()
      switch output.output {
      case .json: console.result(try JSONOutput.text(report))
      case .text:
        for image in report.images {
          console.result(image.status.padding(toLength: 9, withPad: " ", startingAt: 0) + image.reference)
        }
        console.result(
          "\(Units.bytes(report.bytesToSend)) of \(Units.bytes(report.bytesTotal)) would travel to each node")
      }
    }
  }
}

/// A bundle as `inspect` tells it.
struct BundleReport: Encodable {
  struct Image: Encodable {
    let references: [String]
    let id: String
    let platform: String
    let layers: Int
    /// Bytes of its layers and config as they are in the archive; shared layers count for each image.
    let bytes: Int64
  }

  let path: String
  let kind: String
  let module: String?
  let version: String?
  /// Bytes of all blobs, each once.
  let bytes: Int64
  let blobs: Int
  let hints: [String]
  let images: [Image]

  init(_ archive: ImageArchive) {
    path = archive.path
    kind = archive.kind.rawValue
    module = archive.moduleName
    version = archive.moduleVersion
    bytes = archive.totalBytes
    blobs = archive.blobs.count
    hints = archive.hints
    images = archive.images.map { image in
      Image(
        references: image.references.map(\.description), id: image.imageID.description,
        platform: image.platform.description, layers: image.layers.count,
        bytes: image.layers.reduce(Int64(image.config.count)) { $0 + $1.size })
    }
  }

  var text: String {
    var lines = [
      [module, version].compactMap { $0 }.map { PrintableText.line($0) }.joined(separator: " ")
        + (module == nil ? "" : ", ")
        + "\(kind), \(images.count) images, \(blobs) blobs, \(Units.bytes(bytes))"
    ]
    for image in images {
      let names = image.references.isEmpty ? "(no name)" : image.references.joined(separator: " ")
      lines.append(
        "  \(names)  \(image.platform)  \(image.layers) layers  \(Units.bytes(image.bytes))  \(image.id.prefix(19))"
      )
    }
    return lines.joined(separator: "\n")
  }
}
