/// The few scripts that the control node runs; everything else there is a plain call of helm or kubectl.
enum ControlScripts {
  /// Which tools are there and where the cluster's configuration is: lines of a word and a path.
  static func discover(asRoot: Bool) -> RemoteCommand {
    .script(
      """
      for t in helm kubectl; do p=$(command -v $t) && echo "$t $p"; done; \
      if [ -n "${KUBECONFIG:-}" ] || [ -r "${HOME:-/root}/.kube/config" ]; then echo configured yes; else \
      for f in /etc/kubernetes/admin.conf /etc/rancher/k3s/k3s.yaml /etc/rancher/rke2/rke2.yaml; do \
      if [ -r $f ]; then echo "kubeconfig $f"; break; fi; done; fi; \
      echo "user $(id -un)"; echo end
      """, asRoot: asRoot, changes: false)
  }

  /// Unpacks standard input into a private folder that is gone afterwards, and runs a command there. A file `apis` in it
  /// becomes an `-a` for each of its lines, since an argument list that long does not fit an SSH packet.
  static func inWorkspace(_ words: [String], asRoot: Bool) -> RemoteCommand {
    .script(
      """
      umask 077; d=$(mktemp -d "${TMPDIR:-/tmp}/gantry.XXXXXXXX") || exit 73; trap "rm -rf \\"$d\\"" EXIT; \
      trap "exit 143" HUP INT TERM; tar -xf - -C "$d" || exit 74; cd "$d" || exit 73; \
      if [ -f apis ]; then while read -r a; do set -- "$@" -a "$a"; done <apis; fi; \
      "$@" </dev/null
      """, words, asRoot: asRoot, changes: false)
  }

  /// Pulls a chart into a private folder that is gone afterwards, and prints the package.
  static func pull(_ words: [String], asRoot: Bool) -> RemoteCommand {
    .script(
      """
      umask 077; d=$(mktemp -d "${TMPDIR:-/tmp}/gantry.XXXXXXXX") || exit 73; trap "rm -rf \\"$d\\"" EXIT; \
      trap "exit 143" HUP INT TERM; cd "$d" || exit 73; "$@" </dev/null >&2 || exit; \
      set -- *.tgz; cat "$1"
      """, words, asRoot: asRoot, changes: false)
  }

  /// As ``inWorkspace(_:asRoot:)``, for a command that changes something and may have to be ended: in a session of its
  /// own where the node can make one, its process ID in the folder that `name` tells. What it prints goes to files until
  /// it ends: with nobody left to read it, helm would die of that before it had marked the release as failed.
  static func ending(_ words: [String], name: String, asRoot: Bool) -> RemoteCommand {
    .script(
      """
      umask 077; d=${TMPDIR:-/tmp}/gantry-$1; shift; mkdir -m 700 "$d" || exit 73; trap "rm -rf \\"$d\\"" EXIT; \
      trap "exit 143" HUP INT TERM; tar -xf - -C "$d" || exit 74; cd "$d" || exit 73; s=; \
      if command -v setsid >/dev/null 2>&1; then s=setsid; fi; \
      $s sh -c "echo \\$\\$ >pid; exec \\"\\$@\\"" gantry "$@" </dev/null >out 2>err & p=$!; \
      wait $p; r=$?; cat out; cat err >&2; exit $r
      """, [name] + words, asRoot: asRoot, changes: true)
  }

  /// Ends what ``ending(_:name:asRoot:)`` started, with its children: asks, waits some seconds, then insists.
  static func end(name: String, seconds: Int, asRoot: Bool) -> RemoteCommand {
    .script(
      """
      d=${TMPDIR:-/tmp}/gantry-$1; p=$(cat "$d/pid" 2>/dev/null) || exit 0; [ -n "$p" ] || exit 0; \
      trap "rm -rf \\"$d\\"" EXIT; \
      k=-$p; kill -0 "$k" 2>/dev/null || k=$p; kill -TERM "$k" 2>/dev/null || exit 0; i=0; \
      while [ $i -lt "$2" ]; do kill -0 "$k" 2>/dev/null || exit 0; sleep 1; i=$((i+1)); done; \
      kill -KILL "$k" 2>/dev/null; exit 0
      """, [name, String(seconds)], asRoot: asRoot, changes: true)
  }

  /// Writes standard input to a private file under the home folder; prints its path and its size.
  static func keep(folder: String, file: String, asRoot: Bool) -> RemoteCommand {
    .script(
      """
      umask 077; d=${HOME:-/root}/gantry-backups/$1; mkdir -p "$d" && cat >"$d/$2" && \
      printf "%s %s\\n" "$(wc -c <"$d/$2" | tr -d " ")" "$d/$2"
      """, [folder, file], asRoot: asRoot, changes: true)
  }
}
