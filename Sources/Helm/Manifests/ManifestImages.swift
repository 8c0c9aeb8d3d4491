import Documents
import Images

/// Every image that the objects of a manifest make the nodes ask for.
public struct ManifestImages: Sendable {
  /// By image, in the order of their names; who asks for it, as `deployment/kpanda-apiserver`.
  public private(set) var required: [ImageReference: [String]] = [:]
  /// Containers whose image is no reference, as `deployment/x: container y: …`.
  public private(set) var invalid: [String] = []
  /// Who pulls on every start, whatever the node has, as `deployment/x pulls IMAGE`.
  public private(set) var pulledAlways: [String] = []
  /// Images that other objects name, such as custom resources; an operator may ask for them later.
  public private(set) var possible: Set<ImageReference> = []

  /// - Parameter events: the hooks that will run, such as `pre-upgrade`.
  public init(_ manifest: Manifest, events: Set<String>) {
    for resource in manifest.resources {
      if !resource.hooks.isEmpty, resource.hooks.isDisjoint(with: events) { continue }
      if Self.workloads.contains(resource.kind), Self.isBuiltIn(resource.apiVersion) {
        takePods(resource.value, resource.title)
      } else if !Self.silent.contains(resource.kind) {
        takePossible(resource.value)
      }
    }
    possible.subtract(required.keys)
  }

  /// Kinds of Kubernetes' own that hold a pod's specification.
  private static let workloads: Set<String> = [
    "Pod", "PodTemplate", "ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet",
    "Job",
    "CronJob",
  ]
  /// Kinds that hold text about anything.
  private static let silent: Set<String> = ["ConfigMap", "Secret", "CustomResourceDefinition"]

  private static func isBuiltIn(_ apiVersion: String) -> Bool {
    let group = apiVersion.split(separator: "/").dropLast().first ?? ""
    return ["", "apps", "batch", "extensions"].contains(group)
  }

  // MARK: Pods

  private mutating func takePods(_ value: Value, _ owner: String) {
    if let members = value.members {
      for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in value.child(.key(list))?.items ?? [] { take(container, owner) }
      }
      if value.child(.key("containers"))?.items != nil {
        // An OCI object as a volume (Kubernetes 1.31, ImageVolumeSource).
        for volume in value["volumes"]?.items ?? [] {
          if let image = volume["image", "reference"]?.text {
            take(image, policy: volume["image", "pullPolicy"]?.text, owner)
          }
        }
      }
      for member in members where !member.key.hasSuffix("ontainers") { takePods(member.value, owner) }
    } else if let items = value.items {
      for item in items { takePods(item, owner) }
    }
  }

  private mutating func take(_ container: Value, _ owner: String) {
    guard container.members != nil else { return }
    let name = container["name"]?.keyText ?? ""
    guard let image = container["image"]?.text, !image.isEmpty else {
      invalid.append("\(owner): the container \(name) has no image")
      return
    }
    take(image, policy: container["imagePullPolicy"]?.text, owner)
  }

  private mutating func take(_ image: String, policy: String?, _ owner: String) {
    guard let reference = try? ImageReference(image) else {
      invalid.append("\(owner): \(image.quoted) is no image reference")
      return
    }
    let full = reference.orLatest
    if required[full]?.contains(owner) != true { required[full, default: []].append(owner) }
    // Without a policy, the tag latest means Always (Kubernetes: Images, "Default image pull policy").
    let isLatest = full.digest == nil && full.tag == "latest"
    if policy == "Always" || (policy == nil && isLatest) {
      let line = "\(owner) pulls \(full) on every start"
      if !pulledAlways.contains(line) { pulledAlways.append(line) }
    }
  }

  // MARK: Others

  private mutating func takePossible(_ value: Value) {
    if let members = value.members {
      for member in members {
        if member.key.lowercased().hasSuffix("image"), let text = member.value.text,
          let reference = try? ImageReference(text), text.contains("/") || text.contains(":")
        {
          possible.insert(reference.orLatest)
        }
        takePossible(member.value)
      }
    } else if let items = value.items {
      for item in items { takePossible(item) }
    }
  }
}
