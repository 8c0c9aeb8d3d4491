"""A lab fleet for the benchmarks: up, reset, preloaded, counted, checked, down. See lab/README.md."""
import os
import re
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

CTR = "ctr -n k8s.io"

# Everything of a containerd node's image store goes; what is still there is printed.
EMPTY_CONTAINERD = r"""
rm -rf /var/tmp/images.tar /root/.ansible
for attempt in 1 2 3 4 5 6 7 8; do
  refs=$(ctr -n k8s.io images ls -q)
  [ -z "$refs" ] || ctr -n k8s.io images rm --sync $refs >/dev/null 2>&1
  for lease in $(ctr -n k8s.io leases ls -q); do ctr -n k8s.io leases rm "$lease" >/dev/null 2>&1; done
  left=$(ctr -n k8s.io images ls -q; ctr -n k8s.io content ls -q; ctr -n k8s.io snapshots ls | tail -n +2)
  [ -n "$left" ] || exit 0
  sleep 0.5
done
echo "$left"
"""
EMPTY_DOCKER = r"""
rm -rf /var/tmp/images.tar /root/.ansible
ids=$(docker images -aq | sort -u)
[ -z "$ids" ] || docker rmi -f $ids >/dev/null 2>&1
docker system prune -af >/dev/null 2>&1
docker images -aq
ls /var/lib/docker/overlay2 | grep -v '^l$'
"""


class FleetError(Exception):
    pass


class Fleet:
    def __init__(self, repo, work, containerd, docker=0, none=0):
        self.lab = os.path.join(repo, "lab", "lab")
        self.name = f"bench{os.getpid()}"
        self.work = work
        self.environment = dict(os.environ, GANTRY_LAB_ROOT=os.path.join(work, "lab"))
        kinds = ["containerd"] * containerd + ["docker"] * docker + ["none"] * none
        self.kinds = {f"n{i + 1}": kind for i, kind in enumerate(kinds)}
        self.nodes = list(self.kinds)
        self.docker = docker > 0

    def command(self, *arguments, **options):
        return subprocess.run(
            [self.lab, *arguments], env=self.environment, check=True, text=True, capture_output=True, **options
        ).stdout

    def up(self):
        self.command("up", self.name, *(f"{node}={kind}" for node, kind in self.kinds.items()))
        folder = os.path.join(self.work, "lab", self.name)
        self.key = os.path.join(folder, "id_ed25519")
        self.known_hosts = os.path.join(folder, "known_hosts")
        self.ssh_config = os.path.join(folder, "ssh_config")
        self.inventory = os.path.join(self.work, "inventory.yaml")
        text = self.command("inventory", self.name)
        with open(self.inventory, "w") as file:
            file.write(text)
        self.addresses = re.findall(r"ansible_host: (\S+)", text)

    def down(self):
        subprocess.run([self.lab, "down", self.name], env=self.environment, check=False)

    def shell(self, node, script, **options):
        return self.command("sh", self.name, node, "--", "sh", "-c", script, **options)

    def everywhere(self, action):
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            return list(pool.map(action, self.nodes))

    def bytes(self):
        """Bytes all nodes together have received and sent, as their interfaces count them."""
        counts = self.everywhere(lambda node: self.command("bytes", self.name, node).split())
        return sum(int(rx) for rx, _ in counts), sum(int(tx) for _, tx in counts)

    def reset(self):
        """Empties every node's image store, and makes sure it is empty."""
        self.everywhere(self.reset_node)

    def reset_node(self, node):
        if self.kinds[node] == "none":
            return
        script = EMPTY_DOCKER if self.kinds[node] == "docker" else EMPTY_CONTAINERD
        if not self.output_of(node, script).strip():
            return
        # It clings to something: a new store.
        service, folder = ("dockerd", "docker") if self.kinds[node] == "docker" else ("containerd", "containerd")
        self.command("stop", self.name, node, service)
        self.output_of(node, f"awk '$5 ~ \"^/var/lib/{folder}/\" {{print $5}}' /proc/self/mountinfo | xargs -r umount -l")
        self.shell(node, f"rm -rf /var/lib/{folder}/*")
        self.command("start", self.name, node, service)
        left = self.output_of(node, script).strip()
        if left:
            raise FleetError(f"{node} is not empty after a reset: {left[:300]}")

    def output_of(self, node, script):
        """The script's standard output, whatever its exit status."""
        return subprocess.run(
            [self.lab, "sh", self.name, node, "--", "sh", "-c", script],
            env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ).stdout

    def preload(self, archive, names):
        """Loads the archive from this machine's disk, by no tool and no network; names as in load_script."""

        def load(node):
            with open(archive, "rb") as file:
                self.shell(node, self.load_script("-", names), stdin=file)

        self.everywhere(load)

    def load_script(self, source, names):
        """What every peer runs on a node: import, then give each image its second name.

        source: a file on the node, or - for standard input. names: {name in the archive: wanted name}.
        """
        quoted = "" if source == "-" else shlex.quote(source)
        script = [f"{CTR} images import {quoted or '-'}"]
        script += [f"{CTR} images tag --force {old} {new}" for old, new in names.items()]
        if not self.docker:
            return " && ".join(script)
        docker = [f"docker load {'-i ' + quoted if quoted else ''}"]
        docker += [f"docker tag {old} {new}" for old, new in names.items()]
        return f"if [ -S /run/docker.sock ]; then {' && '.join(docker)}; else {' && '.join(script)}; fi"

    def missing(self, names):
        """What nodes lack of the names: an image counts when all its blobs are there and it is unpacked."""

        def look(node):
            if self.kinds[node] == "docker":
                checks = "; ".join(f"docker image inspect {n} >/dev/null 2>&1 && echo {n}" for n in names)
                return [f"{node}: {name}" for name in names if name not in self.output_of(node, checks).split()]
            good = set()
            for line in self.shell(node, f"{CTR} images check").splitlines():
                counts = re.search(r" complete \((\d+)/(\d+)\) ", line)
                if counts and counts[1] == counts[2] and line.split()[-1] == "true":
                    good.add(line.split()[0])
            return [f"{node}: {name}" for name in names if name not in good]

        return [entry for entries in self.everywhere(look) for entry in entries]

    def link(self, *shape):
        self.everywhere(lambda node: self.command("link", self.name, node, *shape))

    def settle(self):
        """Writes back what the disk still owes, so that it does not count for the next measurement."""
        subprocess.run(["sync"], check=True)
        time.sleep(0.3)
