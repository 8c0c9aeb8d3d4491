# shellcheck shell=bash
# The lab's network: one bridge per lab, one network namespace and veth pair per node, and what a
# test does to a link (cut it, slow it down, delay or lose packets).
# Names: bridge glB, veth glBnN on this side and eth0 in the node, namespace gl-LAB.NODE.

# Takes the first free subnet of 10.213.0.0/16. Creating the bridge is the lock: it fails when it exists.
network_create_bridge() {
  local index error
  for ((index = 1; index < 255; index++)); do
    if error=$(ip link add "gl$index" type bridge 2>&1); then
      LAB_INDEX=$index LAB_BRIDGE=gl$index LAB_SUBNET=10.213.$index
      ip link set "$LAB_BRIDGE" alias "gantry-lab $LAB_NAME $LAB_ROOT" addrgenmode none
      ip addr add "$LAB_SUBNET.1/24" dev "$LAB_BRIDGE"
      ip link set "$LAB_BRIDGE" up
      return
    fi
    [[ $error == *exists* ]] || die "making a bridge: $error"
  done
  die "every subnet of 10.213.0.0/16 is in use"
}

netns_of() { echo "gl-$LAB_NAME.$1"; }

network_create_node() {
  local ns veth=$LAB_BRIDGE"n"$NODE_NUMBER
  ns=$(netns_of "$NODE")
  ip netns add "$ns"
  ip link add "$veth" type veth peer name eth0 netns "$ns"
  ip link set "$veth" addrgenmode none master "$LAB_BRIDGE" up
  ip -n "$ns" -batch - <<END
link set lo up
link set eth0 addrgenmode none up
addr add $NODE_ADDRESS/24 dev eth0
END
}

# Removes every interface and namespace of the lab, also those no folder tells of.
network_remove() {
  local ns bridge
  for ns in $(network_namespaces); do
    ip netns del "$ns" 2>/dev/null || true
  done
  for bridge in $(network_bridges "$LAB_NAME"); do
    ip -o link show master "$bridge" 2>/dev/null | awk -F'[ @:]+' '{print $2}' | while read -r veth; do
      ip link del "$veth" 2>/dev/null || true
    done
    ip link del "$bridge" 2>/dev/null || true
  done
}

network_namespaces() { ip netns list | awk -v p="gl-$LAB_NAME." 'index($1, p) == 1 {print $1}'; }

# The bridges of one lab of this lab root, or (no name) the names of all its labs; told by the alias.
network_bridges() {
  local bridge alias label name root
  for alias in /sys/class/net/gl*/ifalias; do
    read -r label name root 2>/dev/null <"$alias" || continue
    [[ $label == gantry-lab && $root == "$LAB_ROOT" ]] || continue
    bridge=${alias%/ifalias}
    if [[ -z ${1:-} ]]; then echo "$name"; elif [[ $name == "$1" ]]; then echo "${bridge##*/}"; fi
  done
}

