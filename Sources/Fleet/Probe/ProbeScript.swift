/// The script that a node runs to tell about itself: one round trip, nothing changed, POSIX sh and busybox enough.
///
/// It prints lines of a word and its value; the last line is `end`, so that half an answer is not taken for a whole one.
/// What the operator wants to know about (image names, blobs, diff IDs) comes as lines after the script, in a quoted here
/// document, and the node answers only about these: a node with thousands of blobs sends as little as an empty one.
enum ProbeScript {
  /// The here document's end; no line of the data can be equal to it, since each begins with a lower-case word.
  static let dataEnd = "GANTRY-DATA-END"

  /// Positional parameters: `$1` the runtime asked for (`auto`, `containerd`, `docker`), `$2` containerd's namespace,
  /// `$3` the containerd socket asked for or empty, `$4` what to tell (``ProbeRequest/Scope``), `$5` `pins` to tell which
  /// names are pinned.
  static func text(data: [String]) -> String {
    // A line break inside a line would end the here document's line early and let a name become a command.
    precondition(data.allSatisfy { !$0.utf8.contains(UInt8(ascii: "\n")) && $0 != dataEnd })
    return NodeLockScript.functions + body + "main \"$@\" <<'\(dataEnd)'\n" + data.map { $0 + "\n" }.joined()
      + "\(dataEnd)\n"
  }

  private static let body = #"""
    has() { command -v "$1" >/dev/null 2>&1; }
    if timeout 5 true 2>/dev/null; then guard() { timeout 20 "$@"; }; else guard() { "$@"; }; fi

    find_ctr() {
      for c in ctr /usr/local/bin/ctr /var/lib/rancher/rke2/bin/ctr; do
        if has "$c"; then ctr=$c; return; fi
      done
      if has k3s; then ctr=k3s; fi
    }
    run_ctr() {
      if [ "$ctr" = k3s ]; then guard k3s ctr "$@"; else guard "$ctr" "$@"; fi
    }

    host_facts() {
      printf 'user %s\n' "${SUDO_USER:-$(id -un)}"
      if [ "$(id -u)" != 0 ]; then
        if has sudo; then echo 'privilege sudo-password'; else echo 'privilege none'; fi
      elif [ -n "${SUDO_USER:-}" ]; then echo 'privilege sudo'
      else echo 'privilege root'
      fi
      printf 'machine %s\n' "$(uname -m)"
      printf 'kernel %s\n' "$(uname -r)"
      if [ -r /etc/os-release ]; then (. /etc/os-release; printf 'os %s\n' "${PRETTY_NAME:-$ID}"); fi
      t=$(date +%s.%N) # busybox knows no %N and leaves it as it is
      printf 'time %s\n' "${t%.%N}"
    }

