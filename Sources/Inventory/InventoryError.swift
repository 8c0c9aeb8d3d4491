import Documents

/// What is wrong with an inventory, where, and what to do about it.
///
/// The message is one line, lower case, without a full stop. Text that came out of a file is escaped, so that
/// control characters never reach a terminal. Decisions read ``code``, never the text.
public struct InventoryError: Error, Sendable, Equatable {
  /// The kind of failure; a string, so that new kinds break no one.
  public let code: Code
  /// The file it was found in, as the user named it; nil when it is in none.
  public let file: String?
  /// The line, from 1; nil when no single line is to blame.
  public let line: Int?
  /// What is wrong, in one line.
  public let message: String
  /// What to do about it, in one line.
  public let hint: String?

  /// Makes an error; message, file and hint are escaped here, so callers pass what they have.
  public init(_ code: Code, _ message: String, file: String? = nil, line: Int? = nil, hint: String? = nil) {
    self.code = code
    self.message = EscapedText(message).description
    self.file = file.map { EscapedText($0).description }
    self.line = line
    self.hint = hint.map { EscapedText($0).description }
  }

  init(_ code: Code, _ message: String, at origin: Origin?, hint: String? = nil) {
    self.init(code, message, file: origin?.file, line: origin?.line, hint: hint)
  }
}

extension InventoryError: CustomStringConvertible {
  /// `hosts.yml:12: message`, without the hint.
  public var description: String {
    switch (file, line) {
    case (let file?, let line?): "\(file):\(line): \(message)"
    case (let file?, nil): "\(file): \(message)"
    case (nil, _): message
    }
  }
}

extension InventoryError {
  /// An extensible set of failure codes.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code as scripts see it.
    public let rawValue: String
    /// Makes a code out of its text.
    public init(rawValue: String) { self.rawValue = rawValue }
    init(_ rawValue: String) { self.rawValue = rawValue }
    /// The code as scripts see it.
    public var description: String { rawValue }

    /// The file or folder is not there.
    public static let notFound = Code("inventory-not-found")
    /// The file is there and cannot be read.
    public static let unreadable = Code("inventory-unreadable")
    /// The file is not UTF-8.
    public static let encoding = Code("inventory-encoding")
    /// The file, its nesting, its aliases or its ranges go past a limit.
    public static let tooLarge = Code("inventory-too-large")
    /// The file breaks the rules of YAML or INI, or has the wrong shape.
    public static let syntax = Code("inventory-syntax")
    /// A key that a group does not have.
    public static let unknownKey = Code("inventory-unknown-key")
    /// A mapping has the same key twice.
    public static let duplicateKey = Code("inventory-duplicate-key")
    /// A host is listed twice in the same place.
    public static let duplicateHost = Code("inventory-duplicate-host")
    /// A host range such as `node[1:20]` is wrong.
    public static let range = Code("inventory-range")
    /// A group is, through its children, its own ancestor.
    public static let cycle = Code("inventory-cycle")
    /// A group is named that is defined nowhere.
    public static let undefinedGroup = Code("inventory-undefined-group")
    /// A host pattern is wrong or selects no host.
    public static let pattern = Code("inventory-pattern")
    /// A variable has a name or value that cannot be used.
    public static let variable = Code("inventory-variable")
    /// A variable that is needed is a Jinja template, which gantry does not evaluate.
    public static let template = Code("inventory-template")
    /// A variable that is needed is encrypted with ansible-vault.
    public static let vault = Code("inventory-vault")
    /// What a Kubernetes cluster says of its nodes cannot be an inventory.
    public static let cluster = Code("inventory-cluster")
    /// An inventory script, plug-in or format that gantry does not run or read.
    public static let unsupported = Code("inventory-unsupported")
  }
}
