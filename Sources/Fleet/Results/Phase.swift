/// Where in its work a node is, or was when it failed.
public enum Phase: String, Sendable, Codable, CaseIterable {
  case connect
  case probe
  case plan
  case transfer
  /// The daemon takes up what was sent: unpacking, naming.
  case `import`
  case tag
  case verify
  case command
}
