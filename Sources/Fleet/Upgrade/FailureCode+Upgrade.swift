import Helm

// Upgrading a release from the control node.
extension FailureCode {
  /// helm or kubectl is not on the control node.
  public static let noTool = FailureCode("no-tool")
  /// kubectl does not reach the cluster.
  public static let clusterUnreachable = FailureCode("cluster-unreachable")
  /// The release is not there.
  public static let releaseMissing = FailureCode("release-missing")
  /// Helm is in the middle of something with the release, or died there.
  public static let releaseBusy = FailureCode("release-busy")
  /// A downgrade, or a chart of another name, that nobody insisted on.
  public static let refused = FailureCode("refused")
  /// Something that is known to go wrong would.
  public static let knownIssue = FailureCode("known-issue")
  /// helm or kubectl ended with an error.
  public static let helmFailed = FailureCode("helm-failed")
  /// The chart's objects did not get ready in time.
  public static let rolloutFailed = FailureCode("rollout-failed")
}

extension Failure {
  /// An error of charts and values, as the control node's failure.
  init(_ error: HelmError) {
    self.init(FailureCode(error.code.rawValue), error.message, hint: error.hint)
  }
}
