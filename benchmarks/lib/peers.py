"""The tools of the load benchmark: each is given the same archive and has to leave the same names on every node."""
import json
import os
import shlex
import shutil
import subprocess
import sys

REMOTE = "/var/tmp/images.tar"  # where tools that copy first put the archive on a node

LABELS = {
    "gantry": "gantry",
    "manual": "manual page: scp + import, node by node",
    "streams": "parallel ssh … ctr import -",
    "ansible": "ansible: copy + import",
    "clush": "clush: copy + import",
    "pssh": "parallel-ssh: copy_file + import",
}


class Bundle:
    """A bundle, its images.tar beside it, and the names that are wanted of it."""

    def __init__(self, path, archive, registry):
        self.path, self.archive = path, archive
        self.registry = registry
        listing = json.loads(
            subprocess.run(
                ["tar", "-xOf", archive, "manifest.json"], check=True, capture_output=True, text=True
            ).stdout
        )
        references = [tag for image in listing for tag in image["RepoTags"]]
        # 10.0.0.1/project in place of the image's own registry, which is the part before the first slash.
        self.names = {name: f"{registry}/{name.split('/', 1)[1]}" for name in references}

    def all_names(self):
        return list(self.names) + list(self.names.values())


def find(program):
    """The program, first beside this Python (a virtual environment's), else on the PATH."""
    beside = os.path.join(os.path.dirname(sys.executable), program)
    return beside if os.access(beside, os.X_OK) else shutil.which(program)


def has_pssh():
    return subprocess.run([sys.executable, "-c", "import pssh.clients"], capture_output=True).returncode == 0


def available():
    """{tool: why it cannot be measured, or None}"""
    return {
        "gantry": None,
        "manual": None if find("scp") else "no scp",
        "streams": None if find("ssh") else "no ssh",
        "ansible": None if find("ansible-playbook") else "no ansible-playbook (pip install ansible-core)",
        "clush": None if find("clush") else "no clush (apt install clustershell)",
        "pssh": None if has_pssh() else "no parallel-ssh (pip install parallel-ssh)",
    }


class Tools:
    """Makes the command line for one tool on a fleet."""

    def __init__(self, fleet, gantry, work):
        self.fleet, self.gantry, self.work = fleet, gantry, work
        self.forks = str(max(len(fleet.nodes), 5))

    def command(self, tool, bundle):
        """Words of the command, and what it wants in its environment."""
        return getattr(self, "with_" + tool)(bundle)

    def with_gantry(self, bundle):
        fleet = self.fleet
        return [
            self.gantry, "load", "-i", fleet.inventory, "--known-hosts", fleet.known_hosts, bundle.path,
            "--registry", bundle.registry, "--state-dir", os.path.join(self.work, "state"),
        ], {}

    def script(self, name, lines):
        path = os.path.join(self.work, name)
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        return ["sh", path], {}

    def ssh(self, program="ssh"):
        return f"{program} -F {shlex.quote(self.fleet.ssh_config)} -o BatchMode=yes"

    def with_manual(self, bundle):
        load = shlex.quote(self.fleet.load_script(REMOTE, bundle.names))
        lines = ["set -e"]
        for node in self.fleet.nodes:
            lines += [
                f"{self.ssh('scp')} -q {shlex.quote(bundle.archive)} {node}:{REMOTE}",
                f"{self.ssh()} {node} {load}",
            ]
        return self.script("manual.sh", lines)

    def with_streams(self, bundle):
        load = shlex.quote(self.fleet.load_script("-", bundle.names))
        lines = ["pids="]
        for node in self.fleet.nodes:
            lines.append(f'{self.ssh()} {node} {load} <{shlex.quote(bundle.archive)} & pids="$pids $!"')
        lines += ["failed=0", "for pid in $pids; do wait $pid || failed=1; done", "exit $failed"]
        return self.script("streams.sh", lines)

    def with_ansible(self, bundle):
        load = self.fleet.load_script(REMOTE, bundle.names)
        play = [{
            "hosts": "all", "gather_facts": False, "tasks": [
                {"name": "copy", "ansible.builtin.copy": {"src": bundle.archive, "dest": REMOTE, "mode": "0600"}},
                {"name": "import and tag", "ansible.builtin.shell": {"cmd": load}},
            ],
        }]
        path = os.path.join(self.work, "playbook.yml")
        with open(path, "w") as file:
            json.dump(play, file)  # JSON is YAML
        return [find("ansible-playbook"), "-i", self.fleet.inventory, "-f", self.forks, path], ansible_environment(self.work)

    def with_clush(self, bundle):
        options = f"-S -q -f {self.forks} -o {shlex.quote('-F ' + self.fleet.ssh_config)} -w {','.join(self.fleet.nodes)}"
        load = shlex.quote(self.fleet.load_script(REMOTE, bundle.names))
        clush = shlex.quote(find("clush"))
        return self.script("clush.sh", [
            "set -e",
            f"{clush} {options} --copy {shlex.quote(bundle.archive)} --dest {REMOTE}",
            f"{clush} {options} {load}",
        ])

    def with_pssh(self, bundle):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pssh_load.py")
        load = self.fleet.load_script(REMOTE, bundle.names)
        return [
            sys.executable, program, self.fleet.key, self.forks, bundle.archive, REMOTE, load, *self.fleet.addresses
        ], {}


def ansible_environment(work):
    """Ansible's fast settings: pipelining on, no interpreter discovery, no fact gathering (in the playbook)."""
    config = os.path.join(work, "ansible.cfg")
    if not os.path.exists(config):
        with open(config, "w") as file:
            file.write(
                "[defaults]\ninterpreter_python = /usr/bin/python3\nretry_files_enabled = False\n"
                f"home = {work}/ansible\n"
                "[ssh_connection]\npipelining = True\n"
                f"control_path_dir = {work}/cp\n"
            )
    return {"ANSIBLE_CONFIG": config, "ANSIBLE_NOCOLOR": "1"}
