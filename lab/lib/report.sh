# shellcheck shell=bash
# What the lab tells of itself: an Ansible inventory, shell assignments, a node's file listing.

report_inventory() {
  local kind node group control=
  echo 'all:'
  echo '  vars:'
  echo '    ansible_user: root'
  echo "    ansible_ssh_private_key_file: $LAB/id_ed25519"
  echo "    ansible_ssh_common_args: -o UserKnownHostsFile=$LAB/known_hosts -o StrictHostKeyChecking=yes"
  echo '  children:'
  for kind in containerd docker docker-cs both none; do
    group=
    for node in $(node_names | sort -V); do
      load_node "$node"
      [[ $NODE_KIND == "$kind" ]] || continue
      [[ -n $group ]] || printf '    %s:\n      hosts:\n' "${kind//-/_}"
      group=$kind
      printf '        %s:\n          ansible_host: %s\n' "$node" "$NODE_ADDRESS"
      [[ $NODE_CONTROL != yes ]] || control+="        $node:"$'\n'
    done
  done
  [[ -z $control ]] || printf '    control:\n      hosts:\n%s' "$control"
}

report_env() {
  printf '%s=%q\n' LAB_NAME "$LAB_NAME" LAB_DIR "$LAB" LAB_KEY "$LAB/id_ed25519" \
    LAB_KNOWN_HOSTS "$LAB/known_hosts" LAB_SSH_CONFIG "$LAB/ssh_config" LAB_PASSWORD_FILE "$LAB/password" \
    LAB_SUBNET "$LAB_SUBNET.0/24" LAB_BRIDGE "$LAB_BRIDGE" LAB_NODES "$(node_names | sort -V | xargs)"
  [[ ! -s $LAB/kubeconfig ]] || printf '%s=%q\n' LAB_KUBECONFIG "$LAB/kubeconfig"
}

# One line per file of the node: path, type, mode, owner, and for a file size and time, for a link its
# target; then one line per image. To compare before and after: without logs, and without what the
# daemons, sshd, sudo and PAM touch by themselves.
report_snapshot() {
  local inside namespace
  inside=/proc/$(<"$NODE_DIR/pid")/root
  {
    snapshot_tree "$NODE_DIR/upper" '' \
      -path './var/log' -o -path './var/lib/containerd' -o -path './var/lib/docker' -o -path './run' \
      -o -path './var/lib/sudo/*' -o -path './var/lib/lastlog*'
    snapshot_tree "$inside/run" /run \
      -path './lab' -o -path './containerd/*' -o -path './docker/*' -o -path './sudo' -o -path './user/*' \
      -o -name '*.pid' -o -name '*.sock' -o -name 'utmp' -o -name 'motd.dynamic*' -o -name 'xtables.lock'
    snapshot_tree "$inside/var/lib/containerd" /var/lib/containerd -name '*.db'
    snapshot_tree "$inside/var/lib/docker" /var/lib/docker -name '*.db'
    if [[ -n $(service_pids containerd) ]]; then
      for namespace in $(node_run ctr namespaces ls -q </dev/null); do
        node_run ctr -n "$namespace" images ls </dev/null |
          awk -v n="$namespace" 'NR > 1 {print "image", n, $1, $3}'
      done
    fi
    if [[ -n $(service_pids dockerd) ]]; then
      node_run docker images --no-trunc --format 'image docker {{.Repository}}:{{.Tag}} {{.ID}}' </dev/null
    fi
  } | sort
}

# snapshot_tree FOLDER PREFIX EXCLUDED…; a folder's own time is left out, since a file that came and
# went is no change.
snapshot_tree() {
  local folder=$1 prefix=$2
  shift 2
  (cd "$folder" && find . -mindepth 1 \( "$@" \) -prune -o \
    -type d -printf "$prefix/%P %y %m %U:%G\n" -o \
    -type l -printf "$prefix/%P %y %l\n" -o \
    -printf "$prefix/%P %y %m %U:%G %s %T@\n")
}
