"""Which images a node has: a hook is asked, anew for every look."""
import subprocess
import threading
import time

ALL = object()  # without a hook every image is everywhere


def familiar(reference):
    """A reference with what Docker leaves out of a short one: docker.io/library/busybox:latest."""
    name, digest = (reference.split("@", 1) + [None])[:2]
    first = name.split("/", 1)[0]
    if "/" not in name:
        name = "docker.io/library/" + name
    elif not any(mark in first for mark in ".:") and first != "localhost":
        name = "docker.io/" + name
    if digest:
        return f"{name}@{digest}"
    return name if ":" in name.rsplit("/", 1)[-1] else name + ":latest"


class NodeImages:
    def __init__(self, hook, nodes):
        """`hook` is a command to which a node's name is added; it prints one reference a line. Nodes that are
        not in `nodes` exist on paper alone: they have every image."""
        self.hook, self.nodes, self.lock = hook, set(nodes), threading.Lock()
        self.answers, self.asked = {}, {}

    def of(self, node, since):
        """What a node has, told after the time `since`; None while its answer is on the way."""
        if not self.hook or node not in self.nodes:
            return ALL
        with self.lock:
            begun, answer = self.answers.get(node, (0, set()))
            if begun >= since:
                return answer
            if node not in self.asked:
                # On the side: a runtime that hangs holds nothing else up.
                self.asked[node] = threading.Thread(target=self.ask, args=(node, answer), daemon=True)
                self.asked[node].start()
        return None

    def ask(self, node, before):
        begun = time.monotonic()
        try:
            done = subprocess.run([*self.hook, node], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, timeout=20, check=True)
            answer = {familiar(line) for line in done.stdout.decode(errors="replace").split()}
        except (OSError, subprocess.SubprocessError):
            answer = before  # its runtime does not answer: what it had it has
        with self.lock:
            self.answers[node] = (begun, answer)
            del self.asked[node]
