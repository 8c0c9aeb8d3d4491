import Foundation
import Helm

/// Which pods of a release are not ready, and why (Kubernetes API reference, v1 Pod and apps/v1).
struct Rollout: Sendable {
  let workloads: ManifestWorkloads
  let namespace: String

  /// What keeps the release from being ready, as far as the cluster tells.
  func notReady(_ tools: ControlTools, _ session: NodeSession) async throws(Failure) -> [UpgradeResult.Pod] {
    let pods = try await tools.bytes(
      of: tools.kubectl(["get", "pods", "-n", namespace, "-o", "json"]), "kubectl get pods", session,
      deadline: .seconds(40))
    let found = Self.pods(pods, workloads).map {
      UpgradeResult.Pod(name: $0.name, reason: tools.mask.masked($0.reason))
    }
    guard found.isEmpty else { return found }
    let kinds = "deployments.apps,statefulsets.apps,daemonsets.apps"
    let objects = try await tools.bytes(
      of: tools.kubectl(["get", kinds, "-n", namespace, "-o", "json"]), "kubectl get deployments", session,
      deadline: .seconds(40))
    return Self.objects(objects, workloads)
  }

  // MARK: Pods

  static func pods(_ bytes: [UInt8], _ workloads: ManifestWorkloads) -> [UpgradeResult.Pod] {
    let list = try? JSONDecoder().decode(PodList.self, from: Data(bytes))
    return (list?.items ?? []).compactMap { pod in
      guard workloads.ownPod(labels: pod.metadata.labels ?? [:]), pod.metadata.deletionTimestamp == nil,
        let reason = reason(pod.status)
      else { return nil }
      return UpgradeResult.Pod(
        name: PrintableText.line(pod.metadata.name, limit: 253),
        reason: PrintableText.line(reason, limit: 300))
    }
  }

  /// nil for a pod that is ready or done.
  private static func reason(_ status: PodList.Status?) -> String? {
    guard let status else { return "Pending" }
    let conditions = status.conditions ?? []
    if status.phase == "Succeeded"
      || conditions.contains(where: { $0.type == "Ready" && $0.status == "True" })
    {
      return nil
    }
    let containers = (status.initContainerStatuses ?? []) + (status.containerStatuses ?? [])
    for container in containers where container.ready != true {
      if let waiting = container.state?.waiting, let reason = waiting.reason, !beginnings.contains(reason) {
        return "\(reason): \(container.name)" + (waiting.message.map { ": \($0)" } ?? "")
      }
      if let ended = container.state?.terminated, ended.exitCode != 0 {
        return "\(ended.reason ?? "Error"): \(container.name): exit \(ended.exitCode)"
      }
    }
    if let unscheduled = conditions.first(where: { $0.type == "PodScheduled" && $0.status == "False" }) {
      return "\(unscheduled.reason ?? "Unschedulable"): \(unscheduled.message ?? "no node takes it")"
    }
    if let waiting = containers.first(where: { $0.ready != true }) {
      return "\(waiting.state?.waiting?.reason ?? "running and not ready"): \(waiting.name)"
    }
    return status.reason ?? status.phase ?? "Pending"
  }

  /// What a container waits for when nothing is wrong.
  private static let beginnings: Set<String> = ["ContainerCreating", "PodInitializing"]

  private struct PodList: Decodable {
    struct Metadata: Decodable {
      let name: String
      let labels: [String: String]?
      let deletionTimestamp: String?
    }
    struct Condition: Decodable {
      let type: String
      let status: String
      let reason: String?
      let message: String?
    }
    struct Waiting: Decodable {
      let reason: String?
      let message: String?
    }
    struct Ended: Decodable {
      let reason: String?
      let exitCode: Int
    }
    struct State: Decodable {
      let waiting: Waiting?
      let terminated: Ended?
    }
    struct Container: Decodable {
      let name: String
      let ready: Bool?
      let state: State?
    }
    struct Status: Decodable {
      let phase: String?
      let reason: String?
      let conditions: [Condition]?
      let initContainerStatuses: [Container]?
      let containerStatuses: [Container]?
    }
    struct Pod: Decodable {
      let metadata: Metadata
      let status: Status?
    }
    let items: [Pod]
  }

  // MARK: Objects

  /// For a cluster that has no pod of an object yet, the object itself.
  static func objects(_ bytes: [UInt8], _ workloads: ManifestWorkloads) -> [UpgradeResult.Pod] {
    let list = try? JSONDecoder().decode(ObjectList.self, from: Data(bytes))
    return (list?.items ?? []).compactMap { object in
      guard workloads.workloads.contains(where: { $0.kind == object.kind && $0.name == object.metadata.name })
      else {
        return nil
      }
      let wanted = object.status?.desiredNumberScheduled ?? object.spec?.replicas ?? 1
      let ready = object.status?.numberReady ?? object.status?.readyReplicas ?? 0
      guard ready < wanted else { return nil }
      return UpgradeResult.Pod(
        name: "\(object.kind.lowercased())/\(PrintableText.line(object.metadata.name, limit: 253))",
        reason: "\(ready) of \(wanted) ready")
    }
  }

  private struct ObjectList: Decodable {
    struct Metadata: Decodable { let name: String }
    struct Spec: Decodable { let replicas: Int? }
    struct Status: Decodable {
      let readyReplicas: Int?
      let numberReady: Int?
      let desiredNumberScheduled: Int?
    }
    struct Object: Decodable {
      let kind: String
      let metadata: Metadata
      let spec: Spec?
      let status: Status?
    }
    let items: [Object]
  }
}
