# shellcheck shell=bash
# A node's life: its folder, its own users and keys, its namespaces, how to get inside, how it ends.

# Keeps a path of the machine out of the node: a whiteout in the overlay's upper layer.
hide_from_node() {
  local path=$NODE_DIR/upper$1
  [[ -e $path || -L $path ]] && return
  mkdir -p "${path%/*}"
  mknod -m 600 "$path" c 0 0
}

# Writes the node's folder: conf, overlay upper layer, users, host keys.
node_prepare() {
  local entry upper=$NODE_DIR/upper
  mkdir -p "$NODE_DIR"/{upper,work,root,containerd,docker}
  chmod 711 "$NODE_DIR"/{containerd,docker}
  chmod 755 "$upper"
  mkdir -p "$upper"/{etc/ssh,etc/docker,usr,var/lib}

  # From the lower root a node has the packages (/usr, /etc, /var and the links to them); all else is its own.
  for entry in "$NODE_LOWER"/* "$NODE_LOWER"/.[!.]*; do
    [[ -e $entry || -L $entry ]] || continue
    case ${entry##*/} in
      bin | sbin | lib | lib32 | lib64 | libx32 | usr | etc | var) ;;
      *) hide_from_node "/${entry##*/}" ;;
    esac
  done
  for entry in /usr/local /var/tmp /var/log /var/lib/containerd /var/lib/docker /var/lib/sudo \
    /etc/containerd /etc/ssh/sshd_config.d /etc/docker/daemon.json /etc/docker/key.json; do
    hide_from_node "$entry"
  done
  [[ $NODE_LOWER != / || $LAB_ROOT != /var/* || $LAB_ROOT == /var/tmp/* ]] || hide_from_node "$LAB_ROOT"

  node_write_users
  printf '%s\n' "$NODE" >"$upper/etc/hostname"
  tr -d - </proc/sys/kernel/random/uuid >"$upper/etc/machine-id"
  : >"$upper/etc/resolv.conf"
  cp "$LAB/hosts" "$upper/etc/hosts"
  if [[ $NODE_KIND == docker-cs ]]; then
    echo '{"features": {"containerd-snapshotter": true}}' >"$upper/etc/docker/daemon.json.lab"
    rm -f "$upper/etc/docker/daemon.json"
    mv "$upper/etc/docker/daemon.json.lab" "$upper/etc/docker/daemon.json"
  fi
  services_write_sshd_config
  node_write_host_keys
}

# The machine's system users without their passwords, and the lab's four.
node_write_users() {
  local etc=$NODE_LOWER/etc upper=$NODE_DIR/upper/etc user id=64000
  awk -F: -v OFS=: '$1 == "root" {$6 = "/root"; $7 = "/bin/bash"} $3 < 1000 || $1 == "nobody"' "$etc/passwd" >"$upper/passwd"
  awk -F: -v OFS=: '$3 < 1000 || $1 == "nogroup"' "$etc/group" >"$upper/group"
  awk -F: 'BEGIN {OFS = ":"} {print $1, "*", 19000, 0, 99999, 7, "", "", ""}' "$upper/passwd" >"$upper/shadow"
  for user in ops pat guest; do
    id=$((id + 1))
    echo "$user:x:$id:$id::/home/$user:/bin/bash" >>"$upper/passwd"
    echo "$user:x:$id:" >>"$upper/group"
    if [[ $user == pat ]]; then
      echo "$user:$(<"$LAB/password.hash"):19000:0:99999:7:::" >>"$upper/shadow"
    else
      echo "$user:*:19000:0:99999:7:::" >>"$upper/shadow"
    fi
  done
  rm -f "$upper/gshadow"
  awk -F: '{print $1 ":!::"}' "$upper/group" >"$upper/gshadow"
  chmod 640 "$upper/shadow" "$upper/gshadow"
  chgrp shadow "$upper/shadow" "$upper/gshadow"
  cat >"$upper/sudoers" <<'END'
Defaults env_reset
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
ops ALL=(ALL:ALL) NOPASSWD: ALL
pat ALL=(ALL:ALL) ALL
END
  chmod 440 "$upper/sudoers"
}

node_write_host_keys() {
  local type file bits
  for type in "${KEY_TYPES[@]}"; do
    file=$NODE_DIR/upper/etc/ssh/ssh_host_${type}_key
    bits=()
    [[ $type != rsa ]] || bits=(-b 2048)
    ssh-keygen -q -t "$type" "${bits[@]}" -N '' -C "$NODE" -f "$file"
    read -r kind blob _ <"$file.pub"
    echo "$NODE_ADDRESS $kind $blob"
  done >"$NODE_DIR/known_hosts"
}

# Starts the node's first process in its namespaces and waits until its file system is there.
node_start() {
  setsid env --default-signal=INT,QUIT nsenter "--net=/run/netns/$(netns_of "$NODE")" \
    unshare --mount --uts --ipc --pid --fork --kill-child \
    "$LAB_HOME/lib/node-init" "$NODE_DIR" "$NODE_LOWER" "$NODE" \
    </dev/null >"$NODE_DIR/init.log" 2>&1 9>&- &
  local unshare=$!
  for ((i = 0; i < 200; i++)); do
    [[ ! -s $NODE_DIR/ready ]] || return 0
    kill -0 "$unshare" 2>/dev/null || break
    sleep 0.05
  done
  [[ -s $NODE_DIR/ready ]] || die "node $NODE does not start: $(tail -n 3 "$NODE_DIR/init.log")"
}

# Runs a command inside the current node, in place of this process or (node_run) as a child.
node_exec() {
  local pid
  pid=$(cat "$NODE_DIR/pid" 2>/dev/null) && [[ -e /proc/$pid/ns/pid ]] || die "node $NODE is not running"
  exec nsenter --target "$pid" --mount --uts --ipc --pid --net -- \
    /usr/bin/env -i --default-signal=INT,QUIT HOME=/root USER=root LOGNAME=root SHELL=/bin/bash "TERM=${TERM:-dumb}" \
    LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

node_run() { (node_exec "$@"); }

# Kills every process of the lab. A node's first process takes the rest of its pid namespace along;
# the network namespaces find what is left, whatever became of the files.
lab_kill() {
  local file ns pids pid
  # An `up` that is still at it.
  for file in "$LAB/up.pid" "$LAB"/nodes/*/up.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    if { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -q " up $LAB_NAME "; then
      # shellcheck disable=SC2046
      kill -9 "$pid" $(pgrep -P "$pid") 2>/dev/null || true
    fi
  done
  for file in "$LAB"/nodes/*/pid; do
    [[ -s $file ]] && node_owns "$(<"$file")" && kill -9 "$(<"$file")" 2>/dev/null || true
  done
  for _ in {1..100}; do
    pids=
    for ns in $(network_namespaces); do pids+=" $(ip netns pids "$ns" 2>/dev/null || true)"; done
    [[ -n ${pids// /} ]] || return 0
    # shellcheck disable=SC2086
    kill -9 $pids 2>/dev/null || true
    sleep 0.05
  done
  die "these processes do not end: $pids"
}

# Whether a process id read from a file is still one of this lab's (ids are used again).
node_owns() {
  local net ns
  net=$(stat -L -c %i "/proc/$1/ns/net" 2>/dev/null) || return 1
  for ns in $(network_namespaces); do
    [[ $(stat -c %i "/run/netns/$ns" 2>/dev/null) != "$net" ]] || return 0
  done
  return 1
}
