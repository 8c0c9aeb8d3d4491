import GantryCommands

@main
enum Main {
  static func main() async {
    await Gantry.runAndExit(Array(CommandLine.arguments.dropFirst()))
  }
}
