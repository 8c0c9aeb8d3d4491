import Fleet
import Foundation

/// Files that belong to a run, such as backups of values, beside its record.
extension RunFolder: FileKeeper {
  public func keep(_ bytes: [UInt8], as name: String) throws(Failure) -> String {
    let file = path.appending(name)
    guard file.lastComponent?.string == name else {
      throw Failure(.badFile, "'\(PrintableText.line(name))' is no plain file name")
    }
    do throws(RunError) { try PrivateFile.write(Data(bytes), to: file) } catch {
      throw Failure(.badFile, error.message, hint: error.hint)
    }
    return file.string
  }
}
