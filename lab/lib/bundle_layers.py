"""The images of a made bundle: which there are, which layers they share, and the layers themselves."""
import dataclasses
import hashlib
import os
import tarfile
import tempfile
import zlib

from bundle_tar import header, padding

REGISTRY = "release.daocloud.io"
CHUNK = 1 << 20

OWN = ["apiserver", "controller-manager", "shell", "ui", "ingress", "proxy", "egress", "binding-syncer"]
# (path in the values, repository, tag, role): what a module takes from others; the tag is not its version.
FOREIGN = [
    (("clusterpedia", "apiserver", "image"), "clusterpedia/apiserver", "v0.7.1-rc.0", None),
    (("cloudtty", "cloudshellOperator", "image"), "cloudtty/cloudshell-operator", "v0.6.3", None),
    (("global", "busybox", "image"), "library/busybox", "1.34.1", "init"),
    (("cloudtty", "cloudshellImage"), "cloudtty/cloudshell", "v0.6.3", "preload"),
    (("clusterpedia", "clustersynchroManager", "image"), "clusterpedia/clustersynchro-manager", "v0.7.1-rc.0", None),
]


@dataclasses.dataclass(frozen=True)
class Spec:
    """A layer to make: the key decides the noise, the size the bytes."""
    key: str
    size: int


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer on disk. digest and size are those of the file (gzip, or plain where the form has it plain)."""
    path: str
    digest: str
    size: int
    diff_id: str
    compressed: bool


@dataclasses.dataclass
class Image:
    path: tuple  # where the values have it
    repository: str
    tag: str
    own: bool
    role: str = None  # init, hook or preload; None has a workload of its own
    part: str = ""
    replicas: int = 1
    layers: list = dataclasses.field(default_factory=list)

    @property
    def subchart(self):
        """The subchart whose values have it, which is the first key."""
        return self.path[0] if not self.own and self.path[0] != "global" else None

    @property
    def reference(self):
        return f"{REGISTRY}/{self.repository}:{self.tag}"


def camel(name):
    first, *rest = name.split("-")
    return first + "".join(part.capitalize() for part in rest)


def own_image(name, version, part):
    """An image of the module itself, where its values have it."""
    project = next((prefix for prefix in ("mcamel", "insight") if name.startswith(prefix + "-")), name)
    repository, tag = f"{project}/{name}-{part}", f"v{version}"
    if part == "shell":
        return Image(("global", "shell", "image"), repository, tag, True, "hook", part)
    if name.startswith("mcamel-") and part in ("apiserver", "controller-manager"):
        key = "console_image" if part == "apiserver" else "operator_image"
        return Image((key,), repository, tag, True, None, part)
    key = "apiServer" if part == "apiserver" else camel(part)
    return Image((key, "image"), repository, tag, True, None, part, 2 if part == "apiserver" else 1)


def choose_images(name, version, count):
    own = [own_image(name, version, part) for part in OWN]
    foreign = [Image(path, repository, tag, False, role) for path, repository, tag, role in FOREIGN]
    images = own[:3] + foreign[:3]
    for pair in zip(own[3:], foreign[3:] + [None] * len(own)):
        images += [image for image in pair if image]
    images += [own_image(name, version, f"worker-{number}") for number in range(1, count)]
    return images[:count]


def plan_images(arguments):
    """Shares the bytes out: a base under nearly every image, a runtime under the module's own, one
    layer that several images carry on top of different chains, a layer of each image's own, and
    (alone changing with the version) the top layer of the module's own images."""
    images = choose_images(arguments.name, arguments.version, arguments.images)
    total, seed = arguments.size, arguments.seed
    own = [image for image in images if image.own]
    base = Spec(f"{seed}/base", int(total * 0.18))
    runtime = Spec(f"{seed}/runtime", int(total * 0.12))
    zones = Spec(f"{seed}/zones", int(total * 0.03))
    top_size = int(total * arguments.change / len(own))
    weights = {id(image): 0.3 if image.role == "init" else 1.0 for image in images}
    private = total * (1 - 0.18 - 0.12 - 0.03 - arguments.change)
    for image in images:
        size = int(private * weights[id(image)] / sum(weights.values()))
        lower = Spec(f"{seed}/{image.repository}/lower", int(size * 0.3))
        upper = Spec(f"{seed}/{image.repository}/upper", int(size * 0.7))
        if image.own:
            top = Spec(f"{seed}/{image.repository}/top/{arguments.version}", top_size)
            image.layers = [base, runtime, lower, upper, zones, top]
        elif image.role == "init":
            image.layers = [lower, upper]
        else:
            image.layers = [base, lower, upper, zones]
    return images


def noise(key, size):
    """Bytes that do not compress, the same for the same key."""
    for start in range(0, size, CHUNK):
        yield hashlib.shake_128(f"gantry/{key}/{start}".encode()).digest(min(CHUNK, size - start))


def layer_tar(spec):
    """The pieces of a layer's tar: a few small files, then large ones until the size is reached."""
    name = spec.key.split("/", 1)[1]
    folder = "opt/" + name.replace("/", "-") + "/"
    yield header("opt/", 0, tarfile.DIRTYPE)
    yield header(folder, 0, tarfile.DIRTYPE)
    left, number = spec.size - 4 * 512, 0
    largest = min(8 << 20, max(16 << 10, spec.size // 5))
    while left > 0:
        draw = int.from_bytes(hashlib.sha256(f"{spec.key}/size/{number}".encode()).digest()[:4], "big")
        size = 200 + draw % 4000 if number < 6 else largest // 2 + draw % (largest // 2)
        size = max(0, min(size, left - 512))
        yield header(f"{folder}{number:05}.bin", size)
        yield from noise(f"{spec.key}/{number}", size)
        yield padding(size)
        left -= 512 + size + len(padding(size))
        number += 1
    yield b"\0" * 1024


def write_layer(spec, spool, compressed, level):
    """Makes one layer in the spool folder, hashing both forms on the way. Runs in a process of its own."""
    plain, packed, size = hashlib.sha256(), hashlib.sha256(), 0
    descriptor, path = tempfile.mkstemp(dir=spool)
    deflate = zlib.compressobj(level, zlib.DEFLATED, 31)
    with os.fdopen(descriptor, "wb") as out:
        def put(block):
            nonlocal size
            packed.update(block)
            size += len(block)
            out.write(block)

        for piece in layer_tar(spec):
            plain.update(piece)
            put(deflate.compress(piece) if compressed else piece)
        if compressed:
            put(deflate.flush())
    return Layer(path, packed.hexdigest(), size, plain.hexdigest(), compressed)
