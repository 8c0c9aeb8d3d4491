"""Asks Ansible itself what inventories and patterns mean.

Reads {"inventories": [{"source": PATH, "patterns": [PATTERN, ...]}, ...]} from standard input, and writes a list of
answers. Ansible's own code does everything: the inventory manager, the variable manager, the `ansible-inventory`
command, and the options of the `ssh` and `sudo` plug-ins.

Ansible walks groups with Python sets, so the order of hosts two levels below a group changes from run to run. The
answers are computed with sets that keep the order of insertion; membership is computed a second time without that.
"""
import contextlib
import io
import json
import sys
import warnings

warnings.simplefilter("ignore")

import ansible.inventory.group as group_module
from ansible import context
from ansible.cli.inventory import InventoryCLI
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import EncryptedString
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import become_loader, connection_loader, init_plugin_loader
from ansible.vars.manager import VariableManager


class OrderedSet(dict):
    """The part of `set` that ansible.inventory.group uses, in the order of insertion."""

    def __init__(self, items=()):
        super().__init__((item, None) for item in items)

    def add(self, item):
        self[item] = None

    def update(self, items):
        for item in items:
            self[item] = None

    def difference_update(self, items):
        for item in list(items):
            self.pop(item, None)

    def copy(self):
        return OrderedSet(self)


def typed(value):
    """Keeps whole numbers and floating point numbers apart, which JSON readers do not."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, EncryptedString):
        return {"$vault": True}
    if isinstance(value, int):
        return {"$int": str(int(value))}
    if isinstance(value, float):
        return {"$float": repr(float(value))}
    if isinstance(value, (list, tuple, set)):
        return [typed(item) for item in value]
    if isinstance(value, dict):
        # The json module writes keys that are no text in its own way.
        names = [name if isinstance(name, str) else json.dumps(name) for name in value]
        return {"$object": [[str(name), typed(item)] for name, item in zip(names, value.values())]}
    return str(value)


def connection(variables):
    ssh = connection_loader.get("ssh", PlayContext(), "/dev/null")
    ssh.set_options(var_options=variables)
    sudo = become_loader.get("sudo")
    sudo.set_options(var_options=variables)
    names = ["host", "port", "remote_user", "password", "private_key_file"]
    answer = {name: ssh.get_option(name) for name in names}
    answer.update({name: sudo.get_option(name) for name in ["become_pass", "become_user"]})
    return {name: None if value is None else str(value) for name, value in answer.items()}


def load(source):
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[source])
    return loader, inventory, VariableManager(loader=loader, inventory=inventory)


def select(inventory, pattern):
    try:
        return [host.name for host in inventory.get_hosts(pattern)]
    except Exception as error:
        return {"error": str(error)}


def answer(case):
    source = case["source"]
    group_module.set = OrderedSet
    loader, inventory, variables = load(source)
    command = InventoryCLI.__new__(InventoryCLI)
    command.loader, command.inventory, command.vm = loader, inventory, variables
    listing = command.json_inventory(inventory.groups["all"])
    hosts = inventory.get_hosts("all")
    result = {
        "source": source,
        "hosts": [host.name for host in hosts],
        "groups": {host.name: sorted(g.name for g in host.get_groups() if g.name != "all") for host in hosts},
        "vars": {name: typed(value) for name, value in listing.pop("_meta")["hostvars"].items()},
        "listing": listing,
        "groupVars": {g.name: typed(command._get_group_variables(g)) for g in inventory.groups.values()},
        "graph": "\n".join(command._graph_group(inventory.groups["all"])).split("\n"),
        "patterns": {pattern: select(inventory, pattern) for pattern in case["patterns"]},
        "connections": {host.name: connection(variables.get_vars(host=host)) for host in hosts},
    }
    del group_module.set
    _, genuine, _ = load(source)
    assert sorted(h.name for h in genuine.get_hosts("all")) == sorted(result["hosts"])
    return result


def main():
    cases = json.load(sys.stdin)["inventories"]
    context.CLIARGS = ImmutableDict({"export": False, "basedir": None, "show_vars": False})
    init_plugin_loader()
    # Warnings are for people; standard output is for the answer alone.
    with contextlib.redirect_stdout(io.StringIO()):
        answers = [answer(case) for case in cases]
    json.dump(answers, sys.stdout)


main()
