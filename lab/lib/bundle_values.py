"""A chart's values.yaml: nested keys in the order they came, with comments."""
import json

from bundle_layers import REGISTRY


class Values:
    def __init__(self):
        self.tree, self.comments = {}, {}

    def put(self, path, value, comment=None):
        place = self.tree
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
        if comment:
            self.comments[path] = comment

    def image(self, image, path=None):
        path = path or image.path
        for key, value in (("registry", REGISTRY), ("repository", image.repository), ("tag", image.tag), ("pullPolicy", "IfNotPresent")):
            self.put(path + (key,), value)

    def text(self):
        return "".join(self.lines(self.tree, (), 0))

    def lines(self, tree, path, depth):
        indent = "  " * depth
        for key, value in tree.items():
            here = path + (key,)
            if here in self.comments:
                yield f"{indent}# {self.comments[here]}\n"
            if isinstance(value, dict) and value:
                yield f"{indent}{key}:\n"
                yield from self.lines(value, here, depth + 1)
            elif isinstance(value, list) and value:
                yield f"{indent}{key}:\n"
                for entry in value:
                    for number, line in enumerate(self.lines(entry, here, 0)):
                        yield f"{indent}  {'- ' if number == 0 else '  '}{line}"
            else:
                yield f"{indent}{key}: {self.scalar(value)}\n"

    @staticmethod
    def scalar(value):
        """Plain where YAML reads a plain word as that word, else as JSON, which YAML reads too."""
        text = str(value)
        if isinstance(value, str) and text and text[0].isalpha() and all(c.isalnum() or c in "-./" for c in text) \
                and text.lower() not in ("true", "false", "yes", "no", "on", "off", "null", "y", "n"):
            return text
        return json.dumps(value, ensure_ascii=False)
