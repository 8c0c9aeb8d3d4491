"""Event objects about pods, as the scheduler and the kubelet write them; the same event again only counts up,
and not more often than every ten seconds."""
import hashlib
import time

from store import now


def record(api, pod, kind, reason, message, source="kubelet"):
    events, metadata = api.kind("events"), pod["metadata"]
    identity = hashlib.sha256(f"{metadata['uid']} {reason} {message}".encode()).hexdigest()[:16]
    before = api.store.find(events, metadata["namespace"], f"{metadata['name']}.{identity}")
    if time.monotonic() - api.told.get(identity, -10) < 10:
        return
    api.told[identity] = time.monotonic()
    if before is not None:
        api.store.update(events, before, count=before["count"] + 1, lastTimestamp=now())
        return
    api.create(events, metadata["namespace"], {
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"{metadata['name']}.{identity}"}, "type": kind, "reason": reason,
        "message": message, "count": 1, "firstTimestamp": now(), "lastTimestamp": now(), "source": {
            "component": source, "host": pod["spec"].get("nodeName", "")},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "namespace": metadata["namespace"],
                           "uid": metadata["uid"]}})
