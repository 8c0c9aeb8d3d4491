"""A tar that is laid out before it is written, so that tars nest without a copy on disk, and that
always has the same bytes: no times, no owners, fixed modes."""
import os
import tarfile

BLOCK = 512


def header(name, size, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o777 if kind == tarfile.SYMTYPE else 0o644
    info.mtime = 0
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8")


def padding(size):
    return b"\0" * (-size % BLOCK)


class File:
    """A file on disk as a member's content; flip_at changes one bit there."""

    def __init__(self, path, size, flip_at=None):
        self.path, self.bytes, self.flip_at = path, size, flip_at

    def size(self):
        return self.bytes

    def write(self, out):
        out.flush()
        with open(self.path, "rb") as source:
            if self.flip_at is not None:
                out.write(source.read(self.flip_at))
                out.write(bytes([source.read(1)[0] ^ 0x01]))
                out.flush()
            position = source.tell()
            while position < self.bytes:
                sent = os.sendfile(out.fileno(), source.fileno(), position, min(self.bytes - position, 1 << 30))
                if sent == 0:
                    raise EOFError(self.path)
                position += sent
        # sendfile moved the descriptor's own position, which the buffer does not know of.
        if out.seekable():
            out.seek(0, os.SEEK_END)


class Data:
    def __init__(self, data):
        self.data = data.encode() if isinstance(data, str) else data

    def size(self):
        return len(self.data)

    def write(self, out):
        out.write(self.data)


class Tar:
    """Members in order: (header, content, name, kind, link)."""

    def __init__(self):
        self.members = []

    def add(self, name, content):
        if isinstance(content, (str, bytes)):
            content = Data(content)
        self.members.append((header(name, content.size()), content, name, None))

    def add_folder(self, name):
        self.members.append((header(name, 0, tarfile.DIRTYPE), Data(b""), name, None))

    def add_link(self, name, target):
        self.members.append((header(name, 0, tarfile.SYMTYPE, target), Data(b""), name, target))

    def size(self):
        return sum(len(head) + c.size() + len(padding(c.size())) for head, c, _, _ in self.members) + 2 * BLOCK

    def write(self, out):
        for head, content, _, _ in self.members:
            out.write(head)
            content.write(out)
            out.write(padding(content.size()))
        out.write(b"\0" * (2 * BLOCK))

    def extract(self, folder):
        """Writes the members as files under a folder, for the forms that are folders."""
        for _, content, name, _ in self.members:
            path = folder / name
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "wb") as out:
                content.write(out)
