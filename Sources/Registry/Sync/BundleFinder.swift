import Foundation
import Images

/// Finds the bundles that a file asks for, whatever they are called: their charts' own names and versions count.
struct BundleFinder {
  let config: SyncConfig

  struct Found {
    let archive: ImageArchive
    let skipImages: Bool
  }

  /// Opens every bundle. Blocks on disk reads. Also returns what was left out, to be told.
  func find(in folder: String) throws(RegistryError) -> (bundles: [Found], warnings: [String]) {
    var found: [Found] = []
    var warnings: [String] = []
    var owners: [String: ImageArchive] = [:]
    for path in try candidates(folder) {
      let archive: ImageArchive
      do throws(ImageError) {
        var options = ImageArchive.Options()
        options.requireImages = false
        archive = try ImageArchive.open(path: path, options: options)
      } catch {
        if error.code == .unsupportedArchive, path != folder {
          warnings.append("\(MessageText.shown(path)) is no bundle and is left out")
          continue
        }
        throw RegistryError(error)
      }
      guard let skipImages = wants(archive) else { continue }
      if let name = archive.moduleName, let version = archive.moduleVersion {
        if let other = owners.updateValue(archive, forKey: "\(name) \(version)") {
          guard Set(other.images.map(\.imageID)) == Set(archive.images.map(\.imageID)) else {
            throw RegistryError(
              .configValue,
              "\(MessageText.shown(other.path)) and \(MessageText.shown(path)) are both \(name) \(version), with different images",
              hint: "take one of them away")
          }
          warnings.append("\(MessageText.shown(path)) is \(name) \(version) once more and is left out")
          continue
        }
      }
      found.append(Found(archive: archive, skipImages: skipImages))
    }
    try complainAboutMissing(found.map(\.archive))
    guard !found.isEmpty else {
      throw RegistryError(
        .noBundles, "there is no bundle in \(MessageText.shown(folder))",
        hint: "source.intermediateBundlesPath is relative to the working directory")
    }
    return (found, warnings)
  }

  /// The folder's archives, bundles before the downloads that they come in; the path itself where it is one.
  private func candidates(_ folder: String) throws(RegistryError) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw RegistryError(
        .noBundles, "\(MessageText.shown(folder)): no such folder",
        hint: "source.intermediateBundlesPath is relative to the working directory")
    }
    guard isFolder.boolValue else { return [folder] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw RegistryError(.noBundles, "\(MessageText.shown(folder)) cannot be read")
    }
    if names.contains("hints.yaml") || names.contains("oci-layout") || names.contains("manifest.json") {
      return [folder]
    }
    let endings = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.zstd"]
    let archives = names.filter { name in endings.contains(where: name.hasSuffix) }
    let (bundles, others) = (
      archives.filter { $0.contains(".bundle.") }, archives.filter { !$0.contains(".bundle.") }
    )
    return (bundles + others).map { folder + "/" + $0 }
  }

  /// Whether its images are skipped; nil where nobody asked for this chart.
  private func wants(_ archive: ImageArchive) -> Bool? {
    guard !config.charts.isEmpty else { return false }
    for chart in config.charts where chart.name == archive.moduleName {
      if chart.versions.isEmpty || chart.versions.contains(archive.moduleVersion ?? "") {
        return chart.skipImages
      }
    }
    return nil
  }

  private func complainAboutMissing(_ archives: [ImageArchive]) throws(RegistryError) {
    for chart in config.charts {
      let versions = archives.filter { $0.moduleName == chart.name }.compactMap(\.moduleVersion)
      let missing = chart.versions.first { !versions.contains($0) }
      guard versions.isEmpty || missing != nil else { continue }
      throw RegistryError(
        .chartNotFound,
        "no bundle holds the chart \(([chart.name] + [missing].compactMap { $0 }).joined(separator: " "))",
        hint: "look at charts in \(MessageText.shown(config.file)), and at `gantry bundle inspect`")
    }
  }
}
