"""The scheduler and every node's kubelet: a pod gets a node, and gets ready when its images are there.
Nothing runs; annotations of a pod say how it fares: gantry.lab/never-ready, gantry.lab/crash and
gantry.lab/fails ("true": a Job's pod ends with exit code 1)."""
import time

import images
from events import record
from store import now

WAIT_BETWEEN_PULLS = 1.0  # a real kubelet waits from 10 s to 5 min


def is_ready(pod):
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in pod.get("status", {}).get("conditions") or [])


def tolerated(taint, tolerations):
    for entry in tolerations:
        if entry.get("effect") not in (None, "", taint["effect"]):
            continue
        if not entry.get("key") and entry.get("operator") == "Exists":
            return True
        if entry.get("key") == taint["key"] and (entry.get("operator") == "Exists" or entry.get("value", "") == taint.get("value", "")):
            return True
    return False


def eligible_nodes(api, spec, daemon=False):
    """Names of the nodes that a pod of this spec may go to."""
    found = []
    for node in api.store.list(api.kind("nodes"))[0]:
        labels, own = node["metadata"].get("labels") or {}, node.get("spec") or {}
        if own.get("unschedulable") and not daemon:
            continue
        if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
            continue
        taints = [taint for taint in own.get("taints") or [] if taint["effect"] in ("NoSchedule", "NoExecute")]
        taints = [taint for taint in taints if not (daemon and taint["key"].startswith("node.kubernetes.io/"))]
        if all(tolerated(taint, spec.get("tolerations") or []) for taint in taints):
            found.append(node["metadata"]["name"])
    return found


