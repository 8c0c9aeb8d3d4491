"""Label and field selectors, as list and watch take them, and the selectors that objects hold."""
import re

import errors

TERM = re.compile(r"^\s*(!?)\s*([^\s!=,()]+)\s*(?:(==|=|!=)\s*([^\s,()]*)|\s(in|notin)\s*\(([^)]*)\))?\s*$")


def split_terms(text):
    """At the commas outside of brackets."""
    return [term for term in re.split(r",(?![^()]*\))", text or "") if term.strip()]


def label_terms(text):
    """`a=b,c in (d,e),!f` as functions of an object's labels."""
    return [label_term(term) for term in split_terms(text)]


def label_term(term):
    match = TERM.match(term)
    if not match:
        raise errors.bad_request(f"unable to parse requirement: {term.strip()}")
    absent, key, operator, value, word, values = match.groups()
    values = [part.strip() for part in (values or "").split(",")]
    if absent:
        return lambda labels: key not in labels
    if operator in ("=", "=="):
        return lambda labels: labels.get(key) == value
    if operator == "!=":
        return lambda labels: labels.get(key) != value
    if word == "in":
        return lambda labels: labels.get(key) in values
    if word == "notin":
        return lambda labels: labels.get(key) not in values
    return lambda labels: key in labels


def field_terms(text):
    found = []
    for term in split_terms(text):
        match = re.match(r"^([^=!]+)(==|=|!=)(.*)$", term)
        if not match:
            raise errors.bad_request(f"invalid field selector: {term}")
        found.append((match[1].strip().split("."), match[3].strip(), match[2] != "!="))
    return found


def field(item, path):
    for part in path:
        item = item.get(part) if isinstance(item, dict) else None
    return "" if item is None else str(item).lower() if isinstance(item, bool) else str(item)


class Selector:
    """What a list or a watch asks for."""

    def __init__(self, namespace=None, labels="", fields="", name=None):
        self.namespace = namespace
        self.labels = label_terms(labels)
        self.fields = field_terms(fields)
        if name:
            self.fields.append((["metadata", "name"], name, True))

    def takes(self, item):
        metadata = item["metadata"]
        if self.namespace and metadata.get("namespace") != self.namespace:
            return False
        labels = metadata.get("labels") or {}
        return (all(term(labels) for term in self.labels)
                and all((field(item, path) == value) == wanted for path, value, wanted in self.fields))


def matches(selector, labels):
    """Whether a LabelSelector (matchLabels, matchExpressions) takes these labels."""
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for rule in selector.get("matchExpressions") or []:
        key, values = rule["key"], rule.get("values") or []
        found = {"In": labels.get(key) in values, "NotIn": labels.get(key) not in values,
                 "Exists": key in labels, "DoesNotExist": key not in labels}[rule["operator"]]
        if not found:
            return False
    return True
