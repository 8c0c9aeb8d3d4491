"""The chart and the hints of a made bundle. helm can render, lint and install it."""
import json

from bundle_layers import REGISTRY

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-%(name)s
  namespace: {{ .Release.Namespace }}
  labels:
    app: %(name)s
    app.kubernetes.io/instance: {{ .Release.Name }}
spec:
  replicas: {{ .Values.%(key)s.replicaCount }}
  selector:
    matchLabels:
      app: %(name)s
      app.kubernetes.io/instance: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: %(name)s
        app.kubernetes.io/instance: {{ .Release.Name }}
    spec:
      {{- with .Values.global.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: %(name)s
          image: "{{ .Values.global.imageRegistry | default .Values.%(key)s.image.registry }}/\
{{ .Values.%(key)s.image.repository }}:{{ .Values.%(key)s.image.tag }}"
          imagePullPolicy: IfNotPresent
"""

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: clusters.cluster.%(name)s.io
  annotations:
    %(name)s.io/version: v%(version)s
spec:
  group: cluster.%(name)s.io
  names:
    kind: Cluster
    listKind: ClusterList
    plural: clusters
    singular: cluster
  scope: Cluster
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              x-kubernetes-preserve-unknown-fields: true
"""


def add_to(tar, arguments, images):
    """Adds hints.yaml and original-chart/ to the bundle, in the order charts-syncer has them."""
    subcharts = sorted({image.keys[0] for image in images if len(image.keys) == 2})
    tar.add("hints.yaml", hints(images))
    tar.add("original-chart/Chart.yaml", chart_yaml(arguments, subcharts))
    if subcharts:
        tar.add("original-chart/Chart.lock", chart_lock(subcharts))
    tar.add("original-chart/values.yaml", values(arguments, images))
    for subchart in subcharts:
        folder = f"original-chart/charts/{subchart}/"
        parts = [image for image in images if image.keys[0] == subchart]
        tar.add(folder + "Chart.yaml", f"apiVersion: v2\nname: {subchart}\nversion: 1.0.0\ntype: application\n")
        tar.add(folder + "values.yaml", "".join(section(image.keys[1:], image, 0) for image in parts))
        for image in parts:
            add_deployment(tar, folder, image, image.keys[1])
    tar.add(f"original-chart/crds/clusters.cluster.{arguments.name}.io.yaml",
            CRD % {"name": arguments.name, "version": arguments.version})
    for image in images:
        if len(image.keys) == 1:
            add_deployment(tar, "original-chart/", image, image.keys[0])


def add_deployment(tar, folder, image, key):
    name = image.repository.replace("/", "-")
    tar.add(f"{folder}templates/{name}.yaml", DEPLOYMENT % {"name": name, "key": key})


def hints(images):
    lines = []
    for image in images:
        path = ".".join(("",) + image.keys + ("image",))
        lines.append("- " + json.dumps("{{ %s.registry }}/{{ %s.repository }}:{{ %s.tag }}" % (path, path, path)) + "\n")
    return "".join(lines)


def chart_yaml(arguments, subcharts):
    text = (f"apiVersion: v2\nname: {arguments.name}\nversion: {arguments.version}\nappVersion: v{arguments.version}\n"
            f"description: A Helm chart for {arguments.name}\ntype: application\n")
    return text + ("dependencies:\n" + dependencies(subcharts) if subcharts else "")


def chart_lock(subcharts):
    return ("dependencies:\n" + dependencies(subcharts) +
            "digest: sha256:0000000000000000000000000000000000000000000000000000000000000000\n"
            "generated: \"2024-01-01T00:00:00Z\"\n")


def dependencies(subcharts):
    return "".join(f"- name: {name}\n  repository: https://{REGISTRY}/chartrepo/{name}\n  version: 1.0.0\n" for name in subcharts)


def section(keys, image, depth):
    """The values of one image, under its keys."""
    indent = "  " * depth
    if len(keys) > 1:
        return f"{indent}{keys[0]}:\n" + section(keys[1:], image, depth + 1)
    return (f"{indent}{keys[0]}:\n{indent}  replicaCount: 1\n{indent}  image:\n{indent}    registry: {REGISTRY}\n"
            f"{indent}    repository: {image.repository}\n{indent}    tag: {json.dumps(image.tag)}\n")


def values(arguments, images):
    text = (f"global:\n  imageRegistry: {REGISTRY}\n  imagePullSecrets: []\n  storageClass: ''\n"
            f"  {arguments.name}:\n    imageTag: v{arguments.version}\n    enableGhippoRoutes: true\n"
            "  db:\n    builtIn: false\n    redis:\n      url: ''\n")
    done = set()
    for image in images:
        if len(image.keys) == 1:
            text += section(image.keys, image, 0)
        elif image.keys[0] not in done:
            done.add(image.keys[0])
            parts = [other for other in images if other.keys[0] == image.keys[0]]
            text += f"{image.keys[0]}:\n" + "".join(section(part.keys[1:], part, 1) for part in parts)
    return text
