import Foundation
import Testing

@testable import SSH

/// Damaged files: whatever the bytes, an answer or an error comes, and soon.
@Suite struct ConfigFuzzTests {
  /// xorshift64*, so that a failure can be had again.
  private struct Dice {
    var state: UInt64
    mutating func roll(_ below: Int) -> Int {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % max(1, below)
    }
  }

  private static func damage(_ text: String, _ dice: inout Dice) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0...dice.roll(2) {
      let place = dice.roll(bytes.count + 1)
      switch dice.roll(5) {
      case 0: bytes.insert(UInt8(dice.roll(256)), at: place)
      case 1: bytes.insert(contentsOf: Array("\"'\\#=%${}!*?, \n\t\0".utf8).shuffled(), at: place)
      case 2 where place < bytes.count: bytes.remove(at: place)
      case 3 where place < bytes.count: bytes[place] = UInt8(dice.roll(256))
      case 4: bytes += bytes[place...]
      default: break
      }
    }
    return bytes
  }

  @Test(arguments: [UInt64(1), 2, 3, 4]) func clientConfigurations(_ seed: UInt64) throws {
    var dice = Dice(state: seed)
    let folder = try ConfigOracle.folder(["config": ""])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/config"
    let surroundings = ConfigSurroundings.current(environment: ["GANTRY_TEST_NAME": "value"])
    let seeds = (goodConfigs + badConfigs).compactMap { $0.files["config"] }
    var (answers, errors) = (0, 0)
    for _ in 0..<1500 {
      let text = seeds[dice.roll(seeds.count)].replacingOccurrences(of: "@DIR@", with: folder)
      try Data(Self.damage(text, &dice)).write(to: URL(fileURLWithPath: path))
      // No command of a damaged line is run.
      var evaluator = ConfigEvaluator(
        host: "node1", surroundings: surroundings, files: ConfigFiles(uid: getuid()),
        runCommand: { _ in .ended(success: false) })
      do throws(ClientConfigError) {
        _ = try evaluator.read(path, .init(origin: .file(path, line: 0), isUser: true, isStrict: false))
        _ = try SettingsReader(evaluator, hostName: Setting("node1", .standard)).settings()
        answers += 1
      } catch {
        errors += 1
        let line = error.description
        #expect(
          !line.unicodeScalars.contains { $0.value < 32 || $0.value == 127 }, "\(line.debugDescription)")
      }
    }
    // Both kinds were really met.
    #expect(answers > 30 && errors > 100)
  }

  @Test(arguments: [UInt64(5), 6]) func knownHosts(_ seed: UInt64) throws {
    var dice = Dice(state: seed)
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
    let seeds = [
      "node1 \(key)", "@revoked * \(key) c",
      "|1|AQIDBAUGBwgJCgsMDQ4PEBESExQ=|vBgqs7L8HtRxyerlfPdh0Uqwtzs= \(key)",
      "[a]:1,b*,!c? \(key)", "# x\n\n@cert-authority *.x \(key)\nn1 \(key)",
    ]
    var read = 0
    for _ in 0..<3000 {
      let text = String(decoding: Self.damage(seeds[dice.roll(seeds.count)], &dice), as: UTF8.self)
      for line in text.split(separator: "\n") {
        guard let line = KnownHostsLine(line, location: "f:1") else { continue }
        read += 1
        _ = line.matches("node1") || line.matches("[node1]:22") || line.isOnlyAbout("n1")
        _ = line.text(without: "b")
      }
      let host = HostName(host: "node1", port: 22, alias: nil)
      _ = try? KnownHosts.without(host, Array(text.utf8), file: "f")
    }
    #expect(read > 500)
  }
}
