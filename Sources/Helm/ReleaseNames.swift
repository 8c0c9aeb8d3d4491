/// What Helm and Kubernetes take as names, so that a name is safe in a command line and in a pattern.
public enum ReleaseNames {
  /// Helm's rule for releases: DNS names of at most 53 characters.
  public static func isRelease(_ text: String) -> Bool {
    text.utf8.count <= 53
      && text.wholeMatch(of: #/[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/#) != nil
  }

  /// A DNS label (RFC 1123).
  public static func isNamespace(_ text: String) -> Bool {
    text.utf8.count <= 63 && text.wholeMatch(of: #/[a-z0-9]([-a-z0-9]*[a-z0-9])?/#) != nil
  }

  /// What Helm takes as a repository's name, without a slash.
  public static func isRepository(_ text: String) -> Bool {
    text.wholeMatch(of: #/[A-Za-z0-9_][A-Za-z0-9_.-]*/#) != nil
  }
}
