import Fleet
import Foundation

/// Files that a run leaves behind, such as backups of values: in its folder, readable by its owner alone.
extension RunFolder: FileKeeper {
  public func keep(_ bytes: [UInt8], as name: String) throws(Failure) -> String {
    let file = path.appending(name)
    guard !name.contains("/"), file.lastComponent?.string == name, name != ".." else {
      throw Failure(.refused, "'\(PrintableText.line(name))' is no plain name of a file")
    }
    do {
      try PrivateFile.write(Data(bytes), to: file)
    } catch {
      throw Failure(FailureCode(error.code.rawValue), error.message, hint: error.hint)
    }
    return file.string
  }
}
