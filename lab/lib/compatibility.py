"""Runs gantry against the nodes of a lab step by step, asks their daemons what is true, and writes the table.

Started by lab/compatibility. What a node should have is read from the archives themselves, not from gantry.
"""
import argparse
import io
import json
import pathlib
import subprocess
import sys
import tarfile

LAB = pathlib.Path(__file__).resolve().parent.parent / "lab"
REGISTRY = "10.16.10.111/release.daocloud.io"
RETAG = ("release.daocloud.io/kpanda", "registry.example:5000/k")
SUITES = {"bookworm": "Debian 12", "trixie": "Debian 13", "sid": "Debian sid"}


class Wrong(Exception):
    """Why a cell fails, short enough for the table."""


class Node:
    def __init__(self, lab, spec):
        self.name, self.kind = spec.split("=")
        self.lab = lab
        self.suite = self.name.split("-")[0]
        self.socket, self.namespace = {
            "containerd": ("/run/containerd/containerd.sock", "k8s.io"),
            "docker-cs": ("/run/docker/containerd/containerd.sock", "moby"),
        }.get(self.kind, (None, None))
        self.cells = {}

    def run(self, *words, stdin=None):
        """Runs a command inside the node, without ssh; returns its exit status and what it said."""
        done = subprocess.run([LAB, "sh", self.lab, self.name, "--", *words], stdin=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def ask(self, *words):
        status, said, error = self.run(*words)
        if status != 0:
            raise Wrong(f"{words[0]}: {error.strip().splitlines()[-1] if error.strip() else status}"[:80])
        return said

    def ctr(self, *words):
        return self.ask("ctr", "-a", self.socket, "-n", self.namespace, *words)

    def version(self):
        if self.kind == "containerd":
            server = self.ask("ctr", "version").split("Server:")[1]
            return next(line.split()[1] for line in server.splitlines() if "Version:" in line)
        return self.ask("docker", "version", "--format", "{{.Server.Version}}").strip()

    def label(self):
        kind = {"containerd": "containerd", "docker": "Docker", "docker-cs": "Docker"}[self.kind]
        return f"{kind} {self.daemon}"

    def load_by_hand(self, path):
        """Loads an archive as people do without gantry; a refusal is the daemon's right."""
        with open(path, "rb") as file:
            words = ["ctr", "-n", "k8s.io", "images", "import", "-"] if self.kind == "containerd" else ["docker", "load"]
            return self.run(*words, stdin=file)

    def problem(self, wanted):
        """What the daemon says is wrong with NAME → config digest; None when all is well."""
        try:
            self.expect(wanted)
        except Wrong as wrong:
            return str(wrong)
        return None

    def expect(self, wanted):
        """Asks the daemon for every name: complete, unpacked, and the image with that config."""
        rows = {}
        if self.socket:
            for line in self.ctr("images", "check").splitlines()[1:]:
                rows[line.split()[0]] = line
        for name, config in wanted.items():
            if self.kind != "containerd":
                ident = self.ask("docker", "image", "inspect", "--format", "{{.Id}}", name).strip()
                if self.kind == "docker":
                    if ident != config:
                        raise Wrong(f"{name} is another image")
                    continue
            row = rows.get(name)
            if row is None:
                raise Wrong(f"{name} is not there")
            if " complete (" not in row:
                raise Wrong(f"{name} is incomplete")
            if row.split()[-1] != "true":
                raise Wrong(f"{name} is not unpacked")
            digest = next(word for word in row.split() if word.startswith("sha256:"))
            if self.kind == "docker-cs" and ident != digest:
                raise Wrong(f"{name}: Docker and its containerd do not agree")
            if config not in self.configs(digest):
                raise Wrong(f"{name} is another image")

    def configs(self, digest):
        document = json.loads(self.ctr("content", "get", digest))
        if "manifests" not in document:
            return [document["config"]["digest"]]
        return [config for entry in document["manifests"] for config in self.configs(entry["digest"])]

    def pinned(self):
        lines = self.ctr("images", "ls").splitlines()
        return {line.split()[0] for line in lines if "io.cri-containerd.pinned=pinned" in line}


def archive_images(path):
    """NAME → config digest of a bundle's images.tar, a docker-archive or an OCI layout; and its smallest layer."""
    with tarfile.open(path) as outer:
        names = outer.getnames()
        if "images.tar" in names:
            data = outer.extractfile("images.tar").read()
        else:
            data = pathlib.Path(path).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        def read(name):
            return json.loads(tar.extractfile(name).read())
        if "manifest.json" in tar.getnames():
            entries = read("manifest.json")
            wanted = {tag: entry["Config"] for entry in entries for tag in entry["RepoTags"]}
            layers = {layer for entry in entries for layer in entry["Layers"]}
            return wanted, min(tar.getmember(layer).size for layer in layers)
        wanted = {}
        for entry in read("index.json")["manifests"]:
            manifest = read("blobs/sha256/" + entry["digest"].removeprefix("sha256:"))
            wanted[entry["annotations"]["io.containerd.image.name"]] = manifest["config"]["digest"]
        return wanted, None


def without_largest_blob(source, target):
    with tarfile.open(source) as tar, tarfile.open(target, "w") as out:
        members = tar.getmembers()
        largest = max(members, key=lambda member: member.size)
        for member in members:
            if member is not largest:
                out.addfile(member, tar.extractfile(member) if member.isfile() else None)


def renamed(wanted, old, new):
    return {new + name[len(old):]: config for name, config in wanted.items() if name.startswith(old)}


class Trial:
    def __init__(self, arguments):
        self.gantry, self.work = arguments.gantry, pathlib.Path(arguments.work)
        self.nodes = [Node(arguments.lab, spec) for spec in arguments.nodes]
        environment = subprocess.run([LAB, "env", arguments.lab], capture_output=True, text=True, check=True).stdout
        known = next(line for line in environment.splitlines() if line.startswith("LAB_KNOWN_HOSTS="))
        self.fleet = ["-i", f"{self.work}/inventory.yaml", "--known-hosts", known.split("=", 1)[1].strip("'\""),
                      "--state-dir", f"{self.work}/state", "-o", "json"]

    def call(self, command, *words):
        """Runs gantry on the whole fleet; returns its document's nodes by name."""
        done = subprocess.run([self.gantry, command, *self.fleet, *words], capture_output=True, text=True)
        try:
            return {node["name"]: node for node in json.loads(done.stdout)["nodes"]}
        except (ValueError, KeyError):
            sys.exit(f"compatibility: gantry {command} exit {done.returncode}: {done.stderr.strip()[-400:]}")

    def diff(self, old, new):
        done = subprocess.run([self.gantry, "bundle", "diff", old, new, "-o", "json"], capture_output=True, text=True)
        return json.loads(done.stdout)["bytesToSend"]

    def judge(self, column, results, test):
        """Puts what test(node, result) tells, or why it failed, into each node's cell."""
        print(f"{column} …", file=sys.stderr)
        for node in self.nodes:
            result = results[node.name]
            try:
                if result.get("error"):
                    raise Wrong(f"{result['error']['code']}: {result['error']['message']}")
                node.cells[column] = test(node, result)
            except Wrong as wrong:
                text = str(wrong).replace("|", "\\|")
                node.cells[column] = "✘ " + (text if len(text) <= 100 else text[:99] + "…")
                print(f"  {node.name}: {column}: {wrong}", file=sys.stderr)

    def run(self):
        old, new = (f"{self.work}/kpanda_0.{minor}.0.bundle.tar" for minor in (20, 21))
        rename = ["--registry", REGISTRY]
        old_images, _ = archive_images(old)
        new_images, smallest = archive_images(new)
        both = {images_of: {**images, **renamed(images, "release.daocloud.io", REGISTRY)}
                for images_of, images in (("old", old_images), ("new", new_images))}
        expected = self.diff(old, new)
        for node in self.nodes:
            node.daemon = node.version()

        def status(result, wanted):
            if result["status"] != wanted:
                raise Wrong(f"{result['status']}, not {wanted}")

        def full(node, result):
            status(result, "changed")
            if result["facts"]["version"] != node.daemon:
                raise Wrong(f"gantry says version {result['facts']['version']}")
            if any(image["status"] != "loaded" for image in result["images"]):
                raise Wrong("an image does not count as loaded")
            node.expect(both["old"])
            node.full = result["bytesSent"]
            return f"✔ {result['bytesSent']:,}"

        def delta(node, result):
            status(result, "changed")
            node.expect(both["new"])
            if not expected // 2 < result["bytesSent"] < expected * 1.05 + 100_000:
                raise Wrong(f"{result['bytesSent']:,} bytes for {expected:,}")
            if not result["bytesSent"] * 3 < node.full:
                raise Wrong(f"{result['bytesSent']:,} bytes are no delta of {node.full:,}")
            return f"✔ {result['bytesSent']:,}"

        def again(node, result):
            status(result, "ok")
            if result["bytesSent"] != 0:
                raise Wrong(f"{result['bytesSent']:,} bytes")
            node.expect(both["new"])
            return "✔ 0"

        def retag(node, result):
            status(result, "changed")
            if result["bytesSent"] >= smallest:
                raise Wrong(f"{result['bytesSent']:,} bytes; the smallest layer has {smallest:,}")
            new_names = renamed(new_images, *RETAG)
            node.expect({**new_images, **new_names})
            tagged = {image["reference"] for image in result["images"] if image["status"] == "tagged"}
            if tagged != set(new_names):
                raise Wrong("other names count as tagged")
            return f"✔ {result['bytesSent']:,}"

        def pin(node, result):
            can = node.kind == "containerd" and version_tuple(node.daemon) >= (1, 7, 3)
            notes = [note for note in result.get("notes", []) if "pinned" in note]
            pins = node.pinned() if node.kind == "containerd" else set()
            if can:
                status(result, "changed")
                if missing := set(both["new"]) - pins:
                    raise Wrong(f"{sorted(missing)[0]} is not pinned")
                return "✔"
            if pins:
                raise Wrong("something is pinned")
            if not notes:
                raise Wrong("not pinned, and not a word about it")
            node.note = notes[0]
            return "–"

        def pin_again(node, result):
            status(result, "ok")
            node.expect(both["new"])
            return node.cells["pin"]

        self.judge("full", self.call("load", old, *rename), full)
        self.judge("delta", self.call("load", new, *rename), delta)
        self.judge("again", self.call("load", new, *rename), again)
        self.judge("retag", self.call("load", new, "--retag", "=".join(RETAG)), retag)
        self.judge("pin", self.call("load", new, *rename, "--pin"), pin)
        if all(not node.cells["pin"].startswith("✘") for node in self.nodes):
            self.judge("pin", self.call("load", new, *rename, "--pin"), pin_again)
        self.by_hand()
        self.half()
        self.checks(new, rename)

    def by_hand(self):
        path = f"{self.work}/hand/images.tar"
        wanted, _ = archive_images(path)
        problems = {}
        for node in self.nodes:
            done = node.load_by_hand(path)
            problems[node.name] = node.problem(wanted) if done[0] == 0 else "the daemon does not take it"

        def found(node, result):
            if problems[node.name]:
                raise Wrong(f"by hand already: {problems[node.name]}")
            if result["status"] != "ok" or result["bytesSent"] != 0:
                raise Wrong(f"{result['status']}, {result['bytesSent']:,} bytes")
            node.expect(wanted)
            return "✔ 0"

        self.judge("found", self.call("load", path), found)

    def half(self):
        path, part = f"{self.work}/half/images.tar", f"{self.work}/half/part.tar"
        wanted, _ = archive_images(path)
        without_largest_blob(path, part)
        whole = {}
        for node in self.nodes:
            # A graph driver keeps no half images: it has a layer or it does not.
            node.load_by_hand(part) if node.socket else None
            whole[node.name] = node.problem(wanted) is None

        def mended(node, result):
            if not node.socket:
                return "–"
            if whole[node.name]:
                raise Wrong("the daemon says it is whole")
            if result["status"] != "changed":
                raise Wrong(f"{result['status']} with half an image")
            node.expect(wanted)
            return f"✔ {result['bytesSent']:,}"

        self.judge("mended", self.call("load", path), mended)

    def checks(self, bundle, rename):
        """The best of three on each node alone: connection, login, probe."""
        print("check …", file=sys.stderr)
        for node in self.nodes:
            runs = [self.call("check", "-l", node.name, bundle, *rename)[node.name] for _ in range(3)]
            bad = [run for run in runs if run["status"] != "ok"]
            node.cells["check"] = f"✘ {bad[0]['status']}" if bad else f"{min(run['seconds'] for run in runs):.2f} s"


def version_tuple(text):
    numbers = []
    for field in text.split(".")[:3]:
        digits = ""
        for character in field:
            if not character.isdigit():
                break
            digits += character
        numbers.append(int(digits or 0))
    return tuple(numbers)


COLUMNS = ["full", "delta", "again", "retag", "pin", "found", "mended", "check"]
TEXT = """\
<!-- Written by lab/compatibility; do not edit. -->
# Compatibility

`lab/compatibility` makes a lab of the nodes below, loads bundles with gantry and asks each node's own daemon
afterwards: every name is there, complete and unpacked, with the config digest that the archive says. The numbers are
gantry's `bytesSent`.

| column | what was done |
| --- | --- |
| full | six images (24 MB) on an empty node, under their own names and with `--registry` |
| delta | the next version of the same bundle; `gantry bundle diff` says {expected:,} bytes |
| again | the same load once more: `ok`, and nothing is sent |
| retag | the same images under new names with `--retag`: less than the smallest layer is sent |
| pin | the same with `--pin`: the kubelet's image collection lets them be |
| found | images that were loaded with `ctr images import` or `docker load` are known: nothing is sent |
| mended | of an image that lacks a layer, the rest is sent (a graph driver keeps no such image) |
| check | seconds of `gantry check` with the bundle, on that node alone: connection, login and probe (best of three) |

"""


def write(path, trial, expected):
    rows = ["| node | runtime | images in | " + " | ".join(COLUMNS) + " |", "| --- " * (3 + len(COLUMNS)) + "|"]
    stores = {"containerd": "containerd", "docker": "overlay2", "docker-cs": "containerd"}
    for node in trial.nodes:
        cells = [node.cells.get(column, "✘ not tried") for column in COLUMNS]
        rows.append("| " + " | ".join([SUITES[node.suite], node.label(), stores[node.kind], *cells]) + " |")
    notes = sorted({node.note for node in trial.nodes if getattr(node, "note", None)})
    text = TEXT.format(expected=expected) + "\n".join(rows) + "\n"
    if notes:
        text += "\nWhere a runtime cannot do it (–), gantry goes on and says so:\n\n"
        text += "".join(f"- `{note}`\n" for note in notes)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("gantry", "lab", "work", "output"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("nodes", nargs="+", help="NAME=KIND")
    arguments = parser.parse_args()
    trial = Trial(arguments)
    trial.run()
    expected = trial.diff(*(f"{trial.work}/kpanda_0.{minor}.0.bundle.tar" for minor in (20, 21)))
    output = pathlib.Path(arguments.output)
    write(output, trial, expected)
    print(output.read_text())
    if any(node.cells.get(column, "✘").startswith("✘") for node in trial.nodes for column in COLUMNS):
        sys.exit(1)


if __name__ == "__main__":
    main()
