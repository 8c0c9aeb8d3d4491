"""Lists as kubectl prints them (meta.k8s.io/v1, Table): nodes, pods and workloads with their usual columns,
all else by name and age."""
import datetime


def table(kind, items, version):
    columns = COLUMNS.get(kind.plural if not kind.custom else None, []) + [("Age", 0, age)]
    definitions = [{"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}]
    definitions += [{"name": name, "type": "string", "format": "", "description": "", "priority": priority}
                    for name, priority, _ in columns]
    definitions = definitions[:1] + [entry for entry in definitions[1:] if entry["priority"] == 0] + \
        [entry for entry in definitions[1:] if entry["priority"] == 1]
    columns = [column for column in columns if column[1] == 0] + [column for column in columns if column[1] == 1]
    rows = [{"cells": [item["metadata"]["name"]] + [cell(item) for _, _, cell in columns],
             "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"]}}
            for item in items]
    return {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": version},
            "columnDefinitions": definitions, "rows": rows}


def age(item):
    created = datetime.datetime.strptime(item["metadata"]["creationTimestamp"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    seconds = int((datetime.datetime.now(datetime.timezone.utc) - created).total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(0, seconds)}s"


def node_status(item):
    ready = [c for c in item.get("status", {}).get("conditions") or [] if c["type"] == "Ready"]
    text = "Unknown" if not ready else "Ready" if ready[0]["status"] == "True" else "NotReady"
    return text + (",SchedulingDisabled" if item.get("spec", {}).get("unschedulable") else "")


def node_roles(item):
    prefix = "node-role.kubernetes.io/"
    return ",".join(sorted(key[len(prefix):] for key in item["metadata"].get("labels") or {} if key.startswith(prefix))) or "<none>"


def node_address(item):
    return next((a["address"] for a in item.get("status", {}).get("addresses") or [] if a["type"] == "InternalIP"), "<none>")


def node_info(field):
    return lambda item: item.get("status", {}).get("nodeInfo", {}).get(field) or "<unknown>"


def pod_status(item):
    status = item.get("status", {})
    for prefix, field in (("Init:", "initContainerStatuses"), ("", "containerStatuses")):
        for container in status.get(field) or []:
            waiting = container.get("state", {}).get("waiting")
            if waiting and waiting.get("reason") not in ("PodInitializing",):
                return prefix + waiting["reason"]
    return "Completed" if status.get("phase") == "Succeeded" else status.get("phase", "Pending")


def pod_ready(item):
    found = item.get("status", {}).get("containerStatuses") or []
    return f"{sum(1 for c in found if c.get('ready'))}/{len(item['spec'].get('containers', []))}"


def restarts(item):
    return str(sum(c.get("restartCount", 0) for c in item.get("status", {}).get("containerStatuses") or []))


def of_spec(field, missing="<none>"):
    return lambda item: str(item.get("spec", {}).get(field, missing))


def of_status(field, missing="0"):
    return lambda item: str(item.get("status", {}).get(field, missing))


def replicas(item):
    return f"{item.get('status', {}).get('readyReplicas', 0)}/{item['spec'].get('replicas', 1)}"


def images(item):
    return ",".join(c["image"] for c in item["spec"]["template"]["spec"]["containers"])


def completions(item):
    return f"{item.get('status', {}).get('succeeded', 0)}/{item['spec'].get('completions', 1)}"


# plural → [(column, priority, function of the object)]; priority 1 is shown with -o wide.
COLUMNS = {
    "nodes": [("Status", 0, node_status), ("Roles", 0, node_roles), ("Version", 0, node_info("kubeletVersion")),
              ("Internal-IP", 1, node_address), ("OS-Image", 1, node_info("osImage")),
              ("Kernel-Version", 1, node_info("kernelVersion")), ("Container-Runtime", 1, node_info("containerRuntimeVersion"))],
    "pods": [("Ready", 0, pod_ready), ("Status", 0, pod_status), ("Restarts", 0, restarts), ("IP", 1, of_status("podIP", "<none>")),
             ("Node", 1, of_spec("nodeName"))],
    "namespaces": [("Status", 0, of_status("phase", "Active"))],
    "deployments": [("Ready", 0, replicas), ("Up-to-date", 0, of_status("updatedReplicas")),
                    ("Available", 0, of_status("availableReplicas")), ("Images", 1, images)],
    "replicasets": [("Desired", 0, of_spec("replicas")), ("Current", 0, of_status("replicas")), ("Ready", 0, of_status("readyReplicas")),
                    ("Images", 1, images)],
    "statefulsets": [("Ready", 0, replicas), ("Images", 1, images)],
    "daemonsets": [("Desired", 0, of_status("desiredNumberScheduled")), ("Current", 0, of_status("currentNumberScheduled")),
                   ("Ready", 0, of_status("numberReady")), ("Images", 1, images)],
    "jobs": [("Completions", 0, completions), ("Images", 1, images)],
    "secrets": [("Type", 0, lambda item: item.get("type", "")), ("Data", 0, lambda item: str(len(item.get("data") or {})))],
    "configmaps": [("Data", 0, lambda item: str(len(item.get("data") or {})))],
    "events": [("Type", 0, lambda item: item["type"]), ("Reason", 0, lambda item: item["reason"]),
               ("Object", 0, lambda item: "pod/" + item["involvedObject"]["name"]), ("Message", 0, lambda item: item["message"])],
    "services": [("Type", 0, of_spec("type")), ("Cluster-IP", 0, of_spec("clusterIP"))],
    "customresourcedefinitions": [("Created At", 0, lambda item: item["metadata"]["creationTimestamp"])],
}
