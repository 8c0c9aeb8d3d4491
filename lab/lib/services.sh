# shellcheck shell=bash
# sshd, containerd and dockerd inside a node: start, stop, freeze, and know when they answer.

node_services() {
  case $NODE_KIND in
    containerd) echo containerd sshd ;;
    docker | docker-cs) echo dockerd sshd ;;
    both) echo containerd dockerd sshd ;;
    none) echo sshd ;;
  esac
}

# sshd takes the first value it reads, so the lines of `lab sshd` go first.
services_write_sshd_config() {
  {
    cat "$NODE_DIR/sshd.extra" 2>/dev/null || true
    cat <<END
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
HostKey /etc/ssh/ssh_host_ecdsa_key
HostKey /etc/ssh/ssh_host_rsa_key
LogLevel VERBOSE
PermitRootLogin prohibit-password
PubkeyAuthentication yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM yes
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 1000:30:2000
MaxSessions 100
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
END
  } >"$NODE_DIR/sshd_config"
  if [[ -s $NODE_DIR/ready ]]; then
    node_run sh -c 'cat >/etc/ssh/sshd_config' <"$NODE_DIR/sshd_config"
  else
    cp "$NODE_DIR/sshd_config" "$NODE_DIR/upper/etc/ssh/sshd_config"
  fi
}

# Starts a daemon detached, with its output in the node's folder outside; the process id goes to /run/lab.
service_start() {
  local command
  [[ -z $(service_pids "$1") ]] || return 0
  case $1 in
    sshd) command=(/usr/sbin/sshd -D -e) ;;
    containerd) command=(containerd) ;;
    dockerd)
      command=(dockerd --bridge=none --iptables=false)
      [[ $NODE_KIND == docker-cs ]] || command+=(-s overlay2)
      [[ $NODE_KIND != both ]] || command+=(--containerd=/run/containerd/containerd.sock)
      # A dockerd that was killed leaves these.
      node_run sh -c 'rm -f /run/docker.pid /run/docker/containerd/containerd.pid'
      ;;
    *) die "'$1' is not a service: sshd, containerd or dockerd" ;;
  esac
  node_run setsid -f /bin/sh -c 'echo $$ >"/run/lab/$0.pid"; exec "$@"' "$1" "${command[@]}" \
    </dev/null >>"$NODE_DIR/$1.log" 2>&1 9>&-
}

service_wait() {
  wait_for 60 "service_answers_$1" ||
    die "node $NODE: $1 does not answer; the end of its log: $(tail -n 5 "$NODE_DIR/$1.log")"
}

# A look at the kernel's table, not a connection: sshd's log holds the connections of tests alone.
service_answers_sshd() { grep -q '^ *[0-9]*: 0*:0016 0*:0000 0A ' "/proc/$(<"$NODE_DIR/pid")/net/tcp"; }

service_answers_containerd() {
  [[ -S /proc/$(<"$NODE_DIR/pid")/root/run/containerd/containerd.sock ]] &&
    node_run ctr version >/dev/null 2>&1 </dev/null
}

service_answers_dockerd() {
  [[ -S /proc/$(<"$NODE_DIR/pid")/root/run/docker.sock ]] &&
    node_run docker version >/dev/null 2>&1 </dev/null
}

# Process ids inside the node: the daemon alone, or (--all) with what it started, as live ssh sessions.
service_pids() {
  # shellcheck disable=SC2016
  node_run /bin/sh -c '
    read -r pid 2>/dev/null <"/run/lab/$1.pid" || exit 0
    [ "$2" = --all ] || { [ -d "/proc/$pid" ] && echo "$pid"; exit 0; }
    for stat in /proc/[0-9]*/stat; do
      read -r id name _ 2>/dev/null <"$stat" || continue
      case $1:$name in
        sshd:\(sshd\)|sshd:\(sshd-*\)|sshd:\(sftp-server\)) echo "$id" ;;
        containerd:\(containerd\)|containerd:\(containerd-shim*\)) echo "$id" ;;
        dockerd:\(dockerd\)|dockerd:\(containerd\)|dockerd:\(containerd-shim*\)) echo "$id" ;;
      esac
    done' sh "$1" "${2:-}"
}

service_signal() {
  local pids
  pids=$(service_pids "$1" "${3:-}")
  # shellcheck disable=SC2086
  [[ -z $pids ]] || node_run kill "-$2" $pids 2>/dev/null || true
}

service_gone() { [[ -z $(service_pids "$@") ]]; }

# Stops the daemon. For sshd, live sessions go on unless --kill is given.
service_stop() {
  local all=
  [[ ${2:-} != --kill ]] || all=--all
  service_signal "$1" CONT "$all"
  if [[ -n $all ]]; then
    service_signal "$1" KILL --all
  else
    service_signal "$1" TERM
    wait_for 10 service_gone "$1" || service_signal "$1" KILL
  fi
  wait_for 10 service_gone "$1" $all || die "node $NODE: $1 does not stop"
}

# The verbs of the command line.
service_verb() {
  local verb=$1 service=$2 option=${3:-}
  case $service in sshd | containerd | dockerd) ;; *) die "'$service' is not a service: sshd, containerd or dockerd" ;; esac
  case $verb in
    start) service_start "$service" && service_wait "$service" ;;
    stop) service_stop "$service" "$option" ;;
    restart) service_stop "$service" "$option" && service_start "$service" && service_wait "$service" ;;
    pause) service_signal "$service" STOP "$option" ;;
    resume) service_signal "$service" CONT --all ;;
  esac
}

# lab sshd: other options for this node's sshd; one it does not know leaves everything as it was.
services_sshd_options() {
  local before
  before=$(cat "$NODE_DIR/sshd.extra" 2>/dev/null || true)
  printf '%s\n' "$@" >"$NODE_DIR/sshd.extra"
  services_write_sshd_config
  if ! node_run /usr/sbin/sshd -t; then
    echo "$before" >"$NODE_DIR/sshd.extra"
    services_write_sshd_config
    die "sshd: node $NODE does not take: $*"
  fi
  service_verb restart sshd
}
