"""Makes results/README.md and a plot for each load*.json from the JSON files beside them; `report.py [FOLDER]` alone works too."""
import glob
import json
import os
import statistics
import sys

import chart
from peers import LABELS

SCENARIOS = {
    "cold": "Cold: nothing on the nodes",
    "upgrade": "Upgrade: 0.20.0 is there, 0.21.0 is loaded",
    "repeat": "Repeat: 0.21.0 once more, nothing missing",
}
EXEC_LABELS = {"gantry": "gantry exec", "pssh": "parallel-ssh", "clush": "clush", "ansible": "ansible -m raw"}


def spread(values, digits=2):
    """median (min–max)"""
    middle = statistics.median(values)
    if len(values) == 1:
        return f"{middle:.{digits}f}"
    return f"{middle:.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def good(samples, **wanted):
    return [s for s in samples if "error" not in s and all(s[key] == value for key, value in wanted.items())]


def cpu(sample):
    return sample["cpu_user"] + sample["cpu_system"]


def ratio(mine, reference):
    return f"{mine / reference:.2f}×" if reference else "–"


def tools_of(document, labels):
    present = {sample["tool"] for sample in document["samples"]}
    return [tool for tool in labels if tool in present]


def machine_lines(document):
    machine = document["machine"]
    loads = ", ".join(f"{machine[key][0]:.1f} {when}" for key, when in
                      (("load_before", "before"), ("load_after", "after")) if key in machine)
    versions = "; ".join(f"{name}: {text}" for name, text in document["versions"].items())
    return [
        f"{document['date']}, {machine['cores']} cores ({machine['processor']}), {machine['memory_mib'] / 1024:.0f} GiB, "
        f"{machine['system']}, Linux {machine['kernel']}; load average {loads}.",
        "", f"Versions: {versions}.", "",
    ]


def rows(document, labels, columns, **wanted):
    """A table's rows; columns: (digits, value of a sample). The ratio is of the first column, beside gantry's."""
    samples = document["samples"]
    mine = good(samples, tool="gantry", **wanted)
    reference = statistics.median(columns[0][1](s) for s in mine) if mine else None
    lines = []
    for tool in tools_of(document, labels):
        passed = good(samples, tool=tool, **wanted)
        failed = [s for s in samples if s["tool"] == tool and "error" in s
                  and all(s[key] == value for key, value in wanted.items())]
        name = f"**{labels[tool]}**" if tool == "gantry" else labels[tool]
        if failed:
            name += f" ({len(failed)} of {len(failed) + len(passed)} failed)"
        cells = ["failed"] + [""] * len(columns)
        if passed:
            values = [[value(s) for s in passed] for _, value in columns]
            cells = [spread(v, digits) for v, (digits, _) in zip(values, columns)]
            cells.insert(1, ratio(statistics.median(values[0]), reference))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def load_section(name, document):
    settings = document["settings"]
    rate = settings.get("rate")
    docker = settings["docker_nodes"]
    fleet = f"{settings['nodes'] - docker} containerd" + (f" and {docker} Docker" if docker else "") + " nodes"
    title = "## Loading a bundle" + (f", {rate.replace('mbit', ' Mbit/s')} to each node" if rate else ", links without limit")
    lines = [title, "", f"{fleet}, an images.tar of {settings['archive_bytes'] / 1e6:.0f} MB with {settings['images']} images, "
             f"rounds: {settings['rounds']}; median (min–max).", "", *machine_lines(document),
             f"![Seconds and bytes per tool]({name}.svg)", ""]
    columns = [
        (2, lambda s: s["seconds"]), (1, lambda s: s["bytes_to_nodes"] / 1e6),
        (2, lambda s: s["bytes_from_nodes"] / 1e6), (0, lambda s: s["together_kib"] / 1024), (2, cpu),
    ]
    for scenario, title in SCENARIOS.items():
        lines += [f"### {title}", "",
                  "| | seconds | beside gantry | MB to the nodes | MB back | peak memory, MiB | CPU seconds |",
                  "|---|---|---|---|---|---|---|", *rows(document, LABELS, columns, scenario=scenario), ""]
        if scenario == "upgrade":
            lines += least_lines(document)
    return lines + errors(document)


def least_lines(document):
    """What gantry sent in an upgrade, beside what no upgrade can do without."""
    settings = document["settings"]
    samples = good(document["samples"], tool="gantry", scenario="upgrade")
    least = settings.get("new_bytes")
    if not samples or not least:
        return []
    sent = statistics.median(sample["bytes_to_nodes"] for sample in samples) / settings["nodes"]
    return [f"The blobs of 0.21.0 that 0.20.0 lacks have {least / 1e6:.2f} MB. gantry sent {sent / 1e6:.2f} MB to each node, "
            f"packets' headers included: {sent / least:.3f} times.", ""]


