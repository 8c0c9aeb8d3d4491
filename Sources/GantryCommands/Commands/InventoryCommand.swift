import ArgumentParser
import Fleet
import Foundation
import Inventory
import Terminal

/// `gantry inventory`: what an inventory says, without connecting to anybody; or one written out of a cluster.
struct InventoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inventory", abstract: "Show what an inventory says, or write one.",
    subcommands: [List.self, Graph.self, InventoryFromCluster.self])

  /// The inventory and the part of it that is meant.
  struct Source: ParsableArguments {
    @Option(name: [.short, .long], help: "Inventory file or folder; may be repeated.")
    var inventory: [String] = []

    @Option(name: [.short, .long], help: "Only these nodes: names, groups, node[1:20], !node3, a:&b.")
    var limit: String?

    func validate() throws {
      if inventory.isEmpty { throw ValidationError("no inventory: give one with -i FILE") }
    }

    func load() throws -> Inventory { try Inventory.load(paths: inventory.map(Paths.inventory)) }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "The hosts, with their groups and merged variables; secrets as ***.")

    @OptionGroup var source: Source
    @OptionGroup var output: OutputOptions

    @Flag(help: "Show passwords and other secrets too.")
    var showSecrets = false

    func run() async throws {
      let inventory = try source.load()
      let console = output.console()
      let selection = try inventory.select(source.limit ?? "all")
      for warning in selection.warnings { console.warning(warning) }
      switch output.output {
      case .json:
        console.result(try JSONOutput.text(InventoryListing(selection.hosts, showSecrets: showSecrets)))
      case .text:
        for host in selection.hosts {
          let settings = try host.connectionSettings()
          let place =
            settings.connection == .local
            ? "this machine" : settings.address + (settings.port.map { ":\($0)" } ?? "")
          console.result(
            "\(PrintableText.line(host.name))  \(PrintableText.line(place))  "
              + PrintableText.line(host.groups.joined(separator: ",")))
        }
      }
    }
  }

  struct Graph: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "graph", abstract: "Groups and hosts as a tree.")

    @OptionGroup var source: Source
    @OptionGroup var output: OutputOptions

    @Argument(help: "The group to begin with.")
    var group = "all"

    func run() async throws {
      let lines = try source.load().graph(from: group)
      output.console().result(lines.joined(separator: "\n"))
    }
  }
}
