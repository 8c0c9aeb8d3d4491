import Documents
import Foundation
import Images

/// Charts in a folder of this machine, with the `index.yaml` that `helm repo` reads (Helm, "The Chart Repository Guide").
struct LocalCharts: ChartRepository {
  let address: String
  private let folder: URL

  init(path: String) {
    address = MessageText.shown(path)
    folder = URL(fileURLWithPath: path)
  }

  func state(_ package: ChartPackage) async throws(RegistryError) -> ChartState {
    let path = folder.appending(path: package.fileName).path
    guard let data = FileManager.default.contents(atPath: path) else { return .absent }
    let digest = Digest(of: Array(data))
    guard digest == package.digest else { return .other(digest) }
    // A folder whose index was lost is not done.
    return try index().contains(package) ? .same : .absent
  }

  func upload(_ package: ChartPackage, replacing: Bool) async throws(RegistryError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(package.bytes).write(to: folder.appending(path: package.fileName), options: .atomic)
    } catch {
      throw failure(error)
    }
    var index = try index()
    index.add(package, time: Date().formatted(.iso8601))
    do {
      try Data(index.text.utf8).write(to: folder.appending(path: "index.yaml"), options: .atomic)
    } catch {
      throw failure(error)
    }
  }

  private func index() throws(RegistryError) -> ChartIndex {
    let path = folder.appending(path: "index.yaml").path
    guard FileManager.default.fileExists(atPath: path) else { return ChartIndex() }
    do throws(DocumentError) {
      return ChartIndex(try YAMLReader.read(SourceFile(reading: path))?.value)
    } catch {
      throw RegistryError(
        .writeFailed, "\(MessageText.shown(error.file)): \(error.message)", hint: "mend it, or take it away")
    }
  }

  private func failure(_ error: any Error) -> RegistryError {
    RegistryError(
      .writeFailed,
      "\(address) cannot be written: \(MessageText.shown((error as NSError).localizedDescription))",
      hint: "check the folder's permissions and the room on its disk")
  }
}
