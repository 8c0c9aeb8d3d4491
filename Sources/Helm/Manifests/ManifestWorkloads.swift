import Documents

/// The objects of a manifest that run pods and go on running them: what a roll-out waits for.
public struct ManifestWorkloads: Sendable {
  public struct Workload: Sendable, Equatable {
    public let kind: String
    public let name: String
    public let namespace: String?
    /// Labels that its pods have; empty where it does not say.
    public let selector: [String: String]
  }

  public let workloads: [Workload]

  /// For a chart without any.
  public static let none = ManifestWorkloads(workloads: [])

  private init(workloads: [Workload]) { self.workloads = workloads }

  public init(_ manifest: Manifest) {
    workloads = manifest.resources.compactMap { resource in
      guard resource.hooks.isEmpty, ["Deployment", "StatefulSet", "DaemonSet", "Job"].contains(resource.kind)
      else {
        return nil
      }
      var selector: [String: String] = [:]
      for member in resource.value["spec", "selector", "matchLabels"]?.members ?? [] {
        if let text = member.value.keyText { selector[member.key] = text }
      }
      // Kubernetes gives a job's pods its name (batch/v1, Job).
      if resource.kind == "Job" { selector = ["job-name": resource.name] }
      return Workload(
        kind: resource.kind, name: resource.name, namespace: resource.namespace, selector: selector)
    }
  }

  /// Whether a pod with these labels belongs to one of them.
  public func ownPod(labels: [String: String]) -> Bool {
    workloads.contains { workload in
      !workload.selector.isEmpty && workload.selector.allSatisfy { labels[$0.key] == $0.value }
    }
  }
}
