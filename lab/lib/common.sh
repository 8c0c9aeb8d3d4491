# shellcheck shell=bash
# Shared by the lab's parts: where things are, how names are checked, how a lab is found again.
# Every function reads LAB_NAME and LAB (the lab's folder), set by use_lab.

LAB_ROOT=${GANTRY_LAB_ROOT:-/var/tmp/gantry-lab}
KEY_TYPES=(ed25519 ecdsa rsa)

die() {
  echo "lab: $*" >&2
  exit 1
}

usage() {
  sed -n '/^# Usage:/,/^[^#]/s/^# \{0,1\}//p' "$LAB_HOME/lab" >&2
  exit 2
}

need_root() { [[ $EUID -eq 0 ]] || die "needs root: it makes network namespaces and mounts"; }

# A name goes into folder, namespace and host names, so it is a short host name; it may not hold a dot.
check_name() {
  [[ $1 =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] || die "'$1' is not a name: lower case letters, digits and hyphens, 32 at most"
}

use_lab() {
  check_name "$1"
  LAB_NAME=$1
  LAB=$LAB_ROOT/$1
}

# Reads lab.conf: LAB_INDEX, LAB_BRIDGE, LAB_SUBNET.
load_lab() {
  use_lab "$1"
  [[ -r $LAB/lab.conf ]] || die "there is no lab $1 (under $LAB_ROOT)"
  # shellcheck source=/dev/null
  . "$LAB/lab.conf"
}

# Reads a node's conf: NODE_KIND, NODE_LOWER, NODE_DISK, NODE_NUMBER, NODE_ADDRESS, NODE_CONTROL.
load_node() {
  check_name "$1"
  NODE=$1
  NODE_DIR=$LAB/nodes/$1
  [[ -r $NODE_DIR/conf ]] || die "lab $LAB_NAME has no node $1"
  # shellcheck source=/dev/null
  . "$NODE_DIR/conf"
}

node_names() { [[ ! -d $LAB/nodes ]] || ls "$LAB/nodes"; }

# Waits until a command succeeds: wait_for SECONDS COMMAND…
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# "n[1:20]" → n1 … n20; anything else stays as it is.
expand_range() {
  local i
  if [[ $1 =~ ^([^][]*)\[([0-9]+):([0-9]+)\]([^][]*)$ ]]; then
    for ((i = 10#${BASH_REMATCH[2]}; i <= 10#${BASH_REMATCH[3]}; i++)); do
      echo "${BASH_REMATCH[1]}$i${BASH_REMATCH[4]}"
    done
  else
    echo "$1"
  fi
}
