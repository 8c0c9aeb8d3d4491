"""results/load*.svg: bars of seconds and of bytes on the wire, per tool and scenario.

Linear scales from zero, one per column, so lengths compare across scenarios; every bar is labelled with its
median, and a thin line spans the fastest and the slowest run. Readable on light and dark pages.
"""
import statistics
from html import escape

NAMES = {
    "gantry": "gantry", "manual": "manual page", "streams": "parallel ssh streams", "ansible": "ansible",
    "clush": "clush", "pssh": "parallel-ssh",
}
TITLES = {"cold": "Cold load", "upgrade": "Upgrade, about 15 % of the bytes are new", "repeat": "Repeat, nothing missing"}
WIDTH, LEFT, COLUMN, GAP = 920, 160, 290, 90
ROW, BAR = 22, 14
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
  .title { font-size: 16px; font-weight: 600; }
  .group { font-weight: 600; }
  .note, .value { font-size: 12px; fill: #57606a; }
  .ours { fill: #0969da; } .peer { fill: #afb8c1; } .range { stroke: #57606a; stroke-width: 1.5; }
  text.strong { font-weight: 600; fill: #0969da; } .axis { stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .note, .value { fill: #9198a1; }
    .ours { fill: #4493f8; } .peer { fill: #59636e; } .range { stroke: #9198a1; }
    text.strong { fill: #4493f8; } .axis { stroke: #3d444d; }
  }
"""


def short(value):
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def text(x, y, content, kind="", anchor="start"):
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{escape(content)}</text>'


def bar(x, y, values, top, ours, ranged):
    """One bar with its label; values are those of all rounds."""
    middle = statistics.median(values)
    length = max(1.5, COLUMN * middle / top)
    parts = [f'<rect x="{x}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" class="{"ours" if ours else "peer"}"/>']
    end = x + length
    if ranged and len(values) > 1:
        low, high = (x + COLUMN * value / top for value in (min(values), max(values)))
        parts.append(f'<path d="M{low:.1f} {y + BAR / 2}H{high:.1f}" class="range"/>')
        end = max(end, high)
    parts.append(text(end + 6, y + 11, short(middle), "value strong" if ours else "value"))
    return parts


def load_chart(document):
    settings = document["settings"]
    samples = [sample for sample in document["samples"] if "error" not in sample]
    tools = [tool for tool in NAMES if any(s["tool"] == tool for s in document["samples"])]
    columns = [
        ("seconds", lambda s: s["seconds"], True),
        ("MB received by all nodes", lambda s: s["bytes_to_nodes"] / 1e6, False),
    ]
    tops = [max((value(s) for s in samples), default=1) for _, value, _ in columns]
    link = f", {settings['rate'].replace('mbit', ' Mbit/s')} each" if settings.get("rate") else ""
    title = f"Loading a {settings['archive_bytes'] / 1e6:.0f} MB image archive onto {settings['nodes']} nodes{link}"
    body = [text(0, 18, title, "title")]
    for number, (label, _, _) in enumerate(columns):
        body.append(text(LEFT + number * (COLUMN + GAP), 44, label + " (less is better)", "note"))
    y = 60
    for scenario, title in TITLES.items():
        y += 18
        body.append(text(0, y, title, "group"))
        y += 12
        start = y
        for tool in tools:
            ours = tool == "gantry"
            body.append(text(LEFT - 10, y + 11, NAMES[tool], "strong" if ours else "", "end"))
            runs = [s for s in samples if s["tool"] == tool and s["scenario"] == scenario]
            for number, (_, value, ranged) in enumerate(columns):
                x = LEFT + number * (COLUMN + GAP)
                body += bar(x, y, [value(s) for s in runs], tops[number], ours, ranged) if runs else [text(x + 6, y + 11, "failed", "note")]
            y += ROW
        for number in range(len(columns)):
            x = LEFT + number * (COLUMN + GAP) - 0.5
            body.append(f'<path d="M{x} {start - 4}V{y - 4}" class="axis"/>')
        y += 10
    machine = document["machine"]
    rounds = settings["rounds"]
    body.append(text(0, y + 14, f"Median of {rounds} round{'s'[:rounds > 1]}, the thin line is fastest to slowest; "
                     f"tool and nodes share one machine with {machine['cores']} cores.", "note"))
    height = y + 26
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            f'role="img" aria-label="Seconds and megabytes per tool for a cold load, an upgrade and a repeat">\n'
            f"<style>{STYLE}</style>\n" + "\n".join(body) + "\n</svg>\n")
