"""The OpenAPI documents, as far as clients read them before they write: that a kind can be patched and
knows the parameters dryRun, fieldValidation and fieldManager. No schemas: clients then check nothing."""
import hashlib
import json

from protobuf import encode_field

PARAMETERS = ("dryRun", "fieldValidation", "fieldManager")


def path_of(kind, version):
    prefix = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
    return f"{prefix}/{'namespaces/{namespace}/' if kind.namespaced else ''}{kind.plural}/{{name}}"


def version_2(kinds):
    """gnostic's openapi_v2.Document (OpenAPIv2.proto): paths → item → patch → parameters and extension."""
    paths = b""
    for kind in list(kinds.by_resource.values()):
        for version in kind.versions:
            operation = b"".join(
                # Operation.parameters → ParametersItem → Parameter → NonBodyParameter → query → name
                encode_field(8, encode_field(1, encode_field(2, encode_field(3, encode_field(4, name))))) for name in PARAMETERS)
            gvk = json.dumps({"group": kind.group, "version": version, "kind": kind.kind})
            operation += encode_field(13, encode_field(1, "x-kubernetes-group-version-kind") + encode_field(2, encode_field(2, gvk)))
            paths += encode_field(2, encode_field(1, path_of(kind, version)) + encode_field(2, encode_field(8, operation)))
    return encode_field(1, "2.0") + encode_field(8, paths)


def version_3_index(kinds):
    found = {"api/v1": kinds.of("", "v1")}
    for group, versions in kinds.groups().items():
        for version in versions:
            found[f"apis/{group}/{version}"] = kinds.of(group, version)
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest(members)}"} for path, members in found.items()}}


def digest(kinds):
    return hashlib.sha256(" ".join(kind.plural for kind in kinds).encode()).hexdigest()[:32].upper()


def version_3(kinds, group, version):
    paths = {}
    for kind in kinds.of(group, version):
        gvk = {"group": kind.group, "version": version, "kind": kind.kind}
        parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in PARAMETERS]
        paths[path_of(kind, version)] = {"patch": {
            "operationId": f"patch{kind.kind}", "parameters": parameters, "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": gvk, "responses": {"200": {"description": "OK"}}}}
    return {"openapi": "3.0.0", "info": {"title": "gantry lab", "version": "v1"}, "paths": paths, "components": {"schemas": {}}}
