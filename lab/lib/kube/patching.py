"""The four ways to change an object: JSON patch (RFC 6902), JSON merge patch (RFC 7386), strategic merge
patch, and server-side apply (without its conflicts: whoever applies has the last word)."""
import copy

import errors

# Lists that are merged item by item, and by which field (patchMergeKey in the Kubernetes API types).
# A list that is not here is replaced.
MERGE_KEYS = {
    "containers": ("name",), "initContainers": ("name",), "ephemeralContainers": ("name",), "volumes": ("name",),
    "env": ("name",), "volumeMounts": ("mountPath",), "volumeDevices": ("devicePath",),
    "ports": ("containerPort", "port"), "imagePullSecrets": ("name",), "secrets": ("name",), "hostAliases": ("ip",),
    "conditions": ("type",), "ownerReferences": ("uid",), "addresses": ("type",), "webhooks": ("name",),
    "topologySpreadConstraints": ("topologyKey",),
}
MERGED_PRIMITIVES = {"finalizers"}


def merge(target, patch):
    """RFC 7386."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def merge_key(name, items):
    """The field that tells the items of a list apart, or None when the list is replaced as a whole."""
    for key in MERGE_KEYS.get(name, ()):
        if items and all(isinstance(item, dict) and key in item for item in items):
            return key
    return None


def strategic(target, patch):
    """A strategic merge patch with the directives that kubectl and helm write."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: copy.deepcopy(value) for key, value in patch.items() if key != "$patch"}
    if directive == "delete":
        return {}
    if "$retainKeys" in patch:
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.split("/", 1)[1]
            result[name] = [item for item in result.get(name) or [] if item not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            result.pop(key, None)
        elif isinstance(value, list):
            result[key] = strategic_list(key, result.get(key) or [], value)
        else:
            result[key] = strategic(result.get(key), value)
    for key, order in patch.items():
        if key.startswith("$setElementOrder/"):
            name = key.split("/", 1)[1]
            if name in result:
                result[name] = in_order(name, result[name], order)
    return result


def strategic_list(name, target, patch):
    if name in MERGED_PRIMITIVES:
        return target + [item for item in patch if item not in target]
    entries = [item for item in patch if not (isinstance(item, dict) and item.get("$patch") == "replace" and len(item) == 1)]
    key = merge_key(name, entries)
    if key is None or len(entries) != len(patch):
        return copy.deepcopy(entries)
    result = list(target)
    for entry in entries:
        index = next((i for i, item in enumerate(result) if item.get(key) == entry[key]), None)
        if entry.get("$patch") == "delete":
            if index is not None:
                del result[index]
        elif index is None:
            result.append(strategic({}, entry))
        else:
            result[index] = strategic(result[index], entry)
    return result


def in_order(name, items, order):
    """Sorts a merged list as $setElementOrder says; what it does not name keeps its place at the end."""
    key = merge_key(name, items)
    wanted = [entry.get(key) if isinstance(entry, dict) else entry for entry in order]
    place = {value: index for index, value in enumerate(wanted)}
    return sorted(items, key=lambda item: place.get(item.get(key) if key else item, len(place)))


def apply(live, before, wanted, name=""):
    """Server-side apply: what this manager applied before and does not want any more goes, what it wants
    comes, what others set stays."""
    if isinstance(wanted, dict):
        live = live if isinstance(live, dict) else {}
        before = before if isinstance(before, dict) else {}
        result = {key: value for key, value in live.items() if key in wanted or key not in before}
        for key, value in wanted.items():
            result[key] = apply(live.get(key), before.get(key), value, key)
        return result
    if isinstance(wanted, list):
        key = merge_key(name, wanted)
        if key is None:
            return copy.deepcopy(wanted)
        old = {item.get(key): item for item in live or []}
        applied = {item.get(key): item for item in before or []}
        mine = {item[key]: apply(old.get(item[key]), applied.get(item[key]), item) for item in wanted}
        others = [item for value, item in old.items() if value not in mine and value not in applied]
        return list(mine.values()) + others
    return wanted


def json_patch(target, operations):
    """RFC 6902."""
    document = {"": copy.deepcopy(target)}
    for operation in operations:
        verb, path = operation["op"], pointer(operation["path"])
        if verb == "test":
            if lookup(document, path) != operation["value"]:
                raise errors.Refusal(422, "Invalid", f"testing value {operation['path']} failed")
        elif verb == "remove":
            take(document, path)
        elif verb in ("add", "replace"):
            put(document, path, copy.deepcopy(operation["value"]), verb == "replace")
        elif verb in ("move", "copy"):
            source = pointer(operation["from"])
            value = take(document, source) if verb == "move" else copy.deepcopy(lookup(document, source))
            put(document, path, value, False)
        else:
            raise errors.bad_request(f"unexpected patch operation {verb}")
    return document[""]


def pointer(text):
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")]


def lookup(document, path):
    try:
        for part in path:
            document = document[int(part)] if isinstance(document, list) else document[part]
        return document
    except (KeyError, IndexError, ValueError, TypeError):
        raise errors.Refusal(422, "Invalid", f"the path {'/'.join(path)} does not exist") from None


def take(document, path):
    value, parent = lookup(document, path), lookup(document, path[:-1])
    del parent[int(path[-1]) if isinstance(parent, list) else path[-1]]
    return value


def put(document, path, value, must_exist):
    if must_exist:
        lookup(document, path)
    parent, last = lookup(document, path[:-1]), path[-1]
    if not isinstance(parent, list):
        parent[last] = value
    elif last == "-":
        parent.append(value)
    elif must_exist:
        parent[int(last)] = value
    else:
        parent.insert(int(last), value)
