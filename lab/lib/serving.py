"""The life of a lab's server on this machine: it lives as long as its pid file names it."""
import os
import threading
import time


def claim(folder):
    """Writes FOLDER/pid, and ends this process soon after that file is gone or names another."""
    path = folder / "pid"
    path.write_text(str(os.getpid()))
    threading.Thread(target=watch, args=(path,), daemon=True).start()


def watch(path):
    while True:
        time.sleep(0.5)
        try:
            if path.read_text() != str(os.getpid()):
                os._exit(0)
        except OSError:
            os._exit(0)
