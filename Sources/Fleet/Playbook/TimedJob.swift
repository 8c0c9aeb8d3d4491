/// A job with a limit for each attempt on a node.
struct TimedJob: NodeJob {
  let job: any NodeJob
  let limit: Duration

  func run(on session: NodeSession) async throws(Failure) -> NodeStatus {
    let result: Result<NodeStatus, Failure> = await withTaskGroup(of: Result<NodeStatus, Failure>?.self) {
      group in
      group.addTask {
        do throws(Failure) { return .success(try await job.run(on: session)) } catch {
          return .failure(error)
        }
      }
      group.addTask {
        do { try await Task.sleep(for: limit) } catch { return nil }
        return .failure(Failure(.commandTimeout, "the step took longer than \(limit)"))
      }
      // The first answer counts; the other task is cancelled, and the job ends as soon as its connection lets it.
      while let result = await group.next() {
        guard let result else { continue }
        group.cancelAll()
        return result
      }
      return .failure(Failure(.cancelled, "interrupted"))
    }
    return try result.get()
  }
}
