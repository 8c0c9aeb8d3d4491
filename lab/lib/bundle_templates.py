"""The templates of a made bundle's chart, as text with %(…)s for what Python fills in."""

HELPERS = """\
{{/* The address of an image: the global registry, or the image's own. */}}
{{- define "%(name)s.image" -}}
{{ .global.imageRegistry | default .image.registry }}/{{ .image.repository }}:{{ .image.tag | default .global.%(key)s.imageTag }}
{{- end -}}
"""

# The subchart's address of its second image. Before 0.25.1 and from 0.29.0 a repository may carry a registry;
# in between the two are put together whatever they are.
TOLERANT_IMAGE = """\
{{- define "cloudtty.image" -}}
{{- if contains "." (.image.repository | splitList "/" | first) -}}
{{ .image.repository }}:{{ .image.tag }}
{{- else -}}
{{ .global.imageRegistry | default .image.registry }}/{{ .image.repository }}:{{ .image.tag }}
{{- end -}}
{{- end -}}
"""
STRICT_IMAGE = """\
{{- define "cloudtty.image" -}}
{{ .global.imageRegistry | default .image.registry }}/{{ .image.repository }}:{{ .image.tag }}
{{- end -}}
"""

WORKLOAD = """\
apiVersion: apps/v1
kind: %(kind)s
metadata:
  name: %(workload)s
  namespace: {{ .Release.Namespace }}
  labels:
    app: %(workload)s
    app.kubernetes.io/instance: {{ .Release.Name }}
    app.kubernetes.io/managed-by: {{ .Release.Service }}
spec:
%(replicas)s  selector:
    matchLabels:
      app: %(workload)s
      app.kubernetes.io/instance: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: %(workload)s
        app.kubernetes.io/instance: {{ .Release.Name }}
      annotations:
        %(name)s.io/version: {{ .Chart.AppVersion }}
        {{- with %(values)s.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
%(annotations)s    spec:
      {{- with .Values.global.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
%(init)s      containers:
        - name: %(container)s
          image: %(image)s
          imagePullPolicy: {{ %(path)s.pullPolicy }}
%(env)s"""

REPLICAS = "  replicas: {{ %(values)s.replicaCount }}\n"
SERVICE_NAME = "  serviceName: %(workload)s\n"

INIT = """\
      initContainers:
        - name: %(container)s
          image: %(image)s
          imagePullPolicy: {{ %(path)s.pullPolicy }}
"""

DATABASE_ENV = """\
          envFrom:
            - secretRef:
                name: %(name)s-db
"""

# What happens to a real one: it asks Redis' sentinel without a password and does not get ready.
SENTINEL = """\
        {{- if and (contains "sentinel://" .Values.global.db.redis.url) (contains "@" .Values.global.db.redis.url) \
(not (contains "master_password=" .Values.global.db.redis.url)) }}
        gantry.lab/never-ready: "true"
        {{- end }}
"""

SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: %(name)s-db
  namespace: {{ .Release.Namespace }}
type: Opaque
stringData:
%(entries)s"""

ADDON = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: %(name)s-apiserver-config
  namespace: {{ .Release.Namespace }}
data:
  config.yaml: |
    {{- toYaml .Values.%(first)s.configMap | nindent 4 }}
"""

HOOK = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: %(name)s-pre-upgrade
  namespace: {{ .Release.Namespace }}
  annotations:
    helm.sh/hook: pre-upgrade
    helm.sh/hook-weight: "-5"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 1
  template:
    metadata:
      labels:
        app: %(name)s-pre-upgrade
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: %(image)s
          imagePullPolicy: {{ %(path)s.pullPolicy }}
"""

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: %(plural)s.%(group)s.%(name)s.io
  annotations:
    %(name)s.io/version: v%(version)s
spec:
  group: %(group)s.%(name)s.io
  names:
    kind: %(kind)s
    listKind: %(kind)sList
    plural: %(plural)s
    singular: %(singular)s
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

NOTES = "%(name)s {{ .Chart.AppVersion }} is in {{ .Release.Namespace }}.\n"
