"""The long parts of lab/faults: a run killed at random moments, a slow node among fast ones, many nodes that fail.

faults.py kills|slow|many WORKFOLDER: prints Markdown; ends with 1 when something is not as it should be.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
GANTRY = os.environ["GANTRY"]
wrong = []


def lab(*words, check=True, **more):
    return subprocess.run([HOME / "lab", *words], check=check, capture_output=True, text=True, **more)


class Fleet:
    """A lab that is up for the time of a `with`."""

    def __init__(self, name, nodes, work):
        self.name, self.nodes, self.work = name, nodes, work

    def __enter__(self):
        lab("up", self.name, *self.nodes)
        self.directory = os.path.join(os.environ["GANTRY_LAB_ROOT"], self.name)
        self.inventory = os.path.join(self.work, self.name + ".yaml")
        Path(self.inventory).write_text(lab("inventory", self.name).stdout)
        self.state = os.path.join(self.work, self.name + "-state")
        return self

    def __exit__(self, *_):
        lab("down", self.name)

    def words(self, command, *more, inventory=None):
        words = [GANTRY, command]
        if command != "rerun":
            words += ["-i", inventory or self.inventory, "--known-hosts", self.directory + "/known_hosts"]
        return words + ["--state-dir", self.state, *more]

    def run(self, command, *more, **options):
        done = subprocess.run(self.words(command, *more, **options), capture_output=True, text=True)
        return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else None, done.stderr

    def bundle(self, version, size, images=4):
        subprocess.run(
            [HOME / "make-bundle", "--name", "kpanda", "--version", version, "--size", size, "--images", str(images),
             "--seed", version.replace(".", ""), "-o", self.work], check=True, capture_output=True)
        return f"{self.work}/kpanda_{version}.bundle.tar"


def expect(what, condition):
    if not condition:
        wrong.append(what)
        print(f"faults: WRONG: {what}", file=sys.stderr)


def kills(work):
    """Twenty loads, each killed at a random moment with SIGKILL; then `rerun`, and the daemons are asked."""
    random.seed(int(os.environ.get("GANTRY_FAULTS_SEED", "1")))
    rounds = int(os.environ.get("GANTRY_FAULTS_KILLS", "20"))
    good, moments, working = 0, [], 0
    with Fleet("kills", ["n[1:3]=containerd", "n4=docker"], work) as fleet:
        def links(*shape):
            for node in ("n1", "n2", "n3", "n4"):
                lab("link", fleet.name, node, *shape)

        # An unharmed run tells how long one takes, so that the moments spread over all of it.
        bundle = fleet.bundle("0.9.0", "6M", 3)
        links("rate", "20mbit")
        start = time.monotonic()
        status, _, errors = fleet.run("load", bundle)
        whole = time.monotonic() - start
        expect(f"the run that nobody kills: exit {status}: {errors[-500:]}", status == 0)
        for number in range(rounds):
            bundle = fleet.bundle(f"1.{number}.0", "6M", 3)
            links("rate", "20mbit")
            process = subprocess.Popen(fleet.words("load", bundle), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            moment = random.uniform(0.1, whole)
            time.sleep(moment)
            working += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            moments.append(moment)
            links("clear")
            runs = os.path.join(fleet.state, "runs")
            recorded = [r for r in sorted(os.listdir(runs)) if bundle in Path(runs, r, "inputs.json").read_text()] \
                if os.path.isdir(runs) else []
            # Killed before its record was there, it had touched nothing: the load itself is the rerun.
            status, _, errors = fleet.run("rerun", "-o", "json") if recorded else fleet.run("load", bundle, "-o", "json")
            verified, document, _ = fleet.run("verify", bundle, "-o", "json")
            complete = verified == 0 and all(
                image["status"] == "present" for node in document["nodes"] for image in node["images"])
            left = [n for n in ("n1", "n2", "n3", "n4") if int(lab(
                "sh", fleet.name, n, "--", "sh", "-c", "ps -e -o args | grep -c '[i]mages import\\|[d]ocker load'",
                check=False).stdout or 0)]
            expect(f"kill {number + 1} at {moment:.2f} s: rerun {status}, verify {verified}, left {left}: {errors[-500:]}",
                   status == 0 and complete and not left)
            good += status == 0 and complete and not left
    print(f"## Killed at random moments\n\n`kill -9` of `gantry load` on 4 nodes at {rounds} random moments "
          f"({min(moments):.1f} to {max(moments):.1f} s after its start; an unharmed run takes {whole:.1f} s, and {working} of "
          f"them were still at work), then `gantry rerun`: every image under every "
          f"name on every node, and no import left running, **{good} of {rounds}**.")


def slow(work):
    """Seven fast nodes with and without an eighth at 1 Mbit/s."""
    with Fleet("slow", ["n[1:8]=containerd"], work) as fleet:
        for node in range(1, 9):
            lab("link", fleet.name, f"n{node}", "rate", "40mbit")
        # The network sets the pace, not this machine's cores.
        times = {"without": [], "with": []}
        for number in range(3):
            for kind in ("without", "with"):
                bundle = fleet.bundle(f"2.{number}.{len(kind)}", "3M", 2)
                lab("link", fleet.name, "n8", "rate", "1mbit" if kind == "with" else "40mbit")
                limit = ["-l", "!n8"] if kind == "without" else []
                status, document, errors = fleet.run("load", bundle, "-o", "json", *limit)
                expect(f"slow: {kind}: exit {status}: {errors[-500:]}", status == 0)
                fast = [n["seconds"] for n in document["nodes"] if n["name"] != "n8"]
                times[kind].append(max(fast))
                slowest = [n["seconds"] for n in document["nodes"] if n["name"] == "n8"]
        ratio = sorted(times["with"])[1] / sorted(times["without"])[1]
        expect(f"slow: the fast ones took {ratio:.2f} times as long", ratio <= 1.15)
    print(f"## One slow node\n\nSeven nodes at 40 Mbit/s take {sorted(times['without'])[1]:.1f} s without, and "
          f"{sorted(times['with'])[1]:.1f} s with an eighth at 1 Mbit/s in the same run (median of 3 of the slowest of "
          f"the seven): **{ratio:.2f} times**. The eighth took {slowest[0]:.0f} s.")


def many(work):
    """64 nodes, of which 20 fail in 8 ways; mended, one rerun completes them."""
    kinds = {
        "connect-refused": ["refused1", "refused2", "refused3"],
        "connect-timeout": ["silent1", "silent2"],
        "login-timeout": ["frozen1", "frozen2"],
        "auth-failed": ["locked1", "locked2", "locked3"],
        "host-key-changed": ["forged1", "forged2"],
        "runtime-down": ["down1", "down2", "down3"],
        "disk-full": ["full1", "full2", "full3"],
        "no-runtime": ["bare1", "bare2"],
    }
    bad = {node: code for code, nodes in kinds.items() for node in nodes}
    good = [f"n{number}" for number in range(1, 45)]
    assert len(bad) == 20 and len(kinds) == 8
    specs = [f"{node}=containerd" for node in good]
    specs += [f"{node}=containerd{',disk=64M' if code == 'disk-full' else ''}" for node, code in bad.items()]
    with Fleet("many", specs, work) as fleet:
        bundle = fleet.bundle("3.0.0", "1M", 2)
        known = Path(fleet.directory, "known_hosts")
        true_known = known.read_text()
        addresses = dict(reversed(line.split()[:2]) for line in Path(fleet.directory, "hosts").read_text().splitlines())
        forged = [addresses[node] for node in kinds["host-key-changed"]]
        keys = [line.split(" ", 1)[1] for line in true_known.splitlines() if line.startswith(addresses["n1"] + " ")]
        known.write_text("".join(
            line + "\n" for line in true_known.splitlines() if line.split()[0] not in forged
        ) + "".join(f"{address} {key}\n" for address in forged for key in keys))
        for node in kinds["connect-refused"]:
            lab("stop", fleet.name, node, "sshd")
        for node in kinds["connect-timeout"]:
            lab("link", fleet.name, node, "down")
        for node in kinds["login-timeout"]:
            lab("pause", fleet.name, node, "sshd")
        for node in kinds["auth-failed"]:
            lab("sshd", fleet.name, node, "AuthorizedKeysFile none", "PasswordAuthentication no")
        for node in kinds["runtime-down"]:
            lab("stop", fleet.name, node, "containerd")
        for node in kinds["disk-full"]:
            lab("fill", fleet.name, node)
        for node in kinds["no-runtime"]:
            lab("stop", fleet.name, node, "containerd")
            lab("sh", fleet.name, node, "--", "sh", "-c", "for f in ctr containerd dockerd docker; do chmod 0 $(command -v $f); done; rm -f /run/containerd/containerd.sock")

        started = time.monotonic()
        status, document, errors = fleet.run("load", bundle, "-o", "json", "--timeout", "10", "--retries", "1")
        seconds = time.monotonic() - started
        nodes = {node["name"]: node for node in document["nodes"]}
        expect(f"many: exit {status}", status == 1)
        complete = [name for name in good if nodes[name]["status"] == "changed"]
        expect(f"many: {len(complete)} of 44 complete", len(complete) == 44)
        codes = Counter()
        for node, code in bad.items():
            found = (nodes[node]["error"] or {}).get("code") if nodes[node].get("error") else None
            codes[found] += 1
            expect(f"many: {node} is {found}, not {code}: {nodes[node].get('error')}", found == code)

        known.write_text(true_known)
        for node in kinds["connect-refused"]:
            lab("start", fleet.name, node, "sshd")
        for node in kinds["connect-timeout"]:
            lab("link", fleet.name, node, "up")
        for node in kinds["login-timeout"]:
            lab("resume", fleet.name, node, "sshd")
        for node in kinds["auth-failed"]:
            lab("sshd", fleet.name, node)
        for node in kinds["disk-full"]:
            lab("free", fleet.name, node)
        for node in kinds["no-runtime"]:
            lab("sh", fleet.name, node, "--", "sh", "-c", "chmod 755 /usr/bin/ctr /usr/bin/containerd /usr/bin/docker /usr/sbin/dockerd 2>/dev/null; true")
        for node in kinds["runtime-down"] + kinds["no-runtime"]:
            lab("start", fleet.name, node, "containerd")
        again, rerun, rerun_errors = fleet.run("rerun", "-o", "json")
        expect(f"many: rerun: exit {again}: {rerun_errors[-1500:]}", again == 0)
        expect("many: the rerun is of others than the twenty", {n["name"] for n in rerun["nodes"]} == set(bad))
        verified, _, _ = fleet.run("verify", bundle)
        expect(f"many: verify: exit {verified}", verified == 0)
    table = "\n".join(f"| `{code}` | {count} |" for code, count in sorted(codes.items(), key=lambda c: str(c[0])))
    print(f"## 64 nodes, 20 of them failing in 8 ways\n\nOne `gantry load`: {len(complete)} of 44 complete, exit {status}, "
          f"{seconds:.0f} s. The others, by code:\n\n| code | nodes |\n|---|---|\n{table}\n\nMended, one `gantry rerun` of "
          f"the {len(rerun['nodes'])}: exit {again}; `gantry verify` on all 64: exit {verified}.")


if __name__ == "__main__":
    {"kills": kills, "slow": slow, "many": many}[sys.argv[1]](sys.argv[2])
    sys.exit(1 if wrong else 0)