class Kubelet:
    def __init__(self, api, node_images, ready_after):
        self.api, self.store, self.node_images, self.ready_after = api, api.store, node_images, ready_after
        self.pods = api.kind("pods")
        self.addresses = 0
        self.seen = {}  # pod uid → what is known of it: present images, when its containers came up, when to look again

    def turn(self):
        """One look at each pod; returns whether one waits for time to pass."""
        waiting, alive = False, set()
        for pod in self.store.list(self.pods)[0]:
            alive.add(pod["metadata"]["uid"])
            if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                continue
            memory = self.seen.setdefault(pod["metadata"]["uid"], {})
            if memory.get("settled") and is_ready(pod):
                continue
            if not pod["spec"].get("nodeName"):
                waiting = True
                pod = self.schedule(pod)
                if pod is None:
                    continue
            waiting |= self.run(pod, memory)
        for uid in set(self.seen) - alive:
            del self.seen[uid]
        return waiting

    def schedule(self, pod):
        nodes = eligible_nodes(self.api, pod["spec"])
        if not nodes:
            total = len(self.store.list(self.api.kind("nodes"))[0])
            message = (f"0/{total} nodes are available: {total} node(s) had untolerated taints, were unschedulable "
                       "or did not match the selector.")
            self.store.update(self.pods, pod, status={"phase": "Pending", "qosClass": "BestEffort", "conditions": [
                stamped(pod, "PodScheduled", False, "Unschedulable", message)]})
            record(self.api, pod, "Warning", "FailedScheduling", message, "default-scheduler")
            return None
        load = {node: 0 for node in nodes}
        for other in self.store.list(self.pods)[0]:
            node = other["spec"].get("nodeName")
            if node in load:
                load[node] += 1
        chosen = min(nodes, key=lambda node: (load[node], node))
        return self.store.update(self.pods, pod, spec={**pod["spec"], "nodeName": chosen})

    def run(self, pod, memory):
        """Writes the status of a pod that has a node; returns whether it has further to go."""
        clock = time.monotonic()
        spec, node = pod["spec"], pod["spec"]["nodeName"]
        if "started" not in memory:
            if clock < memory.get("next", 0):
                return True
            present = self.node_images.of(node, memory.setdefault("asked", clock))
            if present is not None:
                memory |= {"present": present, "next": clock + WAIT_BETWEEN_PULLS}
                del memory["asked"]
            elif "present" in memory:
                return True
        status = {"phase": "Pending", "qosClass": "BestEffort", "startTime": pod.get("status", {}).get("startTime", now()),
                  "hostIP": self.address(node), "podIP": self.address_of(memory)}
        init = [self.container(pod, entry, memory) for entry in spec.get("initContainers") or []]
        blocked = next((index for index, entry in enumerate(init) if "waiting" in entry["state"]), None)
        for index, entry in enumerate(init):
            if blocked is None or index < blocked:
                entry |= {"ready": True, "state": {"terminated": memory.setdefault(entry["name"] + "/ended", self.ended(0))}}
            elif index > blocked:
                entry |= waiting_state("PodInitializing")
        main = [self.container(pod, entry, memory) for entry in spec["containers"]]
        if blocked is not None:
            main = [entry | waiting_state("PodInitializing") for entry in main]
        held = blocked is not None or any("waiting" in entry["state"] for entry in main)
        if not held:
            memory.setdefault("started", clock)
        further = self.settle(pod, memory, status, main, held, clock)
        reason = "ContainersNotInitialized" if blocked is not None else "ContainersNotReady"
        done = status["phase"] == "Succeeded"
        ready = bool(main) and all(entry["ready"] for entry in main)
        names = " ".join(entry["name"] for entry in main if not entry["ready"])
        message = "" if done else f"containers with unready status: [{names}]"
        status["conditions"] = [
            stamped(pod, "Initialized", blocked is None, reason, "containers with incomplete status"),
            stamped(pod, "Ready", ready, "PodCompleted" if done else "ContainersNotReady", message),
            stamped(pod, "ContainersReady", ready, "PodCompleted" if done else "ContainersNotReady", message),
            stamped(pod, "PodScheduled", True, "", "")]
        if init:
            status["initContainerStatuses"] = init
        status["containerStatuses"] = main
        self.store.update(self.pods, pod, status=status)
        return further

    def settle(self, pod, memory, status, main, held, clock):
        """What becomes of containers that could start; returns whether more is to come."""
        marks = pod["metadata"].get("annotations") or {}
        if marks.get("gantry.lab/crash") == "true" and not held:
            for entry in main:
                entry |= waiting_state("CrashLoopBackOff", f"back-off 10s restarting failed container={entry['name']}")
                entry |= {"restartCount": 3, "lastState": {"terminated": self.ended(1)}}
            status["phase"] = "Running"
            return False
        if held:
            return True
        status["phase"] = "Running"
        over = clock - memory["started"] >= self.ready_after
        if over and pod["spec"].get("restartPolicy") != "Always":
            failed = marks.get("gantry.lab/fails") == "true"
            for entry in main:
                entry |= {"ready": False, "started": False, "state": {"terminated": self.ended(1 if failed else 0)}}
            status["phase"] = "Failed" if failed else "Succeeded"
            return False
        ready = over and marks.get("gantry.lab/never-ready") != "true"
        for entry in main:
            entry |= {"ready": ready, "started": True}
        memory["settled"] = ready
        if over and not ready:
            record(self.api, pod, "Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
        return not over

    def container(self, pod, container, memory):
        """A ContainerStatus, running or waiting for its image."""
        name, image = container["name"], container["image"]
        found = {"name": name, "image": image, "imageID": "", "restartCount": 0, "ready": False, "started": False, "lastState": {}}
        present = memory.get("present")
        if present is None:
            return found | waiting_state("ContainerCreating")
        if present is images.ALL or images.familiar(image) in present:
            if container.get("imagePullPolicy") != "Always" or present is images.ALL:
                return found | {"imageID": image, "containerID": "lab://" + pod["metadata"]["uid"] + "/" + name,
                                "state": {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}}
        if container.get("imagePullPolicy") == "Never":
            return found | waiting_state("ErrImageNeverPull", f'Container image "{image}" is not present with pull policy of Never')
        tries = memory.setdefault("pulls", {})
        tries[name] = tries.get(name, 0) + 1
        if tries[name] == 1:
            record(self.api, pod, "Warning", "Failed", f'Failed to pull image "{image}"')
            host = images.familiar(image).split("/")[0]
            return found | waiting_state("ErrImagePull", f'rpc error: code = Unknown desc = failed to pull and unpack image "{image}": '
                                         f'failed to resolve reference "{image}": failed to do request: Head "https://{host}/v2/": '
                                         f"dial tcp: lookup {host.split(':')[0]}: no such host")
        record(self.api, pod, "Warning", "BackOff", f'Back-off pulling image "{image}"')
        return found | waiting_state("ImagePullBackOff", f'Back-off pulling image "{image}"')

    def address_of(self, memory):
        if "ip" not in memory:
            self.addresses += 1
            memory["ip"] = f"10.244.{self.addresses // 250 % 250}.{self.addresses % 250 + 2}"
        return memory["ip"]

    def address(self, node):
        item = self.store.find(self.api.kind("nodes"), None, node) or {}
        return next((entry["address"] for entry in item.get("status", {}).get("addresses") or []), "")

    @staticmethod
    def ended(code):
        return {"exitCode": code, "reason": "Error" if code else "Completed", "startedAt": now(), "finishedAt": now()}


def waiting_state(reason, message=""):
    return {"ready": False, "started": False, "state": {"waiting": {"reason": reason, **({"message": message} if message else {})}}}


def stamped(pod, kind, value, reason, message):
    """A pod condition; its time moves only when its value does."""
    text = "True" if value else "False"
    before = next((entry for entry in pod.get("status", {}).get("conditions") or [] if entry["type"] == kind), None)
    found = {"type": kind, "status": text, "lastProbeTime": None,
             "lastTransitionTime": before["lastTransitionTime"] if before and before["status"] == text else now()}
    if not value:
        found |= {"reason": reason, **({"message": message} if message else {})}
    return found
