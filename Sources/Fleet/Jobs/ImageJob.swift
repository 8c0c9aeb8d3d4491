/// A job about images, which passes over a control node that runs no containers.
///
/// helm and kubectl may run on a bastion. It is in the inventory for their sake, and images have no place there.
public struct ImageJob: NodeJob {
  private let job: any NodeJob

  public init(_ job: any NodeJob) { self.job = job }

  public func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    do {
      return try await job.run(on: session)
    } catch
      where error.code == .noRuntime && session.node.isControl && session.facts?.runtimes?.isEmpty != false
    {
      session.note("no container runtime there, and a control node needs none")
      return .skipped
    }
  }
}
