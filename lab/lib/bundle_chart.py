"""The chart and the hints of a made bundle. helm can render, lint, install and upgrade it.

A module's own images get a Deployment each, but for what the real charts do otherwise: busybox is an init
container, the shell runs in a hook before an upgrade, Redis' URL goes into a Secret. Which values there are
changes with the version, as the modules' release notes say."""
import json

import bundle_templates as templates
from bundle_layers import REGISTRY
from bundle_values import Values

WITHOUT_CRDS = {"insight", "insight-agent", "amamba", "skoala", "kcoral"}
SETS = {"proxy": "DaemonSet", "egress": "StatefulSet"}  # the other own images are Deployments


def add_to(tar, arguments, images):
    """Adds hints.yaml and original-chart/ to the bundle, in the order charts-syncer has them."""
    tar.add("hints.yaml", hints(images))
    for path, text in files(arguments.name, arguments.version, images):
        tar.add("original-chart/" + path, text)


def files(name, version, images):
    """The chart's files, path and text."""
    chart = Chart(name, version, images)
    subcharts = sorted({image.subchart for image in images if image.subchart})
    yield "Chart.yaml", chart.description(subcharts)
    if subcharts:
        yield "Chart.lock", chart.lock(subcharts)
    yield "values.yaml", chart.values().text()
    for subchart in subcharts:
        parts = [image for image in images if image.subchart == subchart]
        yield f"charts/{subchart}/Chart.yaml", f"apiVersion: v2\nname: {subchart}\nversion: 1.0.0\ntype: application\n"
        yield f"charts/{subchart}/values.yaml", chart.subchart_values(parts).text()
        yield from ((f"charts/{subchart}/{path}", text) for path, text in chart.subchart_templates(subchart, parts))
    yield from chart.crds()
    yield from chart.templates()


def hints(images):
    lines = []
    for image in images:
        path = ".".join(("",) + image.path)
        lines.append("- " + json.dumps("{{ %s.registry }}/{{ %s.repository }}:{{ %s.tag }}" % (path, path, path)) + "\n")
    return "".join(lines)


def key_of(name):
    first, *rest = name.split("-")
    return first + "".join(part.capitalize() for part in rest)


