"""What a request does to the store: defaults, checks, generations, dry runs, deletion with what belongs to it."""
import random

import errors
import patching
from admission import check, default
from store import copied, now

LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def random_name(length=5):
    return "".join(random.choice(LETTERS) for _ in range(length))


class API:
    def __init__(self, store, kinds):
        self.store, self.kinds = store, kinds
        self.applied = {}  # (uid, manager) → what it applied last
        self.told = {}  # event → when it was recorded last
        self.served = {}  # CRD uid → the generation that is served

    def kind(self, plural, group=""):
        return self.kinds.get(plural, group)

    def create(self, kind, namespace, item, dry_run=False):
        if not isinstance(item, dict) or not isinstance(item.get("metadata", {}), dict):
            raise errors.bad_request("the body is not an object")
        item = copied(item)
        metadata = item.setdefault("metadata", {})
        item["apiVersion"], item["kind"] = item.get("apiVersion") or kind.api_version(), kind.kind
        for field in ("uid", "resourceVersion", "creationTimestamp", "selfLink", "managedFields", "deletionTimestamp"):
            metadata.pop(field, None)
        if not metadata.get("name"):
            if not metadata.get("generateName"):
                raise errors.invalid(kind, "", "metadata.name", "Required value: name or generateName is required")
            metadata["name"] = metadata["generateName"] + random_name()
        self._place(kind, namespace, metadata)
        # A node says itself how it is; of all else only a controller knows.
        if kind.has_status and kind.plural not in ("nodes", "namespaces"):
            item.pop("status", None)
        default(kind, item)
        check(kind, item, None)
        return self.store.create(kind, item, dry_run)

    def _place(self, kind, namespace, metadata):
        if not kind.namespaced:
            metadata.pop("namespace", None)
            return
        if metadata.get("namespace", namespace) != namespace:
            raise errors.bad_request("the namespace of the provided object does not match the namespace sent on the request")
        metadata["namespace"] = namespace
        home = self.store.find(self.kind("namespaces"), None, namespace)
        if home is None:
            raise errors.not_found(self.kind("namespaces"), namespace)
        if "deletionTimestamp" in home["metadata"]:
            raise errors.forbidden(kind, metadata["name"], f"unable to create new content in namespace {namespace} "
                                   "because it is being terminated")

    def update(self, kind, namespace, name, item, dry_run=False, part=None):
        """PUT; `part` is a subresource that changes alone."""
        with self.store.changed:
            before = self.store.get(kind, namespace, name)
            item = copied(item)
            if item.setdefault("metadata", {}).get("name", name) != name:
                raise errors.bad_request("the name of the object does not match the name on the URL")
            item["metadata"]["name"] = name
            if kind.namespaced:
                item["metadata"]["namespace"] = namespace
            item["apiVersion"], item["kind"] = item.get("apiVersion") or kind.api_version(), kind.kind
            if part == "status":
                item = {**copied(before), "status": item.get("status", {}),
                        "metadata": {**copied(before["metadata"]), "resourceVersion": item["metadata"].get("resourceVersion")}}
            elif kind.has_status:
                item.pop("status", None)
                if "status" in before:
                    item["status"] = before["status"]
            default(kind, item)
            check(kind, item, before)
            if item["metadata"].get("uid") not in (None, "", before["metadata"]["uid"]):
                raise errors.conflict(kind, name)
            return self.store.replace(kind, item, dry_run)

    def patch(self, kind, namespace, name, form, body, dry_run=False, part=None, manager="unknown"):
        """PATCH; an apply of an object that is not there creates it. Returns the object and whether it is new."""
        with self.store.changed:
            before = self.store.find(kind, namespace, name)
            if form == "application/apply-patch+yaml":
                return self._apply(kind, namespace, name, before, body, dry_run, manager, part)
            if before is None:
                raise errors.not_found(kind, name)
            if form == "application/json-patch+json":
                after = patching.json_patch(before, body)
            elif form == "application/merge-patch+json":
                after = patching.merge(before, body)
            elif form == "application/strategic-merge-patch+json" and not kind.custom:
                after = patching.strategic(before, body)
            else:
                raise errors.unsupported("the body of the request was in an unknown format - accepted media types include: "
                                         "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml")
            return self.update(kind, namespace, name, after, dry_run, part), False

    def _apply(self, kind, namespace, name, before, body, dry_run, manager, part):
        body = copied(body)
        body.setdefault("metadata", {})["name"] = name
        body["metadata"].pop("managedFields", None)
        if before is None:
            after, new = self.create(kind, namespace, body, dry_run), True
        else:
            last = self.applied.get((before["metadata"]["uid"], manager))
            after, new = self.update(kind, namespace, name, patching.apply(before, last, body), dry_run, part), False
        if not dry_run:
            self.applied[after["metadata"]["uid"], manager] = body
        return after, new

    def scale(self, kind, namespace, name, replicas=None):
        """The Scale (autoscaling/v1) of a workload, with another number of replicas when one is given."""
        item = self.store.get(kind, namespace, name)
        if replicas is not None:
            item = self.update(kind, namespace, name, {**item, "spec": {**item["spec"], "replicas": replicas}})
        labels = item["spec"].get("selector", {}).get("matchLabels", {})
        return {"apiVersion": "autoscaling/v1", "kind": "Scale",
                "metadata": {key: item["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")},
                "spec": {"replicas": item["spec"].get("replicas", 1)},
                "status": {"replicas": item.get("status", {}).get("replicas", 0),
                           "selector": ",".join(f"{key}={value}" for key, value in labels.items())}}

    def delete(self, kind, namespace, name, options=None, dry_run=False):
        options = options or {}
        with self.store.changed:
            item = self.store.get(kind, namespace, name)
            wanted = (options.get("preconditions") or {}).get("uid")
            if wanted and wanted != item["metadata"]["uid"]:
                raise errors.conflict(kind, name)
            if dry_run:
                return item
            item = self.store.mark_deleted(kind, item)
            if "deletionTimestamp" not in item["metadata"] or not item["metadata"].get("finalizers"):
                self._after_deletion(kind, item, options.get("propagationPolicy") == "Orphan" or options.get("orphanDependents"))
            return item

    def _after_deletion(self, kind, item, orphan):
        if kind.plural == "namespaces":
            for other in list(self.kinds.by_resource.values()):
                if other.namespaced:
                    for child in self.store.list(other, item["metadata"]["name"])[0]:
                        self.store.mark_deleted(other, child)
        if kind.plural == "customresourcedefinitions":
            removed = self.kinds.remove_crd(item)
            if removed:
                self.store.tables.pop((removed.group, removed.plural), None)
        if not orphan:
            self.collect(item["metadata"]["uid"])

    def collect(self, uid):
        """Deletes what an object owned."""
        for kind in list(self.kinds.by_resource.values()):
            for child in self.store.list(kind)[0]:
                if any(owner.get("uid") == uid for owner in child["metadata"].get("ownerReferences") or []):
                    self.store.mark_deleted(kind, child)
                    self.collect(child["metadata"]["uid"])

    def serve_crd(self, crd):
        """Serves a CRD's kind and says so in its status, once for each generation of it."""
        identity, generation = crd["metadata"]["uid"], crd["metadata"]["generation"]
        if self.served.get(identity) == generation:
            return
        self.served[identity] = generation
        names = {"listKind": crd["spec"]["names"]["kind"] + "List", "singular": crd["spec"]["names"]["kind"].lower(),
                 **crd["spec"]["names"]}
        self.kinds.add_crd(crd)
        conditions = [{"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now()}
                      for kind, reason, message in (("NamesAccepted", "NoConflicts", "no conflicts found"),
                                                    ("Established", "InitialNamesAccepted", "the initial names have been accepted"))]
        stored = [version["name"] for version in crd["spec"]["versions"] if version.get("storage")]
        status = crd.get("status") or {"conditions": conditions}
        self.store.update(self.kind("customresourcedefinitions", "apiextensions.k8s.io"), crd,
                          status={**status, "acceptedNames": names, "storedVersions": stored})
