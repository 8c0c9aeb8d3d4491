"""Shared by the benchmarks: sizes, work folders, one measurement, results on disk."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LIB = os.path.dirname(os.path.abspath(__file__))
REPO = os.path.dirname(os.path.dirname(LIB))
RESULTS = os.path.join(os.path.dirname(LIB), "results")


def say(text):
    print(text, file=sys.stderr, flush=True)


def gantry_path():
    path = os.environ.get("GANTRY") or os.path.join(REPO, ".build", "release", "gantry")
    if not os.access(path, os.X_OK):
        sys.exit(f"no executable {path}: swift build -c release --product gantry, or set GANTRY")
    return os.path.abspath(path)


def size_in_bytes(text):
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    return int(float(text[:-1]) * units[text[-1].upper()]) if text[-1].upper() in units else int(text)


def prepare():
    """Root is needed; and an end by SIGTERM takes the fleet down, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if os.geteuid() != 0:
        sys.exit("needs root, for network namespaces and mounts")


class Work:
    """A folder that goes away. On a disk: the lab's nodes keep their images there."""

    def __init__(self, parent):
        self.path = tempfile.mkdtemp(prefix="gantry-bench-", dir=parent)
        # ansible's control sockets have room for 107 bytes.
        os.mkdir(os.path.join(self.path, "cp"))

    def file(self, name):
        return os.path.join(self.path, name)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def measure(work, command, environment, timeout):
    """Runs a command under measure.py; the numbers, with `error` where it failed."""
    out, log = work.file("measure.json"), work.file("measure.log")
    if os.path.exists(out):
        os.remove(out)
    process = subprocess.Popen(
        [sys.executable, "-I", os.path.join(LIB, "measure.py"), out, log, str(timeout), *command],
        env=dict(os.environ, **environment),
    )
    try:
        process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    try:
        with open(out) as file:
            result = json.load(file)
    except OSError:
        return {"error": "the measuring process died"}
    if result.pop("timed_out"):
        result["error"] = f"not done after {timeout} s"
    elif result["exit"] != 0:
        with open(log, errors="replace") as file:
            result["error"] = f"exit {result['exit']}: {file.read()[-600:].strip()}"
    return result


def make_bundle(work, version, size):
    """Makes a bundle; its path, and that of its images.tar, unpacked beside it."""
    folder = work.file(version)
    os.mkdir(folder)
    subprocess.run(
        [sys.executable, os.path.join(REPO, "lab", "make-bundle"), "--name", "kpanda", "--version", version,
         "--size", size, "-o", folder],
        check=True, stdout=subprocess.DEVNULL,
    )
    bundle = os.path.join(folder, f"kpanda_{version}.bundle.tar")
    return bundle, os.path.join(folder, "images.tar")


def unpack_archive(bundle):
    subprocess.run(["tar", "-xf", bundle, "-C", os.path.dirname(bundle), "images.tar"], check=True)


def save(scenario, document, folder):
    os.makedirs(folder, exist_ok=True)
    document = {"scenario": scenario, "date": time.strftime("%Y-%m-%d"), **document}
    path = os.path.join(folder, f"{scenario}.json")
    with open(path, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    say(f"wrote {os.path.relpath(path)}")
