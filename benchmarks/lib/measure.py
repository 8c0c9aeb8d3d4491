#!/usr/bin/env python3
"""Runs one command and writes what it cost, as JSON: wall seconds, CPU seconds, peak memory.

measure.py OUT.json LOG TIMEOUT_SECONDS COMMAND [ARGUMENT …]

A process of its own for every measurement, and a small one, since the kernel's ru_maxrss of a child
starts at its parent's. It is the subreaper of all it starts: a tool's daemons (Ansible leaves ssh masters
behind) come to it when the tool has ended; they are ended then, and their CPU counts. The wall clock
stops when the command itself ends.

Memory: `largest` is the peak resident size of the largest single process. `together` is the largest sum
over the command's whole process tree, by proportional set size (pages shared among processes count once),
sampled at most every 50 ms and with at most 2 % of one core.
"""
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time

PR_SET_CHILD_SUBREAPER = 36


def children(pid):
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(child) for child in file.read().split()]
    except OSError:
        pass
    return found


def tree(pid):
    for child in children(pid):
        yield child
        yield from tree(child)


def kilobytes(path, field):
    try:
        with open(path) as file:
            for line in file:
                if line.startswith(field):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class Sampler(threading.Thread):
    """Looks at the process tree until it is told to stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.largest = self.together = self.samples = 0

    def sample(self):
        total = 0
        for pid in tree(os.getpid()):
            self.largest = max(self.largest, kilobytes(f"/proc/{pid}/status", "VmHWM:"))
            total += kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:")
        self.together = max(self.together, total)
        self.samples += 1

    def run(self):
        pause = 0.01
        while not self.stopped.wait(pause):
            before = time.thread_time()
            self.sample()
            pause = max(0.05, 50 * (time.thread_time() - before))


def reap(usages):
    """Ends what the command left running and waits for it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 5
        for pid in list(tree(os.getpid())):
            try:
                os.kill(pid, sign)
            except ProcessLookupError:
                pass
        while time.monotonic() < deadline:
            try:
                pid, _, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid:
                usages.append(usage)
            else:
                time.sleep(0.01)


def stop(*_):
    """The benchmark is being ended: nothing that was started here stays."""
    reap([])
    os._exit(1)


def main():
    out, log, timeout, command = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stop)
    sampler = Sampler()
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open(log, "wb") as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    late = threading.Event()

    def give_up():
        late.set()
        process.kill()

    timer = threading.Timer(timeout, give_up)
    timer.daemon = True
    timer.start()
    sampler.start()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    timer.cancel()
    sampler.stopped.set()
    sampler.join()
    usages = [usage]
    reap(usages)
    biggest = max(usage.ru_maxrss for usage in usages)
    largest = biggest if biggest > floor + 1024 else sampler.largest or biggest
    result = {
        "seconds": round(seconds, 3),
        "cpu_user": round(sum(usage.ru_utime for usage in usages), 3),
        "cpu_system": round(sum(usage.ru_stime for usage in usages), 3),
        "largest_kib": largest,
        "together_kib": max(sampler.together, largest),
        "memory_samples": sampler.samples,
        "exit": process.returncode,
        "timed_out": late.is_set(),
    }
    with open(out, "w") as file:
        json.dump(result, file)


main()
