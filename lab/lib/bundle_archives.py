"""The forms images come in: docker-archive as charts-syncer writes it, `docker save` before and since
Docker 25, and the OCI layout."""
import hashlib
import json

from bundle_tar import File, Tar

CREATED = "2024-01-01T00:00:00Z"


def build(form, images, made, arch, broken=None):
    """Returns a Tar with the images in the given form; `made` maps a layer's key to its Layer."""
    packed = [Packed(image, [made[spec.key] for spec in image.layers], arch) for image in images]
    if form == "docker-archive":
        return docker_archive(packed, broken)
    if form == "docker-save-legacy":
        return docker_save_legacy(packed)
    return oci_layout(packed, arch, docker=form == "docker-save-oci")


def encode(value):
    return json.dumps(value, separators=(",", ":")).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Packed:
    """An image with its layers on disk and its config."""

    def __init__(self, image, layers, arch):
        self.reference, self.layers = image.reference, layers
        self.config = encode({
            "architecture": arch, "os": "linux", "created": CREATED,
            "config": {"Env": ["PATH=/usr/bin:/bin"], "Entrypoint": ["/" + image.repository.split("/")[-1]],
                       "Labels": {"org.opencontainers.image.title": image.repository,
                                  "org.opencontainers.image.version": image.tag}},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + layer.diff_id for layer in layers]},
            "history": [{"created": CREATED, "created_by": f"COPY {spec.key.split('/', 1)[1]} /opt/"} for spec in image.layers],
        })
        self.config_digest = sha256(self.config)


def docker_archive(images, broken):
    tar, manifest, seen = Tar(), [], set()
    flipped = missing = None
    if broken in ("flip-layer", "missing-layer"):
        victim = images[len(images) // 2].layers[-1]
        flipped, missing = (victim, None) if broken == "flip-layer" else (None, victim)
    for image in images:
        name = "sha256:" + image.config_digest
        tar.add(name, image.config)
        for layer in image.layers:
            if layer.digest in seen:
                continue
            seen.add(layer.digest)
            if layer is missing:
                continue
            tar.add(layer.digest + ".tar.gz", File(layer.path, layer.size, layer.size // 2 if layer is flipped else None))
        manifest.append({"Config": name, "RepoTags": [image.reference],
                         "Layers": [layer.digest + ".tar.gz" for layer in image.layers]})
    if broken == "bad-ref":
        manifest[0]["RepoTags"].append("release.daocloud.io/kpanda/x;$(touch /tmp/x):v1")
    if broken == "traversal":
        tar.add("../../etc/x", "this file must not be written\n")
    tar.add("manifest.json", encode(manifest))
    return tar


def docker_save_legacy(images):
    """`docker save` before 25: a folder per layer named by a legacy id that follows the chain; a layer
    that was there under another id is a link. Members are in the order of their names."""
    members, manifest, repositories, path_of = {}, [], {}, {}
    for image in images:
        parent, paths = "", []
        for index, layer in enumerate(image.layers):
            last = index == len(image.layers) - 1
            identity = sha256(f"{parent}/{layer.diff_id}/{image.config_digest if last else ''}".encode())
            path = f"{identity}/layer.tar"
            paths.append(path)
            if path not in members:
                members[f"{identity}/"] = None
                members[f"{identity}/VERSION"] = b"1.0"
                description = {"id": identity, "created": CREATED, "os": "linux"}
                if parent:
                    description["parent"] = parent
                members[f"{identity}/json"] = encode(description)
                there = path_of.setdefault(layer.diff_id, path)
                members[path] = File(layer.path, layer.size) if there == path else "../" + there
            parent = identity
        members[image.config_digest + ".json"] = image.config
        manifest.append({"Config": image.config_digest + ".json", "RepoTags": [image.reference], "Layers": paths})
        repository, tag = image.reference.rsplit(":", 1)
        repositories.setdefault(repository, {})[tag] = parent
    members["manifest.json"] = encode(manifest)
    members["repositories"] = encode(repositories)
    tar = Tar()
    for name in sorted(members):
        content = members[name]
        if content is None:
            tar.add_folder(name)
        elif isinstance(content, str):
            tar.add_link(name, content)
        else:
            tar.add(name, content)
    return tar


def oci_layout(images, arch, docker):
    """An OCI layout; with docker=True as `docker save` writes it since 25, with a manifest.json beside."""
    blobs, index, manifest = {}, [], []
    for image in images:
        layers = []
        for layer in image.layers:
            blobs[layer.digest] = File(layer.path, layer.size)
            kind = "application/vnd.oci.image.layer.v1.tar" + ("+gzip" if layer.compressed else "")
            layers.append({"mediaType": kind, "digest": "sha256:" + layer.digest, "size": layer.size})
        blobs[image.config_digest] = image.config
        body = encode({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                       "digest": "sha256:" + image.config_digest, "size": len(image.config)},
            "layers": layers,
        })
        digest = sha256(body)
        blobs[digest] = body
        descriptor = {
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:" + digest, "size": len(body),
            "annotations": {"io.containerd.image.name": image.reference,
                            "org.opencontainers.image.ref.name": image.reference.rsplit(":", 1)[1]},
        }
        if not docker:
            descriptor["platform"] = {"architecture": arch, "os": "linux"}
        index.append(descriptor)
        manifest.append({"Config": "blobs/sha256/" + image.config_digest, "RepoTags": [image.reference],
                         "Layers": ["blobs/sha256/" + layer.digest for layer in image.layers],
                         "LayerSources": {"sha256:" + layer.diff_id: entry for layer, entry in zip(image.layers, layers)}})
    tar = Tar()
    tar.add_folder("blobs/")
    tar.add_folder("blobs/sha256/")
    for digest in sorted(blobs):
        tar.add("blobs/sha256/" + digest, blobs[digest])
    tar.add("index.json", encode({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                                  "manifests": index}))
    if docker:
        tar.add("manifest.json", encode(manifest))
    tar.add("oci-layout", encode({"imageLayoutVersion": "1.0.0"}))
    return tar
