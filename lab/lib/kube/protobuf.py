"""Bodies in Kubernetes' protobuf form (k8s.io/apimachinery/pkg/runtime, Unknown): typed clients such as helm's
store of releases send them. Decodes those kinds that such clients write; also encodes, for the OpenAPI document."""
import base64
import datetime

import errors

MAGIC = b"k8s\0"

# Field number → (name, type); a type that begins with "map" or "list" has its value's type after the colon.
# From the generated.proto files of k8s.io/api and k8s.io/apimachinery.
MESSAGES = {
    "Unknown": {1: ("typeMeta", "TypeMeta"), 2: ("raw", "bytes"), 3: ("contentEncoding", "string"), 4: ("contentType", "string")},
    "TypeMeta": {1: ("apiVersion", "string"), 2: ("kind", "string")},
    "Time": {1: ("seconds", "int"), 2: ("nanos", "int")},
    "OwnerReference": {1: ("kind", "string"), 3: ("name", "string"), 4: ("uid", "string"), 5: ("apiVersion", "string"),
                       6: ("controller", "bool"), 7: ("blockOwnerDeletion", "bool")},
    "ObjectMeta": {1: ("name", "string"), 2: ("generateName", "string"), 3: ("namespace", "string"), 5: ("uid", "string"),
                   6: ("resourceVersion", "string"), 7: ("generation", "int"), 8: ("creationTimestamp", "Time"),
                   9: ("deletionTimestamp", "Time"), 10: ("deletionGracePeriodSeconds", "int"), 11: ("labels", "map:string"),
                   12: ("annotations", "map:string"), 13: ("ownerReferences", "list:OwnerReference"), 14: ("finalizers", "list:string")},
    "Secret": {1: ("metadata", "ObjectMeta"), 2: ("data", "map:base64"), 3: ("type", "string"),
               4: ("stringData", "map:string"), 5: ("immutable", "bool")},
    "ConfigMap": {1: ("metadata", "ObjectMeta"), 2: ("data", "map:string"), 3: ("binaryData", "map:base64"), 4: ("immutable", "bool")},
    "Namespace": {1: ("metadata", "ObjectMeta")},
    "Preconditions": {1: ("uid", "string"), 2: ("resourceVersion", "string")},
    "DeleteOptions": {1: ("gracePeriodSeconds", "int"), 2: ("preconditions", "Preconditions"), 3: ("orphanDependents", "bool"),
                      4: ("propagationPolicy", "string"), 5: ("dryRun", "list:string")},
}


def decode_object(body):
    """A body that begins with the magic → the object as JSON would have it."""
    if not body.startswith(MAGIC):
        raise errors.bad_request("the body is not Kubernetes protobuf")
    unknown = decode("Unknown", body[len(MAGIC):])
    kind = unknown.get("typeMeta", {}).get("kind", "")
    if kind not in MESSAGES:
        raise errors.unsupported(f"the lab's API reads {kind or 'this object'} as JSON, not as protobuf")
    return {**unknown["typeMeta"], **decode(kind, unknown.get("raw", b""))}


def decode(message, data):
    fields, result, position = MESSAGES[message], {}, 0
    while position < len(data):
        tag, position = varint(data, position)
        value, position = wire_value(data, position, tag & 7)
        if tag >> 3 not in fields:
            continue
        name, kind = fields[tag >> 3]
        form, _, inner = kind.rpartition(":")
        if form == "map":
            key, entry = map_entry(value, inner)
            result.setdefault(name, {})[key] = entry
        elif form == "list":
            result.setdefault(name, []).append(convert(value, inner))
        else:
            result[name] = convert(value, kind)
    # An empty string is a field that is not set.
    return {name: value for name, value in result.items() if value not in ("", None)}


def map_entry(data, kind):
    key, value, position = "", "" if kind != "int" else 0, 0
    while position < len(data):
        tag, position = varint(data, position)
        part, position = wire_value(data, position, tag & 7)
        if tag >> 3 == 1:
            key = part.decode()
        else:
            value = convert(part, kind)
    return key, value


def convert(value, kind):
    if kind == "string":
        return value.decode()
    if kind == "base64":
        return base64.b64encode(value).decode()
    if kind == "bytes":
        return value
    if kind == "int":
        return value - (1 << 64) if value >= 1 << 63 else value
    if kind == "bool":
        return bool(value)
    if kind == "Time":
        seconds = decode("Time", value).get("seconds")
        if seconds is None:
            return None
        return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return decode(kind, value)


def varint(data, position):
    result = shift = 0
    while True:
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, position
        shift += 7


def wire_value(data, position, form):
    if form == 0:
        return varint(data, position)
    size = {1: 8, 5: 4}.get(form)
    if size is None:
        size, position = varint(data, position)
    return data[position:position + size], position + size


def encode_field(number, value):
    """One length-delimited field."""
    value = value.encode() if isinstance(value, str) else value
    return encode_varint(number << 3 | 2) + encode_varint(len(value)) + value


def encode_varint(number):
    out = bytearray()
    while True:
        byte, number = number & 0x7F, number >> 7
        if not number:
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)
