# shellcheck shell=bash
# A small disk under /var/lib/containerd and /var/lib/docker, and filling it up.

# Makes a file system of the given size in an image file and mounts it in the node, empty. The loop
# device is let go at once, so it vanishes with the mount when the node ends.
disk_limit() {
  local services loop numbers
  [[ $1 =~ ^[0-9]+[MG]$ ]] || die "disk: '$1' is not a size; it is like 64M or 2G"
  services=$(disk_running)
  for service in $(tac -s ' ' <<<"$services "); do service_stop "$service"; done
  node_run sh -c 'while umount /var/lib/containerd 2>/dev/null; do :; done; while umount /var/lib/docker 2>/dev/null; do :; done'
  rm -f "$NODE_DIR/disk.img"
  truncate -s "$1" "$NODE_DIR/disk.img"
  mkfs.ext4 -q -m 0 -O ^has_journal -E lazy_itable_init=1 "$NODE_DIR/disk.img"
  loop=$(losetup --find --show "$NODE_DIR/disk.img")
  numbers=$(tr : ' ' <"/sys/block/${loop##*/}/dev")
  # shellcheck disable=SC2016
  node_run sh -ec '
    mknod /run/lab/disk b $1 $2
    mkdir /run/lab/mount
    mount -t ext4 /run/lab/disk /run/lab/mount
    mkdir -p -m 711 /run/lab/mount/containerd /run/lab/mount/docker
    mount --bind /run/lab/mount/containerd /var/lib/containerd
    mount --bind /run/lab/mount/docker /var/lib/docker
    umount /run/lab/mount
    rmdir /run/lab/mount
    rm /run/lab/disk' sh "${numbers% *}" "${numbers#* }" || { losetup -d "$loop"; die "disk: cannot mount it in node $NODE"; }
  losetup -d "$loop"
  for service in $services; do service_start "$service" && service_wait "$service"; done
}

disk_running() {
  local service
  for service in containerd dockerd; do
    [[ -z $(service_pids $service) ]] || echo $service
  done | xargs
}

# Fills the node's small disk up to BYTES_LEFT; never the machine's own.
disk_fill() {
  [[ -e $NODE_DIR/disk.img ]] || die "node $NODE has no disk of its own; give it one with: lab disk $LAB_NAME $NODE SIZE"
  [[ $1 =~ ^[0-9]+$ ]] || die "fill: '$1' is not a number of bytes"
  disk_free
  # shellcheck disable=SC2016
  node_run sh -ec '
    free=$(($(stat -f -c "%a * %S" /var/lib/containerd)))
    [ "$free" -gt "$1" ] || exit 0
    fallocate -l $((free - $1)) /var/lib/containerd/lab-fill 2>/dev/null ||
      head -c $((free - $1)) /dev/zero >/var/lib/containerd/lab-fill 2>/dev/null || true' sh "$1"
}

disk_free() { node_run rm -f /var/lib/containerd/lab-fill; }
