# shellcheck shell=bash
# The lab's cluster: a Kubernetes API on the bridge's own address (lib/kube-api), the credentials for it,
# and nodes with the option `control`, which have helm, kubectl and an admin.conf.

KUBE_PORT=6443

kube_wanted() { grep -qs '^NODE_CONTROL=yes' "$LAB"/nodes/*/conf; }

# The helm that lab/setup put there, or the machine's. LAB_HELM, LAB_KUBECTL: another one, of another version.
kube_helm() {
  local tool
  for tool in "${LAB_HELM:-}" "$LAB_HOME/../.lab/tools/helm" /usr/bin/helm; do
    if [[ -x $tool ]]; then readlink -f "$tool"; return; fi
  done
  die "there is no helm; lab/setup gets it"
}

# Before a control node starts: what node-init binds into its /usr/local/bin. What the root below has is not in need.
kube_prepare_node() {
  local kubectl
  [[ $NODE_CONTROL == yes ]] || return 0
  mkdir "$NODE_DIR/tools"
  ln -s "$(kube_helm)" "$NODE_DIR/tools/helm"
  hide_from_node /etc/kubernetes
  [[ -n ${LAB_KUBECTL:-} || ! -x $NODE_LOWER/usr/bin/kubectl ]] || return 0
  kubectl=$(command -v "${LAB_KUBECTL:-kubectl}") || die "there is no kubectl; lab/setup gets it"
  ln -s "$(readlink -f "$kubectl")" "$NODE_DIR/tools/kubectl"
}

# Starts the API, once every node is up, and gives the control nodes their admin.conf.
kube_up() {
  local node
  mkdir -m 700 "$LAB/kube"
  (umask 077 && kube_write_credentials)
  kube_describe_nodes >"$LAB/kube/nodes.json"
  setsid "$LAB_HOME/lib/kube-api" "$LAB/kube" "$LAB_SUBNET.1" --port $KUBE_PORT --images-hook "$LAB_HOME/lab" images "$LAB_NAME" \
    </dev/null >"$LAB/kube/api.log" 2>&1 9>&- &
  wait_for 20 grep -qs '^ready' "$LAB/kube/api.log" || die "the Kubernetes API does not start: $(tail -n 3 "$LAB/kube/api.log")"
  for node in $(node_names); do
    load_node "$node"
    [[ $NODE_CONTROL == yes ]] || continue
    node_run sh -c 'umask 077; mkdir -p /etc/kubernetes /root/.kube
      cat >/etc/kubernetes/admin.conf; cp /etc/kubernetes/admin.conf /root/.kube/config; chmod 755 /etc/kubernetes' <"$LAB/kubeconfig"
  done
}

kube_certificate() {
  local name=$1 subject=$2
  shift 2
  openssl req -x509 -config <(printf '[req]\ndistinguished_name=dn\n[dn]\n') -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
    -nodes -days 3650 -subj "$subject" -keyout "$LAB/kube/$name.key" -out "$LAB/kube/$name.crt" "$@" 2>"$LAB/kube/openssl.log" ||
    die "openssl: $(tail -n 3 "$LAB/kube/openssl.log")"
}

# An authority, the server's certificate, and two ways in: a client certificate (kubeconfig, as kubeadm's
# admin.conf has it) and a token (kubeconfig-token).
kube_write_credentials() {
  local signed=(-CA "$LAB/kube/ca.crt" -CAkey "$LAB/kube/ca.key" -addext 'basicConstraints=critical,CA:FALSE')
  kube_certificate ca /CN=kubernetes -addext 'basicConstraints=critical,CA:TRUE'
  kube_certificate server /CN=kube-apiserver "${signed[@]}" -addext "subjectAltName=IP:$LAB_SUBNET.1,DNS:kubernetes"
  kube_certificate admin /O=system:masters/CN=kubernetes-admin "${signed[@]}" -addext 'extendedKeyUsage=clientAuth'
  head -c 30 /dev/urandom | base64 -w0 | tr '+/' '-_' >"$LAB/kube/token"
  kube_write_config "    client-certificate-data: $(base64 -w0 "$LAB/kube/admin.crt")
    client-key-data: $(base64 -w0 "$LAB/kube/admin.key")" >"$LAB/kubeconfig"
  kube_write_config "    token: $(<"$LAB/kube/token")" >"$LAB/kubeconfig-token"
}

kube_write_config() {
  cat <<END
apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: $(base64 -w0 "$LAB/kube/ca.crt")
    server: https://$LAB_SUBNET.1:$KUBE_PORT
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
preferences: {}
users:
- name: kubernetes-admin
  user:
$1
END
}

# Every node with a container runtime is one of the cluster; a control node has kubeadm's role and taint.
kube_describe_nodes() {
  local node runtime comma='' extra
  echo '['
  for node in $(node_names | sort -V); do
    load_node "$node"
    case $NODE_KIND in
      containerd | both) runtime=containerd://$(node_run containerd --version </dev/null | awk '{print $3}') ;;
      docker | docker-cs) runtime=docker://$(node_run docker version --format '{{.Server.Version}}' </dev/null) ;;
      *) continue ;;
    esac
    extra=
    [[ $NODE_CONTROL != yes ]] ||
      extra=', "roles": ["control-plane"], "taints": ["node-role.kubernetes.io/control-plane"]'
    printf '%s{"name": "%s", "address": "%s", "runtime": "%s"%s}\n' "$comma" "$node" "$NODE_ADDRESS" "$runtime" "$extra"
    comma=,
  done
  echo ']'
}

# One reference a line, as the node's kubelet would see them.
kube_images() {
  case $NODE_KIND in
    containerd | both) node_run ctr -n k8s.io images ls -q </dev/null ;;
    docker | docker-cs) node_run docker images --format '{{.Repository}}:{{.Tag}}' </dev/null | grep -v '<none>' || true ;;
    none) die "node $NODE has no container runtime" ;;
  esac
}

kube_needed() { [[ -s $LAB/kubeconfig ]] || die "lab $LAB_NAME has no cluster: it needs a node with the option control"; }

# kubectl from this machine, with its cache in the lab's folder.
kube_ctl() {
  kube_needed
  KUBECONFIG=$LAB/kubeconfig "${LAB_KUBECTL:-kubectl}" --cache-dir "$LAB/kube/cache" "$@"
}

# A node that only the cluster knows of: no machine is behind it, and pods there find every image.
kube_add_node() { python3 "$LAB_HOME/lib/kube/nodes.py" "$1" "$2" "${3:-containerd://1.7.24}" | kube_ctl create -f -; }

# never-ready NAMESPACE/WORKLOAD…: new pods of these do not get ready; without any, all do again.
kube_never_ready() {
  local workload
  kube_needed
  for workload in "$@"; do [[ $workload == ?*/?* ]] || die "'$workload'? it is NAMESPACE/WORKLOAD"; done
  printf '%s\n' "$@" >"$LAB/kube/never-ready.new"
  mv "$LAB/kube/never-ready.new" "$LAB/kube/never-ready"
}

# Ends the lab's servers on this machine. Each also ends by itself, soon after its folder is gone.
kube_down() {
  local server pid
  for server in kube charts; do
    pid=$(cat "$LAB/$server/pid" 2>/dev/null) || continue
    if { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF " $LAB/$server "; then
      kill -9 "$pid" 2>/dev/null || true
      for _ in {1..50}; do [[ -e /proc/$pid/cmdline ]] || break; sleep 0.02; done
    fi
  done
}
