import Documents

/// What a listing shows in place of values that look secret.
extension Value {
  /// The same value, with the members masked whose names look secret.
  var masked: Value {
    switch self {
    case .array(let items): .array(items.map(\.masked))
    case .object(let members):
      .object(members.map { Member($0.key, $0.value.masked(as: $0.key)) })
    default: self
    }
  }

  /// This value as the value of a variable of that name: `***` if the name looks secret.
  func masked(as name: String) -> Value {
    // An unset secret stays visibly unset; that is what one looks for in a listing.
    if self == .null || !Secret.isSecretName(name) { return masked }
    return .string("***")
  }
}