class Chart:
    def __init__(self, name, version, images):
        self.name, self.version, self.key = name, version, key_of(name)
        self.number = tuple(int(part) for part in version.split("-")[0].split("+")[0].split(".")[:3] if part.isdigit())
        self.images = [image for image in images if not image.subchart]
        self.everything = images

    def role(self, role):
        return next((image for image in self.images if image.role == role), None)

    def description(self, subcharts):
        text = (f"apiVersion: v2\nname: {self.name}\nversion: {self.version}\nappVersion: v{self.version}\n"
                f"description: A Helm chart for {self.name}\ntype: application\n")
        return text + ("dependencies:\n" + self.dependencies(subcharts) if subcharts else "")

    def lock(self, subcharts):
        return ("dependencies:\n" + self.dependencies(subcharts) + "digest: sha256:" + "0" * 64 +
                "\ngenerated: \"2024-01-01T00:00:00Z\"\n")

    @staticmethod
    def dependencies(subcharts):
        return "".join(f"- name: {name}\n  repository: https://{REGISTRY}/chartrepo/{name}\n  version: 1.0.0\n" for name in subcharts)

    def values(self):
        values = Values()
        values.put(("global", "imageRegistry"), REGISTRY, "the registry of every image, with its project: 10.0.0.1/release.daocloud.io")
        values.put(("global", "imagePullSecrets"), [])
        values.put(("global", "storageClass"), "")
        values.put(("global", self.key, "imageTag"), "v" + self.version, "the tag of the module's own images")
        values.put(("global", self.key, "enableGhippoRoutes"), True)
        self.database(values)
        for image in self.everything:
            values.image(image)
            if image.role is None and not image.subchart:
                values.put(image.path[:-1] + ("replicaCount",) if len(image.path) > 1 else (image.path[0] + "_replicas",), image.replicas)
                if len(image.path) > 1:
                    values.put(image.path[:-1] + ("podAnnotations",), {})
        if len(self.images[0].path) > 1:
            values.put((self.images[0].path[0], "configMap"), {}, "written to the ConfigMap as it is; may hold passwords of chart repositories")
        return values

    def database(self, values):
        """Where the module keeps its data. ghippo's names changed at 0.12 and 0.16."""
        if self.name == "ghippo":
            values.put(("keycloakx" if self.number >= (0, 12, 0) else "keycloak", "replicaCount"), 1)
            if self.number >= (0, 16, 0):
                for part in ("ghippo", "audit", "keycloak"):
                    values.put(("global", "storage", part), [{"driver": "mysql", "accessType": "readwrite", "dsn": ""}])
            else:
                values.put(("global", "database", "apiserver", "dsn"), "")
                values.put(("global", "database", "keycloakx", "dsn"), "")
                values.put(("global", "auditDatabase", "auditserver", "dsn"), "")
            return
        values.put(("global", "db", "builtIn"), False)
        values.put(("global", "db", "redis", "url"), "", "redis://… or redis+sentinel://:PASSWORD@HOST:26379/mymaster" + (
            "?master_password=PASSWORD" if self.number >= (0, 21, 0) else ""))

    def secret(self):
        if self.name != "ghippo":
            entries = "  REDIS_URL: {{ .Values.global.db.redis.url | quote }}\n"
        elif self.number >= (0, 16, 0):
            entries = "".join("  %s_DSN: {{ (first .Values.global.storage.%s).dsn | quote }}\n" % (part.upper(), part)
                              for part in ("ghippo", "audit", "keycloak"))
        else:
            entries = ("  GHIPPO_DSN: {{ .Values.global.database.apiserver.dsn | quote }}\n"
                       "  KEYCLOAK_DSN: {{ .Values.global.database.keycloakx.dsn | quote }}\n"
                       "  AUDIT_DSN: {{ .Values.global.auditDatabase.auditserver.dsn | quote }}\n")
        return templates.SECRET % {"name": self.name, "entries": entries}

    def crds(self):
        if self.name in WITHOUT_CRDS:
            return
        for group, kind in (("cluster", "Cluster"), ("policy", "ClusterPolicy")):
            singular = kind.lower()
            plural = singular[:-1] + "ies" if singular.endswith("y") else singular + "s"
            yield f"crds/{group}.{self.name}.io_{plural}.yaml", templates.CRD % {
                "group": group, "name": self.name, "version": self.version, "kind": kind, "plural": plural, "singular": singular}

    def templates(self):
        yield "templates/_helpers.tpl", templates.HELPERS % {"name": self.name, "key": self.key}
        yield "templates/NOTES.txt", templates.NOTES % {"name": self.name}
        yield "templates/secret.yaml", self.secret()
        first, init, hook = self.images[0], self.role("init"), self.role("hook")
        if len(first.path) > 1:
            yield "templates/configmap.yaml", templates.ADDON % {"name": self.name, "first": first.path[0]}
        if hook:
            yield "templates/pre-upgrade.yaml", templates.HOOK % {"name": self.name, **self.addressed(hook, ".Values")}
        for image in self.images:
            if image.role is None:
                workload = image.repository.split("/")[-1]
                yield f"templates/{workload}.yaml", self.workload(image, workload, ".Values", init if image is first else None, image is first)

    def subchart_values(self, parts):
        values = Values()
        for image in parts:
            values.image(image, image.path[1:])
            if image.role is None:
                values.put(image.path[1:-1] + ("replicaCount",), 1)
                values.put(image.path[1:-1] + ("podAnnotations",), {})
        return values

    def subchart_templates(self, subchart, parts):
        second = next((image for image in parts if image.role == "preload"), None)
        if second:
            strict = (0, 25, 1) <= self.number < (0, 29, 0)
            yield "templates/_image.tpl", templates.STRICT_IMAGE if strict else templates.TOLERANT_IMAGE
        for image in parts:
            if image.role is None:
                workload = f"{self.name}-{image.repository.replace('/', '-')}"
                yield f"templates/{workload}.yaml", self.workload(image, workload, ".Values", second, False)

    def addressed(self, image, top):
        """How a template names an image's values and its address."""
        path = ".".join((top,) + (image.path[1:] if image.subchart else image.path))
        helper = "cloudtty.image" if image.role == "preload" else f"{self.name}.image"
        address = '{{ include "%s" (dict "global" .Values.global "image" %s) }}' % (helper, path)
        if len(image.path) == 1:
            # mcamel's two: the global registry does not count, each is set by itself.
            address = "{{ %s.registry }}/{{ %s.repository }}:{{ %s.tag }}" % (path, path, path)
        return {"path": path, "image": address}

    def workload(self, image, workload, top, init, main):
        kind = SETS.get(image.part, "Deployment")
        address = self.addressed(image, top)
        flat = len(image.path) == 1
        values = address["path"].rsplit(".", 1)[0]
        fields = {"kind": kind, "workload": workload, "name": self.name, "values": values, "container": workload, **address,
                  "init": "", "env": "", "annotations": "", "replicas": ""}
        if kind != "DaemonSet":
            fields["replicas"] = "  replicas: {{ %s_replicas }}\n" % address["path"] if flat else templates.REPLICAS % fields
        if kind == "StatefulSet":
            fields["replicas"] += templates.SERVICE_NAME % fields
        if init:
            container = "wait-for-db" if init.role == "init" else "preload"
            fields["init"] = templates.INIT % {"container": container, **self.addressed(init, top)}
        if main:
            fields["env"] = templates.DATABASE_ENV % fields
            if self.name == "kpanda" and self.number >= (0, 21, 0):
                fields["annotations"] = templates.SENTINEL
        return templates.WORKLOAD % fields
