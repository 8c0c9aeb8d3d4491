# shellcheck shell=bash
# Roots a node can stand on: the machine's own, or a debootstrap'ed Debian (made once, kept).

# /, an absolute folder, or a Debian suite → the folder.
rootfs_folder() {
  case $1 in
    /*) [[ -x $1/bin/bash ]] || die "$1 is no root file system"; echo "$1" ;;
    *)
      [[ -e $LAB_ROOT/roots/$1/.complete ]] || die "there is no root '$1' yet; make it with: lab rootfs $1"
      echo "$LAB_ROOT/roots/$1"
      ;;
  esac
}

# Makes a suite's root: openssh-server, containerd, Docker and what they need. LAB_MIRROR: another mirror.
rootfs_make() {
  local suite=$1 roots=$LAB_ROOT/roots script
  [[ $suite =~ ^[a-z]+$ ]] || die "'$suite' is not a Debian suite; it is like trixie or sid"
  [[ ! -e $roots/$suite/.complete ]] || return 0
  mkdir -p "$roots"
  chmod 700 "$LAB_ROOT"
  exec 8>"$roots/$suite.lock"
  flock 8
  [[ ! -e $roots/$suite/.complete ]] || return 0
  rm -rf --one-file-system "${roots:?}/$suite"
  # shellcheck disable=SC2086
  debootstrap --variant=minbase \
    --include=openssh-server,containerd,docker.io,docker-cli,iproute2,ca-certificates,procps,sudo,zstd \
    "$suite" "$roots/$suite" ${LAB_MIRROR:-} >"$roots/$suite.log" 2>&1 </dev/null ||
    die "debootstrap $suite: $(tail -n 3 "$roots/$suite.log"); see $roots/$suite.log"
  rm -rf "$roots/$suite"/var/cache/apt/archives/*.deb
  : >"$roots/$suite/.complete"
  rm -f "$roots/$suite.lock"
}
