"""Node objects, as a kubelet registers itself. As a program: `nodes.py NAME ADDRESS RUNTIME` prints one."""
import hashlib
import json
import platform
import sys

sys.dont_write_bytecode = True
from store import now  # noqa: E402


def node(name, address, runtime, roles=(), taints=(), labels=None, arch="amd64", version="v1.28.15"):
    """`runtime` is like containerd://1.6.20; a role becomes a label, as kubeadm sets it."""
    identity = hashlib.sha256(name.encode()).hexdigest()[:32]
    capacity = {"cpu": "4", "memory": "16Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    found = {"beta.kubernetes.io/arch": arch, "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": arch,
             "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", **(labels or {})}
    for role in roles:
        found[f"node-role.kubernetes.io/{role}"] = ""

    def state(kind, status, reason, message):
        return {"type": kind, "status": status, "reason": reason, "message": message,
                "lastHeartbeatTime": now(), "lastTransitionTime": now()}

    return {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": found, "annotations": {
            "volumes.kubernetes.io/controller-managed-attach-detach": "true"}},
        "spec": {"podCIDR": "10.244.0.0/24", **({"taints": [{"key": key, "effect": "NoSchedule"} for key in taints]} if taints else {})},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "capacity": capacity, "allocatable": capacity,
            "conditions": [state("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                           state("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                           state("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                           state("Ready", "True", "KubeletReady", "kubelet is posting ready status")],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {"architecture": arch, "bootID": identity, "containerRuntimeVersion": runtime, "kernelVersion": platform.release(),
                         "kubeProxyVersion": version, "kubeletVersion": version, "machineID": identity, "operatingSystem": "linux",
                         "osImage": "Debian GNU/Linux", "systemUUID": identity}}}


if __name__ == "__main__":
    print(json.dumps(node(*sys.argv[1:])))