def endpoints_section(document):
    settings = document["settings"]
    columns = [(2, lambda s: s["seconds"]), (0, lambda s: s["together_kib"] / 1024), (2, cpu)]
    lines = [f"## `echo ok` on {settings['count']} endpoints, {settings['forks']} at a time", "",
             f"rounds: {settings['rounds']}; median (min–max). The CPU of sshd, on the same cores, is not in the last column.",
             "", *machine_lines(document), "| | seconds | beside gantry | peak memory, MiB | CPU seconds |",
             "|---|---|---|---|---|", *rows(document, EXEC_LABELS, columns), ""]
    return lines + errors(document)


def memory_section(documents):
    lines = ["## Memory with many nodes in flight", "",
             "Peak resident size (VmHWM) of `gantry load`. Nodes at once: how many were receiving in the same two seconds.", ""]
    lines += machine_lines(documents[0])
    lines += ["| nodes | archive | link | peak memory, MiB | nodes at once | threads | sent, MB | how it ended |",
              "|---|---|---|---|---|---|---|---|"]
    for document in documents:
        settings, result = document["settings"], document["result"]
        if "error" in result:
            ending = "failed: " + result["error"].splitlines()[0]
        elif result["interrupted"]:
            ending = f"interrupted on purpose after {settings['interrupt_after']:.0f} s with all nodes in flight"
        else:
            ending = f"complete after {result['seconds']:.0f} s"
        lines.append(
            f"| {settings['nodes']} | {settings['size']} | {settings['rate'] or 'unlimited'} | {result['hwm_kib'] / 1024:.1f} | "
            f"{result['nodes_in_flight_at_once']} | {result['threads']} | {result['bytes_to_nodes'] / 1e6:.0f} | {ending} |")
    return lines + [""]


def sync_section(document):
    settings = document["settings"]
    lines = ["## Filling a registry: `gantry sync`", "",
             f"One docker-registry on loopback, empty each time; rounds: {settings['rounds']}; median (min–max). skopeo packs "
             "the layers of a docker-archive anew; gantry sends them as they are.", "", *machine_lines(document),
             "| | one image of " + f"{settings['one_bytes'] / 1e6:.0f} MB, seconds | {settings['images']} images of "
             f"{settings['archive_bytes'] / 1e6:.0f} MB, seconds | peak memory, MiB | CPU seconds |", "|---|---|---|---|---|"]
    labels = {"gantry": "gantry sync", "skopeo": "skopeo copy, one after the other",
              "skopeo-parallel": "skopeo copy, 4 at a time"}
    for tool in document["whole"]:
        cells = []
        for part, value in (("one", lambda r: r["seconds"]), ("whole", lambda r: r["seconds"]),
                            ("whole", lambda r: r["together_kib"] / 1024), ("whole", cpu)):
            numbers = sorted(value(r) for r in document[part][tool] if "error" not in r)
            cells.append(f"{numbers[len(numbers) // 2]:.2f} ({numbers[0]:.2f}–{numbers[-1]:.2f})" if numbers else "failed")
        lines.append(f"| {labels.get(tool, tool)} | " + " | ".join(cells) + " |")
    return lines + [""]


def errors(document):
    found = [s for s in document["samples"] if "error" in s]
    lines = [f"- {s['tool']}, {s.get('scenario', 'exec')}, round {s['round'] + 1}: `{' '.join(s['error'].split())[:200]}`"
             for s in found]
    lines += [f"- {tool} was left out: {why}" for tool, why in document.get("left_out", {}).items()]
    return lines + [""] if lines else []


def write(folder):
    documents = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path) as file:
            documents[os.path.basename(path)[:-5]] = json.load(file)
    lines = ["# Results", "", "Made by the programs beside this folder; what they measure, and how fairly, is in "
             "[their README](../README.md). The raw numbers are in the JSON files.", ""]
    for name in sorted(name for name in documents if name.split("-")[0] == "load"):
        lines += load_section(name, documents[name])
        with open(os.path.join(folder, f"{name}.svg"), "w") as file:
            file.write(chart.load_chart(documents[name]))
    endpoints = [d for name, d in documents.items() if name.startswith("endpoints-")]
    for document in sorted(endpoints, key=lambda d: d["settings"]["count"]):
        lines += endpoints_section(document)
    if "sync" in documents:
        lines += sync_section(documents["sync"])
    memory = [d for name, d in documents.items() if name.startswith("memory-")]
    if memory:
        lines += memory_section(sorted(memory, key=lambda d: d["settings"]["nodes"]))
    with open(os.path.join(folder, "README.md"), "w") as file:
        file.write("\n".join(lines).rstrip() + "\n")


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))), "results"))
