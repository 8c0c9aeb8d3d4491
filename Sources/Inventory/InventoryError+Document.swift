import Documents

extension InventoryError {
  /// What is wrong with a file, said of an inventory.
  init(_ error: DocumentError) {
    // A host twice under `hosts:` is what people get wrong most; it has words of its own.
    if let duplicate = error.duplicate, duplicate.parent == "hosts" {
      self.init(
        .duplicateHost, "the host \(duplicate.key.quoted) is listed twice in one group", file: error.file,
        line: error.line,
        hint: "it is on line \(duplicate.firstLine) too; put all its variables in one place")
    } else {
      self.init(
        Code("inventory-" + error.code.rawValue), error.message, file: error.file, line: error.line,
        hint: error.hint)
    }
  }
}

extension SourceFile {
  /// Reads a file of an inventory.
  ///
  /// - Throws: `inventory-not-found`, `inventory-unreadable`, `inventory-too-large`, `inventory-encoding`.
  init(inventory path: String) throws(InventoryError) {
    do { self = try SourceFile(reading: path) } catch { throw InventoryError(error) }
  }

  /// The file's YAML document; nil if it holds none.
  ///
  /// - Throws: `inventory-syntax`, `inventory-duplicate-key`, `inventory-duplicate-host`, `inventory-too-large`.
  func yaml() throws(InventoryError) -> YAMLNode? {
    do { return try YAMLReader.read(self) } catch { throw InventoryError(error) }
  }
}
