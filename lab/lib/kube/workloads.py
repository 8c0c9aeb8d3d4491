"""The controllers: a Deployment makes ReplicaSets, and these, StatefulSets, DaemonSets and Jobs make Pods.
Each turn looks at everything and does one step; a step that changes something leads to another turn."""
import datetime
import hashlib
import json
import math
import time

from api import random_name
from kubelet import eligible_nodes, is_ready
from store import copied, now

REVISION = "deployment.kubernetes.io/revision"


def template_hash(template):
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]


def share(value, total, up):
    """A number or a percentage of the replicas."""
    if isinstance(value, str) and value.endswith("%"):
        part = total * int(value[:-1]) / 100
        return math.ceil(part) if up else math.floor(part)
    return int(value)


def owner(item):
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "name": item["metadata"]["name"],
            "uid": item["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}


def condition(status, kind, value, reason, message):
    """Sets a condition in a list of them; the times move only when it changes."""
    found = [entry for entry in status.get("conditions") or [] if entry["type"] != kind]
    before = next((entry for entry in status.get("conditions") or [] if entry["type"] == kind), None)
    if before and (before["status"], before["reason"], before["message"]) == (value, reason, message):
        return found + [before]
    moved = before["lastTransitionTime"] if before and before["status"] == value else now()
    return found + [{"type": kind, "status": value, "reason": reason, "message": message,
                     "lastUpdateTime": now(), "lastTransitionTime": moved}]


class Workloads:
    def __init__(self, api, never_ready):
        self.api, self.store, self.never_ready = api, api.store, never_ready
        self.pods, self.sets = api.kind("pods"), api.kind("replicasets", "apps")
        self.progress = {}  # deployment uid → (what its progress is told by, since when)

    def turn(self):
        for plural, group, step in (("deployments", "apps", self.deployment), ("replicasets", "apps", self.replica_set),
                                    ("statefulsets", "apps", self.stateful_set), ("daemonsets", "apps", self.daemon_set),
                                    ("jobs", "batch", self.job)):
            kind = self.api.kind(plural, group)
            for item in self.store.list(kind)[0]:
                if "deletionTimestamp" not in item["metadata"]:
                    step(kind, item)

    def owned(self, kind, item):
        uid = item["metadata"]["uid"]
        return [child for child in self.store.list(kind, item["metadata"]["namespace"])[0]
                if any(entry["uid"] == uid for entry in child["metadata"].get("ownerReferences") or [])]

    def deployment(self, kind, item):
        spec, wanted = item["spec"], item["spec"]["replicas"]
        sets = self.owned(self.sets, item)
        digest = template_hash(spec["template"])
        new = next((entry for entry in sets if entry["metadata"]["labels"].get("pod-template-hash") == digest), None)
        old = [entry for entry in sets if entry is not new]
        top = max([int(entry["metadata"].get("annotations", {}).get(REVISION, 0)) for entry in sets] or [0])
        if new is None:
            return self.make_set(item, digest, top + 1)
        revision = int(new["metadata"]["annotations"][REVISION])
        if revision < top:
            revision = top + 1
            annotations = {**new["metadata"]["annotations"], REVISION: str(revision)}
            new = self.store.replace(self.sets, {**new, "metadata": {**new["metadata"], "annotations": annotations}})
        if item["metadata"].get("annotations", {}).get(REVISION) != str(revision):
            annotations = {**item["metadata"].get("annotations", {}), REVISION: str(revision)}
            item = self.store.replace(kind, {**item, "metadata": {**item["metadata"], "annotations": annotations}})
        self.roll(item, new, old, wanted)
        self.deployment_status(kind, item, new, old, wanted)
        past = sorted((entry for entry in old if not entry["spec"]["replicas"] and not entry["status"].get("replicas")),
                      key=lambda entry: int(entry["metadata"]["annotations"].get(REVISION, 0)))
        for entry in past[:max(0, len(past) - spec["revisionHistoryLimit"])]:
            self.api.delete(self.sets, entry["metadata"]["namespace"], entry["metadata"]["name"])

    def make_set(self, item, digest, revision):
        spec, metadata = item["spec"], item["metadata"]
        template = copied(spec["template"])
        labels = template.setdefault("metadata", {}).setdefault("labels", {})
        labels["pod-template-hash"] = digest
        selector = copied(spec["selector"])
        selector.setdefault("matchLabels", {})["pod-template-hash"] = digest
        self.api.create(self.sets, metadata["namespace"], {
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": f"{metadata['name']}-{digest}", "labels": dict(labels), "ownerReferences": [owner(item)],
                         "annotations": {REVISION: str(revision), "deployment.kubernetes.io/desired-replicas": str(spec["replicas"])}},
            "spec": {"replicas": 0, "selector": selector, "template": template}})

    def roll(self, item, new, old, wanted):
        """Moves replicas from the old sets to the new one, as far as surge and unavailability allow."""
        strategy, total = item["spec"]["strategy"], sum(entry["spec"]["replicas"] for entry in old)
        if strategy["type"] == "Recreate":
            for entry in old:
                self.resize(entry, 0)
            if not any(self.owned(self.pods, entry) for entry in old):
                self.resize(new, wanted)
            return
        surge = share(strategy["rollingUpdate"]["maxSurge"], wanted, True)
        spare = share(strategy["rollingUpdate"]["maxUnavailable"], wanted, False)
        if not surge and not spare:
            spare = 1
        self.resize(new, min(wanted, max(new["spec"]["replicas"] if new["spec"]["replicas"] <= wanted else 0,
                                         wanted + surge - total)))
        ready = sum(entry.get("status", {}).get("readyReplicas", 0) for entry in old + [new])
        removable = max(0, ready - (wanted - spare))
        for entry in old:
            healthy = entry.get("status", {}).get("readyReplicas", 0)
            going = min(healthy, removable)
            removable -= going
            self.resize(entry, healthy - going if entry["spec"]["replicas"] else 0)

    def resize(self, entry, replicas):
        if entry["spec"]["replicas"] != replicas:
            self.store.update(self.sets, entry, spec={**entry["spec"], "replicas": replicas})

    def deployment_status(self, kind, item, new, old, wanted):
        def count(sets, field):
            return sum(entry.get("status", {}).get(field, 0) for entry in sets)

        ready, updated, total = count([new] + old, "readyReplicas"), count([new], "replicas"), count([new] + old, "replicas")
        status = {"observedGeneration": item["metadata"]["generation"], "replicas": total, "updatedReplicas": updated,
                  "readyReplicas": ready, "availableReplicas": ready, "unavailableReplicas": max(0, max(total, wanted) - ready)}
        status = {key: value for key, value in status.items() if value or key == "observedGeneration"}
        name, before = new["metadata"]["name"], item.get("status", {})
        spare = share(item["spec"]["strategy"].get("rollingUpdate", {}).get("maxUnavailable", 0), wanted, False)
        enough = ready >= wanted - spare
        status["conditions"] = condition(before, "Available", "True" if enough else "False", "MinimumReplicasAvailable" if enough else
                                         "MinimumReplicasUnavailable", "Deployment has minimum availability." if enough else
                                         "Deployment does not have minimum availability.")
        done = updated == wanted == total and count([new], "readyReplicas") == wanted
        mark = (name, item["metadata"]["generation"], updated, ready, total)
        since = self.progress.setdefault(item["metadata"]["uid"], (mark, time.monotonic()))
        if since[0] != mark:
            since = self.progress[item["metadata"]["uid"]] = (mark, time.monotonic())
        if done:
            state = ("True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
        elif time.monotonic() - since[1] > item["spec"]["progressDeadlineSeconds"]:
            state = ("False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.')
        else:
            state = ("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
        status["conditions"] = condition(status, "Progressing", *state)
        self.store.update(kind, item, status=status)

    def replica_set(self, kind, item):
        pods = self.owned(self.pods, item)
        wanted = item["spec"]["replicas"]
        while len(pods) > wanted:
            pods.sort(key=lambda pod: (not is_ready(pod), pod["metadata"]["creationTimestamp"]))
            gone = pods.pop()
            self.api.delete(self.pods, gone["metadata"]["namespace"], gone["metadata"]["name"])
        for _ in range(wanted - len(pods)):
            parents = item["metadata"].get("ownerReferences") or []
            pods.append(self.make_pod(item, f"{item['metadata']['name']}-{random_name()}", item["spec"]["template"],
                                      parents[0]["name"] if parents else item["metadata"]["name"]))
        ready = sum(map(is_ready, pods))
        self.store.update(kind, item, status={"observedGeneration": item["metadata"]["generation"], "replicas": len(pods),
                                              "fullyLabeledReplicas": len(pods), "readyReplicas": ready, "availableReplicas": ready})

    def make_pod(self, item, name, template, workload, labels=None, node=None):
        metadata = copied(template.get("metadata") or {})
        metadata["labels"] = {**(metadata.get("labels") or {}), **(labels or {})}
        metadata |= {"name": name, "namespace": item["metadata"]["namespace"], "ownerReferences": [owner(item)]}
        if f"{metadata['namespace']}/{workload}" in self.never_ready():
            metadata["annotations"] = {**(metadata.get("annotations") or {}), "gantry.lab/never-ready": "true"}
        spec = copied(template["spec"])
        if node:
            spec["nodeName"] = node
        return self.api.create(self.pods, metadata["namespace"], {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})

    def drop(self, pod):
        self.api.delete(self.pods, pod["metadata"]["namespace"], pod["metadata"]["name"])

    def stateful_set(self, kind, item):
        name, wanted, digest = item["metadata"]["name"], item["spec"]["replicas"], template_hash(item["spec"]["template"])
        revision = f"{name}-{digest}"
        pods = {int(pod["metadata"]["name"].rsplit("-", 1)[1]): pod for pod in self.owned(self.pods, item)}
        parallel = item["spec"]["podManagementPolicy"] == "Parallel"
        for ordinal in sorted(pods, reverse=True):
            if ordinal >= wanted:
                self.drop(pods.pop(ordinal))
        for ordinal in range(wanted):
            if ordinal not in pods:
                pods[ordinal] = self.make_pod(item, f"{name}-{ordinal}", item["spec"]["template"], name, {
                    "controller-revision-hash": revision, "statefulset.kubernetes.io/pod-name": f"{name}-{ordinal}"})
            if not parallel and not is_ready(pods[ordinal]):
                break
        outdated = [o for o, pod in sorted(pods.items()) if pod["metadata"]["labels"].get("controller-revision-hash") != revision]
        updated = len(pods) - len(outdated)
        # From the last to the first, one at a time; a pod that never got ready does not hold the update up.
        if outdated and item["spec"]["updateStrategy"].get("type") == "RollingUpdate":
            if all(is_ready(pod) for o, pod in pods.items() if o not in outdated) or not is_ready(pods[outdated[-1]]):
                self.drop(pods.pop(outdated[-1]))
        ready = sum(map(is_ready, pods.values()))
        current = revision if not outdated else item.get("status", {}).get("currentRevision", revision)
        self.store.update(kind, item, status={
            "observedGeneration": item["metadata"]["generation"], "replicas": len(pods), "readyReplicas": ready, "availableReplicas": ready,
            "updatedReplicas": updated, "currentReplicas": len(pods) if not outdated else len(outdated), "currentRevision": current,
            "updateRevision": revision, "collisionCount": 0})

    def daemon_set(self, kind, item):
        name, digest = item["metadata"]["name"], template_hash(item["spec"]["template"])
        nodes = eligible_nodes(self.api, item["spec"]["template"]["spec"], daemon=True)
        pods = {pod["spec"]["nodeName"]: pod for pod in self.owned(self.pods, item)}
        for node in list(pods):
            if node not in nodes:
                self.drop(pods.pop(node))
        for node in nodes:
            if node not in pods:
                pods[node] = self.make_pod(item, f"{name}-{random_name()}", item["spec"]["template"], name,
                                           {"controller-revision-hash": digest}, node)
        outdated = [n for n, pod in sorted(pods.items()) if pod["metadata"]["labels"].get("controller-revision-hash") != digest]
        updated = len(pods) - len(outdated)
        unready = [node for node, pod in pods.items() if not is_ready(pod)]
        if outdated and item["spec"]["updateStrategy"].get("type") == "RollingUpdate":
            going = [node for node in outdated if node in unready] or ([] if unready else outdated)
            if going:
                self.drop(pods.pop(going[0]))
        ready = sum(map(is_ready, pods.values()))
        self.store.update(kind, item, status={
            "observedGeneration": item["metadata"]["generation"], "desiredNumberScheduled": len(nodes), "currentNumberScheduled": len(pods),
            "updatedNumberScheduled": updated, "numberReady": ready, "numberAvailable": ready, "numberMisscheduled": 0,
            "numberUnavailable": len(nodes) - ready})

    def job(self, kind, item):
        status, spec, name = item.get("status", {}), item["spec"], item["metadata"]["name"]
        if any(entry["type"] in ("Complete", "Failed") for entry in status.get("conditions") or []) or spec.get("suspend"):
            return
        pods = self.owned(self.pods, item)
        phases = [pod.get("status", {}).get("phase") for pod in pods]
        succeeded, failed = phases.count("Succeeded"), phases.count("Failed")
        active = len(pods) - succeeded - failed
        after = {"startTime": status.get("startTime", now()), "succeeded": succeeded, "failed": failed, "active": active,
                 "uncountedTerminatedPods": {}, "ready": 0}
        late = spec.get("activeDeadlineSeconds") is not None and older(after["startTime"], spec["activeDeadlineSeconds"])
        if succeeded >= spec["completions"]:
            after |= {"completionTime": now(), "conditions": condition(status, "Complete", "True", "CompletionsReached", "")}
        elif late or failed > spec["backoffLimit"]:
            why = ("DeadlineExceeded", "Job was active longer than specified deadline") if late else \
                ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
            after["conditions"] = condition(status, "Failed", "True", *why)
        elif active < min(spec["parallelism"], spec["completions"] - succeeded):
            self.make_pod(item, f"{name}-{random_name()}", spec["template"], name, {"job-name": name, "controller-uid": item["metadata"]["uid"]})
        self.store.update(kind, item, status={key: value for key, value in after.items() if value or key in ("uncountedTerminatedPods", "ready")})


def older(since, seconds):
    begun = datetime.datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    return (datetime.datetime.now(datetime.timezone.utc) - begun).total_seconds() > seconds
