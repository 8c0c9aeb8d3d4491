"""Defaults and checks of the kinds that the lab's controllers act on, as far as clients notice them."""
import base64

import errors

POD_OWNERS = {"deployments", "statefulsets", "daemonsets", "replicasets", "jobs"}


def default(kind, item):
    """Sets the defaults a client may rely on (Kubernetes API reference, apps/v1, batch/v1 and v1)."""
    if kind.custom:
        return
    spec = item.get("spec")
    if kind.plural == "namespaces":
        item["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = item["metadata"]["name"]
        item.setdefault("spec", {"finalizers": ["kubernetes"]})
        item.setdefault("status", {"phase": "Active"})
    elif kind.plural == "secrets":
        item.setdefault("type", "Opaque")
        for key, value in (item.pop("stringData", None) or {}).items():
            item.setdefault("data", {})[key] = base64.b64encode(value.encode()).decode()
    elif kind.plural == "nodes":
        item.setdefault("spec", {})
    elif kind.plural == "services" and isinstance(spec, dict):
        spec.setdefault("type", "ClusterIP")
        spec.setdefault("sessionAffinity", "None")
        spec.setdefault("clusterIP", "10.96.0.10")
        for port in spec.get("ports") or []:
            port.setdefault("protocol", "TCP")
            port.setdefault("targetPort", port.get("port"))
        item.setdefault("status", {"loadBalancer": {}})
    elif kind.plural == "pods" and isinstance(spec, dict):
        default_pod(spec)
    elif kind.plural in POD_OWNERS and isinstance(spec, dict):
        default_workload(kind, item, spec)


def default_workload(kind, item, spec):
    if kind.plural in ("deployments", "statefulsets", "replicasets"):
        spec.setdefault("replicas", 1)
    if kind.plural == "deployments":
        strategy = spec.setdefault("strategy", {})
        if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
            rolling = strategy.get("rollingUpdate") or {}
            strategy["rollingUpdate"] = {"maxSurge": "25%", "maxUnavailable": "25%", **rolling}
        spec.setdefault("revisionHistoryLimit", 10)
        spec.setdefault("progressDeadlineSeconds", 600)
    elif kind.plural == "statefulsets":
        spec.setdefault("podManagementPolicy", "OrderedReady")
        spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})
    elif kind.plural == "daemonsets":
        spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}})
    elif kind.plural == "jobs":
        for field, value in (("parallelism", 1), ("completions", 1), ("backoffLimit", 6), ("suspend", False)):
            spec.setdefault(field, value)
        labels = spec.get("template", {}).setdefault("metadata", {}).setdefault("labels", {})
        labels.setdefault("job-name", item["metadata"]["name"])
        spec.setdefault("selector", {"matchLabels": {"job-name": item["metadata"]["name"]}})
    template = spec.get("template")
    if isinstance(template, dict) and isinstance(template.get("spec"), dict):
        default_pod(template["spec"])


def default_pod(spec):
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    for container in containers(spec):
        container.setdefault("imagePullPolicy", pull_policy(container.get("image", "")))
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        container.setdefault("resources", {})
        for port in container.get("ports") or []:
            port.setdefault("protocol", "TCP")


def containers(spec):
    return (spec.get("initContainers") or []) + (spec.get("containers") or [])


def pull_policy(image):
    """Always for :latest and for no tag, as the API server defaults it."""
    last = image.rsplit("/", 1)[-1]
    tagged = ":" in last or "@" in last
    return "Always" if not tagged or last.endswith(":latest") else "IfNotPresent"


def check(kind, item, before):
    """Refuses what a real API server refuses and charts run into."""
    if kind.custom:
        return
    name, spec = item["metadata"]["name"], item.get("spec") or {}
    if kind.plural == "customresourcedefinitions":
        names, group = spec.get("names") or {}, spec.get("group")
        if name != f"{names.get('plural')}.{group}":
            raise errors.invalid(kind, name, "metadata.name", f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group')
        if not any(version.get("storage") for version in spec.get("versions") or []):
            raise errors.invalid(kind, name, "spec.versions", "Invalid value: must have exactly one version marked as storage version")
    if kind.plural not in POD_OWNERS and kind.plural != "pods":
        return
    pod = spec.get("template", {}).get("spec") if kind.plural in POD_OWNERS else spec
    if not isinstance(pod, dict) or not pod.get("containers"):
        raise errors.invalid(kind, name, "spec.containers", "Required value")
    for container in containers(pod):
        if not container.get("image") or not container.get("name"):
            raise errors.invalid(kind, name, "spec.containers[].image", "Required value")
    if kind.plural == "jobs":
        if pod.get("restartPolicy") not in ("Never", "OnFailure"):
            raise errors.invalid(kind, name, "spec.template.spec.restartPolicy",
                                 'Required value: valid values: "OnFailure", "Never"')
        if before and before["spec"]["template"] != spec["template"]:
            raise errors.invalid(kind, name, "spec.template", "Invalid value: field is immutable")
    elif kind.plural in POD_OWNERS:
        labels = spec["template"].get("metadata", {}).get("labels") or {}
        wanted = (spec.get("selector") or {}).get("matchLabels") or {}
        if not spec.get("selector") or any(labels.get(key) != value for key, value in wanted.items()):
            raise errors.invalid(kind, name, "spec.template.metadata.labels", "Invalid value: `selector` does not match template `labels`")
        if before and before["spec"].get("selector") != spec.get("selector"):
            raise errors.invalid(kind, name, "spec.selector", "Invalid value: field is immutable")