    find_runtimes() {
      up_containerd=; up_docker=; sock=; version=; docker_version=
      find_ctr
      for s in "$asked_socket" /run/containerd/containerd.sock /run/k3s/containerd/containerd.sock; do
        [ -n "$s" ] && [ -S "$s" ] && [ -n "$ctr" ] && [ "$only" != docker ] || continue
        v=$(run_ctr --connect-timeout 5s -a "$s" version 2>/dev/null |
          awk '/^Server/ { server = 1 } server && /Version:/ { print $2; exit }')
        if [ -n "$v" ]; then
          printf 'runtime containerd %s %s up\n' "$v" "$s"
          if [ -z "$up_containerd" ]; then up_containerd=1; sock=$s; version=$v; fi
        else printf 'runtime containerd - %s down\n' "$s"
        fi
        [ "$s" = "$asked_socket" ] && break
      done
      if [ -z "$up_containerd" ] && [ "$only" != docker ] && has containerd && ! [ -S /run/containerd/containerd.sock ] && ! has dockerd; then
        printf 'runtime containerd - /run/containerd/containerd.sock down\n'
      fi
      if [ "$only" != containerd ] && has docker && { has dockerd || [ -S /var/run/docker.sock ]; }; then
        info=
        # Without a socket the client would only find that out; the environment or a context may name another place.
        if [ -S /var/run/docker.sock ] || [ -n "${DOCKER_HOST:-}" ] || [ -e "${DOCKER_CONFIG:-$HOME/.docker}/config.json" ]; then
          info=$(guard docker info --format '{{.ServerVersion}}|{{.Driver}}|{{.DockerRootDir}}|{{json .DriverStatus}}' 2>/dev/null)
        fi
        docker_version=${info%%|*}
        if [ -n "$docker_version" ]; then
          up_docker=1
          rest=${info#*|}; docker_driver=${rest%%|*}; rest=${rest#*|}; docker_root=${rest%%|*}
          case $rest in *io.containerd.snapshotter*) docker_store=docker-containerd ;; *) docker_store=docker-graph ;; esac
          printf 'runtime docker %s /var/run/docker.sock up\n' "$docker_version"
        else echo 'runtime docker - /var/run/docker.sock down'
        fi
      fi
    }

    kubelet_endpoint() {
      for p in $(grep -ls -e kubelet -e 'k3s' -e 'rke2' /proc/[0-9]*/cmdline 2>/dev/null); do
        e=$({ tr '\000' '\n' <"$p"; } 2>/dev/null | sed -n 's/^--container-runtime-endpoint=//p' | head -n 1)
        if [ -n "$e" ]; then printf '%s the kubelet process' "$e"; return; fi
      done
      if [ -r /var/lib/kubelet/kubeadm-flags.env ]; then
        e=$(tr ' "' '\n\n' </var/lib/kubelet/kubeadm-flags.env | sed -n 's/^--container-runtime-endpoint=//p' | head -n 1)
        if [ -n "$e" ]; then printf '%s /var/lib/kubelet/kubeadm-flags.env' "$e"; return; fi
      fi
      if [ -r /var/lib/kubelet/config.yaml ]; then
        e=$(sed -n 's/^containerRuntimeEndpoint: *//p' /var/lib/kubelet/config.yaml | tr -d '"' | head -n 1)
        if [ -n "$e" ]; then printf '%s /var/lib/kubelet/config.yaml' "$e"; return; fi
      fi
      if [ -S /run/k3s/containerd/containerd.sock ]; then printf 'k3s/containerd its socket under /run/k3s'; fi
    }

    # What a containerd's configuration says its folder is; containerd 2 writes it in single quotes.
    containerd_root() {
      root=$(sed -n "s/^root *= *[\"']\([^\"']*\)[\"'].*/\1/p" "$1" 2>/dev/null | head -n 1)
      [ -n "$root" ] || root=$2
    }

    choose_runtime() {
      chosen=; why=
      if [ "$asked" != auto ]; then
        why='asked for'
        if [ "$asked" = containerd ]; then [ -n "$up_containerd" ] && chosen=containerd
        else [ -n "$up_docker" ] && chosen=docker
        fi
      elif [ -n "$up_containerd" ] && [ -n "$up_docker" ]; then
        e=$(kubelet_endpoint)
        case $e in
          *docker*) chosen=docker; why="kubelet uses ${e%% *} (${e#* })" ;;
          *containerd*) chosen=containerd; why="kubelet uses ${e%% *} (${e#* })" ;;
          *)
            if run_ctr -a "$sock" namespaces ls -q 2>/dev/null | grep -qx "$ns"; then
              chosen=containerd; why="no kubelet found; containerd has the namespace $ns"
            else chosen=docker; why="no kubelet found; containerd lacks the namespace $ns"
            fi ;;
        esac
      elif [ -n "$up_containerd" ]; then chosen=containerd; why='the only one that answers'
      elif [ -n "$up_docker" ]; then chosen=docker; why='the only one that answers'
      fi
      case $chosen in
        containerd)
          store=containerd; chosen_version=$version; chosen_socket=$sock
          case $sock in
            /run/k3s/*)
              root=/var/lib/rancher/k3s/agent/containerd
              [ -d /var/lib/rancher/rke2 ] && root=/var/lib/rancher/rke2/agent/containerd ;;
            *)
              containerd_root /etc/containerd/config.toml /var/lib/containerd ;;
          esac
          content_sock=$sock; content_ns=$ns ;;
        docker)
          store=$docker_store; chosen_version=$docker_version; chosen_socket=/var/run/docker.sock; root=$docker_root
          if [ "$store" = docker-containerd ]; then
            # dockerd runs a containerd of its own, or uses the system's: the images are there, not in its own folder.
            content_ns=moby
            if [ -S /run/docker/containerd/containerd.sock ]; then
              content_sock=/run/docker/containerd/containerd.sock
              containerd_root /run/docker/containerd/containerd.toml "$docker_root/containerd/daemon"
            else
              content_sock=/run/containerd/containerd.sock
              containerd_root /etc/containerd/config.toml /var/lib/containerd
            fi
          fi ;;
        *) return ;;
      esac
      printf 'chosen %s %s %s %s\nwhy %s\nroot %s\n' "$chosen" "$chosen_version" "$chosen_socket" "$store" "$why" "$root"
    }

    disk_facts() {
      d=$root
      while [ -n "$d" ] && ! [ -d "$d" ]; do d=${d%/*}; done
      [ -n "$d" ] || d=/
      df -Pk "$d" 2>/dev/null | awk 'NR == 2 { printf "disk %.0f %.0f\n", $2 * 1024, $4 * 1024 }'
      df -Pi "$d" 2>/dev/null | awk 'NR == 2 && $2 > 0 { print "inodes", $4 }'
      if [ -w "$d" ]; then echo 'writable 1'; else echo 'writable 0'; fi
    }

    # ctr on the containerd that the images are in.
    content_ctr() { run_ctr -a "$content_sock" -n "$content_ns" "$@"; }

    # The wanted lines, a line "--", then standard input's command: for awk programs that hold one against the other.
    with_wanted() { printf '%s\n' "$wanted"; echo '--'; "$@"; }

    content_blobs() {
      [ "$tell" != names ] || return 0
      with_wanted content_ctr content ls | awk '
        !live { if ($0 == "--") live = 1; else if ($1 == "blob") blob[$2]; else if ($1 == "diff") diff[$2]; next }
        {
          d = substr($1, 8); u = "-"
          if (match($0, /containerd\.io\/uncompressed=sha256:[0-9a-f]+/)) u = substr($0, RSTART + 36, 64)
          if (d in blob) print "blob", d
          else if (u in diff) print "other", d, u
        }' | while read -r kind d u; do
          if [ "$kind" = blob ]; then echo "blob $d"
          # The listing rounds sizes.
          elif [ -r "$blobs/$d" ]; then echo "other $d $u $(wc -c <"$blobs/$d" | tr -d ' ')"
          fi
        done
    }

    # Of lines "TARGET DIGEST", what each document is: "config TARGET DIGEST" for a manifest, "nested TARGET DIGEST" for
    # each manifest of an index. The file is read where that is possible: ctr costs a tenth of a second for each.
    read_manifests() {
      while read -r target d; do
        printf '\n=%s\n' "$target"
        if [ -r "$blobs/$d" ]; then head -c 1048576 "$blobs/$d"
        elif [ -n "$ctr" ]; then content_ctr content get "sha256:$d" 2>/dev/null </dev/null
        fi
      done | awk '
        function tell(  part) {
          if (target != "" && text ~ /"manifests":\[/) {
            while (match(text, /"digest":"sha256:[0-9a-f]+/)) {
              print "nested", target, substr(text, RSTART + 17, RLENGTH - 17)
              text = substr(text, RSTART + RLENGTH)
            }
          } else if (target != "" && match(text, /"config":[{][^}]*/)) {
            part = substr(text, RSTART, RLENGTH)
            if (match(part, /sha256:[0-9a-f]+/)) print "config", target, substr(part, RSTART + 7, RLENGTH - 7)
          }
        }
        /^=[0-9a-f]+$/ { tell(); target = substr($0, 2); text = ""; next }
        { gsub(/[ \t\r]/, ""); text = text $0 }
        END { tell() }'
    }

    # The config digests behind each manifest or index that standard input names.
    configs_of() {
      read_manifests_of=$(while read -r d; do echo "$d $d"; done | read_manifests)
      printf '%s\n' "$read_manifests_of" | sed -n '/^config /p'
      printf '%s\n' "$read_manifests_of" | sed -n 's/^nested //p' | read_manifests | sed -n '/^config /p'
    }

    # Of lines "image NAME DIGEST …" the lines, and the config behind each digest that is not the one that gantry sends.
    with_configs() {
      images=$(cat)
      [ -n "$images" ] || return 0
      printf '%s\n' "$images"
      { printf '%s\n' "$wanted"; echo '--'; printf '%s\n' "$images"; } | awk '
        !live { if ($0 == "--") live = 1; else if ($1 == "name") sent[$3]; next }
        !($3 in sent) && !($3 in seen) { seen[$3]; print $3 }' | configs_of
    }

    containerd_images() {
      set --
      while read -r kind name rest; do
        [ "$kind" = name ] && set -- "$@" "name==$name"
      done <<EOT
    $wanted
    EOT
      [ $# -gt 0 ] || return 0
      # dockerd unpacks for its own storage driver, ctr asks about overlayfs unless it is told.
      if [ "$store" = docker-containerd ]; then set -- --snapshotter "$docker_driver" "$@"; fi
      content_ctr images check "$@" | awk '
        $3 ~ /^sha256:/ { print "image", $1, substr($3, 8), ($0 ~ / complete \(/) ? 1 : 0, ($NF == "true") ? 1 : 0 }' | with_configs
      if [ "$pins" = pins ] && [ "$store" = containerd ]; then
        content_ctr images ls "$@" | awk '/io\.cri-containerd\.pinned=pinned/ { print "pinned", $1 }'
      fi
    }

    # One inspection of all images tells their names and layers.
    docker_graph() {
      { printf '%s\n' "$wanted"; echo '--'
        guard docker image ls -aq --no-trunc | sort -u | guard xargs -r docker image inspect \
          --format '{{.Id}}|{{range .RepoTags}}{{.}} {{end}}|{{range .RootFS.Layers}}{{.}} {{end}}' 2>/dev/null
      } | awk '
        !live { if ($0 == "--") live = 1; else if ($1 == "name") full[$4] = $2; else if ($1 == "diff") diff[$2]; next }
        {
          split($0, part, "|")
          n = split(part[2], tag, " ")
          for (i = 1; i <= n; i++) if (tag[i] in full) print "image", full[tag[i]], substr(part[1], 8), 1, 1
          n = split(part[3], layer, " "); line = ""
          for (i = 1; i <= n; i++) { d = substr(layer[i], 8); if (!(d in diff)) break; line = line " " d }
          if (line != "" && !(line in seen)) { seen[line]; print "layers" line }
        }'
    }

    # Without ctr: the names that dockerd has, and the files of its content store. It lists an image whose layers are not
    # there, so the manifest's blobs are looked for; whether they are unpacked nobody tells.
    docker_files() {
      with_wanted guard docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | awk '
        !live { if ($0 == "--") live = 1; else if ($1 == "name") full[$4] = $2; next }
        $1 in full { print full[$1], substr($2, 8) }' | while read -r name d; do
          complete=0
          if [ -r "$blobs/$d" ]; then
            complete=1
            for b in $(head -c 1048576 "$blobs/$d" | grep -v '"manifests"' | grep -o 'sha256:[0-9a-f]*'); do
              [ -e "$blobs/${b#sha256:}" ] || complete=0
            done
          elif ! [ -d "$blobs" ]; then complete=1
          fi
          echo "image $name $d $complete 1"
        done | with_configs
      while read -r kind d rest; do
        if [ "$kind" = blob ] && [ -e "$blobs/$d" ]; then echo "blob $d"; fi
      done <<EOT
    $wanted
    EOT
    }

    image_facts() {
      blobs=$root/io.containerd.content.v1.content/blobs/sha256
      case $store in
        docker-graph) docker_graph ;;
        docker-containerd)
          if [ -n "$ctr" ] && [ -S "$content_sock" ]; then containerd_images; content_blobs; else docker_files; fi ;;
        containerd) containerd_images; content_blobs ;;
      esac
    }

    # Every name in the wanted repositories, and the images that containers stand on.
    repository_facts() {
      if [ "$store" = containerd ]; then
        with_wanted run_ctr -a "$sock" -n "$ns" images ls | awk '
          !live { if ($0 == "--") live = 1; else if ($1 == "repo") repo[$2]; next }
          {
            n = $1; sub(/@.*/, "", n); sub(/:[^:\/]*$/, "", n)
            if (n in repo) print "tagged", $1, substr($3, 8), (/io\.cri-containerd\.pinned=pinned/) ? 1 : 0
          }'
        set --
        for n in $(run_ctr -a "$sock" -n "$ns" containers ls | awk 'NR > 1 && $2 != "-" { print $2 }' | sort -u); do
          set -- "$@" "name==$n"
        done
        [ $# -gt 0 ] || return 0
        run_ctr -a "$sock" -n "$ns" images ls "$@" | awk 'NR > 1 { print "used", substr($3, 8) }'
        return
      fi
      with_wanted guard docker image ls --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | awk '
        !live { if ($0 == "--") live = 1; else if ($1 == "repo") repo[$3] = $2; next }
        {
          n = $1; sub(/:[^:\/]*$/, "", n)
          if (n in repo) print "tagged", repo[n] substr($1, length(n) + 1), substr($2, 8), 0
        }'
      guard docker ps -aq --no-trunc | xargs -r docker inspect --format '{{.Image}}' | sort -u |
        awk '{ print "used", substr($1, 8) }'
    }

    # Before everything else: what another run does from now on shows in the lock being held.
    lock_facts() {
      find_lock
      was=$(readlink "$lock" 2>/dev/null)
      [ -n "$was" ] || return 0
      if lock_lives "$was"; then echo "lock 1 $was"; else echo "lock 0 $was"; fi
    }

    main() {
      asked=$1; ns=$2; asked_socket=$3; tell=$4; pins=$5
      ctr=; store=; root=; docker_root=; docker_store=; content_sock=; content_ns=
      wanted=$(cat)
      # Asked again about one runtime, the node need not look for others.
      only=
      if [ "$tell" = names ]; then only=$asked; else lock_facts; host_facts; fi
      find_runtimes
      choose_runtime
      if [ -n "$store" ]; then
        [ "$tell" = names ] || disk_facts
        case $tell in
          names | all) image_facts 2>&1 ;;
          repositories) repository_facts ;;
        esac
      fi
      echo end
    }

    """#
}
