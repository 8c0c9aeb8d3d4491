"""The machine and the versions that a result was measured with."""
import os
import platform
import re
import subprocess
import sys

from peers import find


def first_line(command, pattern=r"\S.*"):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, TypeError):
        return None
    match = re.search(pattern, done.stdout + done.stderr)
    return match[0].strip() if match else None


def facts():
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1])
    model = None
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "cores": os.cpu_count(),
        "processor": model,
        "memory_mib": memory // 1024,
        "kernel": platform.release(),
        "system": first_line(["sh", "-c", ". /etc/os-release; echo $PRETTY_NAME"]),
        "load_before": os.getloadavg(),
    }


def versions(gantry):
    pssh = "import importlib.metadata as m; print('parallel-ssh', m.version('parallel-ssh'), 'ssh2-python', m.version('ssh2-python'))"
    found = {
        "gantry": first_line([gantry, "--version"]),
        "openssh": first_line(["ssh", "-V"]),
        "containerd": first_line(["containerd", "--version"]),
        "docker": first_line(["dockerd", "--version"]),
        "ansible": first_line([find("ansible"), "--version"]),
        "clush": first_line([find("clush"), "--version"]),
        "pssh": first_line([sys.executable, "-c", pssh], r"parallel-ssh .*"),
        "python": platform.python_version(),
    }
    return {name: version for name, version in found.items() if version}
