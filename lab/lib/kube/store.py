"""Every object of the cluster in memory, each change numbered and kept for those who watch.
An object that is stored is never changed in place: a change stores another one."""
import collections
import copy
import datetime
import threading
import uuid

import errors

KEPT_EVENTS = 20000


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    def __init__(self):
        self.changed = threading.Condition(threading.RLock())
        self.version = 1
        self.tables = collections.defaultdict(dict)
        self.events = collections.deque(maxlen=KEPT_EVENTS)

    def get(self, kind, namespace, name):
        with self.changed:
            found = self.tables[kind.group, kind.plural].get((namespace or "", name))
        if found is None:
            raise errors.not_found(kind, name)
        return found

    def find(self, kind, namespace, name):
        with self.changed:
            return self.tables[kind.group, kind.plural].get((namespace or "", name))

    def list(self, kind, namespace=None):
        """The objects in order of namespace and name, and the version they are of."""
        with self.changed:
            table = self.tables[kind.group, kind.plural]
            return [table[key] for key in sorted(table) if not namespace or key[0] == namespace], self.version

    def create(self, kind, item, dry_run=False):
        """Stores a new object; it belongs to the store from here on."""
        metadata = item["metadata"]
        with self.changed:
            table, key = self.tables[kind.group, kind.plural], (metadata.get("namespace", ""), metadata["name"])
            if key in table:
                raise errors.already_exists(kind, metadata["name"])
            metadata.update(uid=str(uuid.uuid4()), creationTimestamp=now(), generation=1)
            metadata["resourceVersion"] = str(self.version)
            if not dry_run:
                self._put("ADDED", kind, table, key, item)
        return item

    def replace(self, kind, item, dry_run=False):
        """Stores an object in place of the one of its name; one that is equal is no change."""
        metadata = item["metadata"]
        with self.changed:
            table, key = self.tables[kind.group, kind.plural], (metadata.get("namespace", ""), metadata["name"])
            before = table.get(key)
            if before is None:
                raise errors.not_found(kind, metadata["name"])
            if metadata.get("resourceVersion") not in (None, "", "0", before["metadata"]["resourceVersion"]):
                raise errors.conflict(kind, metadata["name"])
            for field in ("uid", "creationTimestamp", "generation", "deletionTimestamp", "resourceVersion"):
                metadata.pop(field, None)
                if field in before["metadata"]:
                    metadata[field] = before["metadata"][field]
            if item.get("spec") != before.get("spec"):
                metadata["generation"] = before["metadata"].get("generation", 1) + 1
            if item == before:
                return before
            if metadata.get("deletionTimestamp") and not metadata.get("finalizers"):
                if not dry_run:
                    self._drop(kind, table, key, item)
                return item
            if not dry_run:
                self._put("MODIFIED", kind, table, key, item)
        return item

    def update(self, kind, item, **parts):
        """Stores an object with other top-level parts, as a controller does; nothing when it is gone."""
        with self.changed:
            before = self.find(kind, item["metadata"].get("namespace"), item["metadata"]["name"])
            if before is None or before["metadata"]["uid"] != item["metadata"]["uid"]:
                return None
            after = {**before, "metadata": dict(before["metadata"]), **parts}
            return self.replace(kind, after)

    def mark_deleted(self, kind, item):
        """Deletes an object, or only marks it while finalizers hold it."""
        with self.changed:
            metadata = item["metadata"]
            table, key = self.tables[kind.group, kind.plural], (metadata.get("namespace", ""), metadata["name"])
            before = table.get(key)
            if before is None:
                return item
            if not before["metadata"].get("finalizers"):
                return self._drop(kind, table, key, before)
            if "deletionTimestamp" in before["metadata"]:
                return before
            after = {**before, "metadata": {**before["metadata"], "deletionTimestamp": now(),
                                            "deletionGracePeriodSeconds": 0}}
            self._put("MODIFIED", kind, table, key, after)
            return after

    def _put(self, event, kind, table, key, item):
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        previous, table[key] = table.get(key), item
        self.events.append((self.version, event, kind.group, kind.plural, item, previous))
        self.changed.notify_all()

    def _drop(self, kind, table, key, item):
        self.version += 1
        del table[key]
        last = {**item, "metadata": {**item["metadata"], "resourceVersion": str(self.version)}}
        self.events.append((self.version, "DELETED", kind.group, kind.plural, last, item))
        self.changed.notify_all()
        return last

    def events_after(self, version, kind, timeout):
        """Waits for changes of a kind after a version; returns them and the version to go on from."""
        with self.changed:
            if self.version == version:
                self.changed.wait(timeout)
            if self.version == version:
                return [], version
            if self.events and self.events[0][0] > version + 1:
                raise errors.gone()
            found = []
            for event in reversed(self.events):
                if event[0] <= version:
                    break
                if event[2:4] == (kind.group, kind.plural):
                    found.append(event)
            return found[::-1], self.version


def copied(item):
    return copy.deepcopy(item)