# What a test does to a link. State: NODE_DIR/link (the shape) and NODE_DIR/cut (when cut).
network_link() {
  local rate='' delay='' loss='' shape="$*"
  NODE_VETH=$LAB_BRIDGE"n"$NODE_NUMBER
  NODE_NETNS=$(netns_of "$NODE")
  case ${1:-} in
    down) : >"$NODE_DIR/cut" && network_cut && return ;;
    up) rm -f "$NODE_DIR/cut" && network_uncut && return ;;
    clear) shape='' && shift ;;
  esac
  while [[ $# -ge 2 ]]; do
    case $1 in
      rate) rate=$2 ;;
      delay) delay=$2 ;;
      loss) loss=$2 ;;
      *) die "link: '$1'? it is up, down, clear, or rate, delay and loss with a value" ;;
    esac
    shift 2
  done
  [[ $# -eq 0 ]] || die "link: $1 needs a value"
  network_unshape
  if [[ -z $shape ]]; then
    rm -f "$NODE_DIR/link" "$NODE_DIR/cut"
    network_uncut
    return
  fi
  [[ -z $rate ]] || network_rate "$rate"
  [[ -z $delay$loss ]] || network_wire "${delay:-0ms}" "${loss:-0%}"
  echo "$shape" >"$NODE_DIR/link"
}

# Cuts by a one-instruction packet filter (return 2 = drop) on this side of the pair, where the sender
# does not notice. IPv4 alone: with ARP answered, a connect hears nothing at all, as through a router.
network_cut() {
  local hook
  network_uncut
  tc qdisc replace dev "$NODE_VETH" clsact
  for hook in ingress egress; do
    tc filter add dev "$NODE_VETH" "$hook" prio 1 protocol ip bpf da bytecode '1,6 0 0 2'
  done
}

network_uncut() {
  tc filter del dev "$NODE_VETH" ingress prio 1 2>/dev/null || true
  tc filter del dev "$NODE_VETH" egress prio 1 2>/dev/null || true
}

network_rate() {
  local bits burst
  if ! [[ $1 =~ ^([0-9]+)(k|m|g)bit$ ]]; then die "link: rate $1? it is like 100mbit"; fi
  case ${BASH_REMATCH[2]} in
    k) bits=$((BASH_REMATCH[1] * 1000)) ;;
    m) bits=$((BASH_REMATCH[1] * 1000000)) ;;
    g) bits=$((BASH_REMATCH[1] * 1000000000)) ;;
  esac
  burst=$((bits / 8 / 100))
  ((burst >= 16384)) || burst=16384
  tc qdisc replace dev "$NODE_VETH" root tbf rate "$1" burst $burst latency 400ms
  tc -n "$NODE_NETNS" qdisc replace dev eth0 root tbf rate "$1" burst $burst latency 400ms
}

# Delay and loss come from a small relay process: not every kernel has netem. At each end, packets
# that do not carry the relay's mark are redirected to it; it sends them on, marked, when it is time.
network_wire() {
  local delay=${1%ms} loss=${2%\%} tap=${NODE_VETH}d
  [[ $delay =~ ^[0-9]+$ ]] || die "link: delay $1? it is like 100ms"
  [[ $loss =~ ^[0-9]+(\.[0-9]+)?$ ]] || die "link: loss $2? it is like 5%"
  setsid "$LAB_HOME/lib/wire" "$NODE_VETH" "$tap" "/run/netns/$NODE_NETNS" eth0 delay0 "$delay" "$loss" \
    </dev/null >"$NODE_DIR/wire.log" 2>&1 &
  echo $! >"$NODE_DIR/wire.pid"
  wait_for 5 grep -qs ready "$NODE_DIR/wire.log" || die "link: the relay does not start: $(cat "$NODE_DIR/wire.log")"
  network_redirect '' "$NODE_VETH" "$tap"
  network_redirect "$NODE_NETNS" eth0 delay0
}

network_redirect() {
  local tc=(tc)
  [[ -z $1 ]] || tc=(tc -n "$1")
  "${tc[@]}" qdisc replace dev "$2" clsact
  # load mark; if it is 0x676c: return 0 (no match), else return -1 (match)
  "${tc[@]}" filter add dev "$2" egress prio 2 protocol ip \
    bpf bytecode '4,32 0 0 4294963220,21 0 1 26476,6 0 0 0,6 0 0 4294967295' \
    action mirred egress redirect dev "$3"
}

network_unshape() {
  tc filter del dev "$NODE_VETH" egress prio 2 2>/dev/null || true
  tc -n "$NODE_NETNS" filter del dev eth0 egress prio 2 2>/dev/null || true
  tc qdisc del dev "$NODE_VETH" root 2>/dev/null || true
  tc -n "$NODE_NETNS" qdisc del dev eth0 root 2>/dev/null || true
  if [[ -s $NODE_DIR/wire.pid ]]; then
    kill "$(<"$NODE_DIR/wire.pid")" 2>/dev/null || true
    rm -f "$NODE_DIR/wire.pid"
    wait_for 5 network_wire_gone || die "link: the old relay does not end"
  fi
}

network_wire_gone() { ! ip link show "${NODE_VETH}d" >/dev/null 2>&1; }

# Bytes received and sent, as the node sees them.
network_bytes() {
  ip -n "$(netns_of "$NODE")" -s -o link show eth0 | sed 's/\\/\n/g' |
    awk '/RX:/ {getline; rx = $1} /TX:/ {getline; tx = $1} END {print rx, tx}'
}
