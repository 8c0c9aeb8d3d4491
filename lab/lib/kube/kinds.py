"""The kinds of object the API serves: those of Kubernetes itself, and those that CRDs add."""
import dataclasses

# group | versions | plural | kind | N(amespaced) or C(luster) | short names | S: has a status of its own
BUILT_IN = """
|v1|namespaces|Namespace|C|ns|S
|v1|nodes|Node|C|no|S
|v1|persistentvolumes|PersistentVolume|C|pv|S
|v1|pods|Pod|N|po|S
|v1|services|Service|N|svc|S
|v1|configmaps|ConfigMap|N|cm|
|v1|secrets|Secret|N||
|v1|serviceaccounts|ServiceAccount|N|sa|
|v1|endpoints|Endpoints|N|ep|
|v1|events|Event|N|ev|
|v1|limitranges|LimitRange|N|limits|
|v1|resourcequotas|ResourceQuota|N|quota|S
|v1|persistentvolumeclaims|PersistentVolumeClaim|N|pvc|S
|v1|podtemplates|PodTemplate|N||
|v1|replicationcontrollers|ReplicationController|N|rc|S
apps|v1|deployments|Deployment|N|deploy|S
apps|v1|replicasets|ReplicaSet|N|rs|S
apps|v1|statefulsets|StatefulSet|N|sts|S
apps|v1|daemonsets|DaemonSet|N|ds|S
apps|v1|controllerrevisions|ControllerRevision|N||
batch|v1|jobs|Job|N||S
batch|v1|cronjobs|CronJob|N|cj|S
autoscaling|v2,v1|horizontalpodautoscalers|HorizontalPodAutoscaler|N|hpa|S
policy|v1|poddisruptionbudgets|PodDisruptionBudget|N|pdb|S
networking.k8s.io|v1|ingresses|Ingress|N|ing|S
networking.k8s.io|v1|ingressclasses|IngressClass|C||
networking.k8s.io|v1|networkpolicies|NetworkPolicy|N|netpol|
rbac.authorization.k8s.io|v1|roles|Role|N||
rbac.authorization.k8s.io|v1|rolebindings|RoleBinding|N||
rbac.authorization.k8s.io|v1|clusterroles|ClusterRole|C||
rbac.authorization.k8s.io|v1|clusterrolebindings|ClusterRoleBinding|C||
storage.k8s.io|v1|storageclasses|StorageClass|C|sc|
scheduling.k8s.io|v1|priorityclasses|PriorityClass|C|pc|
coordination.k8s.io|v1|leases|Lease|N||
discovery.k8s.io|v1|endpointslices|EndpointSlice|N||
admissionregistration.k8s.io|v1|validatingwebhookconfigurations|ValidatingWebhookConfiguration|C||
admissionregistration.k8s.io|v1|mutatingwebhookconfigurations|MutatingWebhookConfiguration|C||
apiextensions.k8s.io|v1|customresourcedefinitions|CustomResourceDefinition|C|crd,crds|S
apiregistration.k8s.io|v1|apiservices|APIService|C||S
"""

VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
ALL = {"pods", "services", "replicationcontrollers", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs",
       "cronjobs", "horizontalpodautoscalers"}  # what `kubectl get all` means
SCALED = {"deployments", "replicasets", "statefulsets"}


@dataclasses.dataclass(frozen=True)
class Kind:
    group: str
    versions: tuple  # the preferred one first
    plural: str
    kind: str
    namespaced: bool
    short: tuple = ()
    has_status: bool = False
    custom: bool = False
    singular: str = ""

    @property
    def resource(self):
        """As messages name it: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def api_version(self, version=None):
        version = version or self.versions[0]
        return f"{self.group}/{version}" if self.group else version

    def subresources(self):
        found = ["status"] if self.has_status else []
        if self.group == "apps" and self.plural in SCALED:
            found.append("scale")
        if self.plural == "pods" and not self.group:
            found += ["log", "eviction"]
        return found


class Kinds:
    """All kinds, by group and plural; a CRD that comes or goes changes it."""

    def __init__(self):
        self.by_resource = {}
        for line in BUILT_IN.strip().splitlines():
            group, versions, plural, kind, scope, short, status = line.split("|")
            self.add(Kind(group, tuple(versions.split(",")), plural, kind, scope == "N",
                          tuple(short.split(",")) if short else (), status == "S", False, kind.lower()))

    def add(self, kind):
        self.by_resource[kind.group, kind.plural] = kind

    def get(self, plural, group=""):
        return self.by_resource.get((group, plural))

    def add_crd(self, crd):
        """Serves what a CustomResourceDefinition (apiextensions.k8s.io/v1) describes."""
        spec, names = crd["spec"], crd["spec"]["names"]
        served = [version for version in spec["versions"] if version.get("served", True)]
        served.sort(key=lambda version: not version.get("storage"))
        self.add(Kind(spec["group"], tuple(version["name"] for version in served), names["plural"], names["kind"],
                      spec.get("scope") == "Namespaced", tuple(names.get("shortNames", ())),
                      any("status" in version.get("subresources", {}) for version in served), True,
                      names.get("singular") or names["kind"].lower()))

    def remove_crd(self, crd):
        return self.by_resource.pop((crd["spec"]["group"], crd["spec"]["names"]["plural"]), None)

    def groups(self):
        """Group → versions, preferred first, without the core group."""
        found = {}
        for kind in list(self.by_resource.values()):
            if kind.group:
                versions = found.setdefault(kind.group, [])
                versions += [version for version in kind.versions if version not in versions]
        return found

    def of(self, group, version):
        return [kind for kind in list(self.by_resource.values()) if kind.group == group and version in kind.versions]


def group_list(kinds):
    """The answer to /apis."""
    return {"kind": "APIGroupList", "apiVersion": "v1",
            "groups": [group_document(group, versions) for group, versions in sorted(kinds.groups().items())]}


def group_document(group, versions):
    entries = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"kind": "APIGroup", "apiVersion": "v1", "name": group, "versions": entries, "preferredVersion": entries[0]}


def resource_list(kinds, group, version):
    """The answer to /api/v1 and /apis/GROUP/VERSION."""
    resources = []
    for kind in sorted(kinds.of(group, version), key=lambda kind: kind.plural):
        resources.append({"name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced,
                          "kind": kind.kind, "verbs": VERBS, "shortNames": list(kind.short),
                          "categories": ["all"] if kind.plural in ALL and not kind.custom else []})
        for name in kind.subresources():
            entry = {"name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced,
                     "kind": kind.kind, "verbs": ["get", "patch", "update"]}
            if name == "scale":
                entry |= {"group": "autoscaling", "version": "v1", "kind": "Scale"}
            if name == "eviction":
                entry |= {"group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"]}
            resources.append(entry)
    return {"kind": "APIResourceList", "apiVersion": "v1", "resources": resources,
            "groupVersion": f"{group}/{version}" if group else version}
