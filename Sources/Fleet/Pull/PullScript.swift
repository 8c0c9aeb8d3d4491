/// The script by which a node pulls one image.
///
/// What the registry is shown comes on standard input, in a here document, and lies in a folder of mode 0700 that goes
/// when the script ends, in whatever way. It is in no argument list and no environment.
enum PullScript {
  /// No line of the data is equal to it: a header has a blank, a JSON document begins with a brace.
  static let dataEnd = "GANTRY-DATA-END"

  /// - Parameter secret: one line; empty for none. For containerd the value of an `Authorization` header, for Docker
  ///   its `config.json`.
  static func text(secret: String) -> String {
    precondition(!secret.utf8.contains(UInt8(ascii: "\n")) && secret != dataEnd)
    return body + "main \"$@\" <<'\(dataEnd)'\n\(secret)\n\(dataEnd)\n"
  }

  /// Positional parameters: `$1` `containerd` or `docker`, `$2` the reference, `$3` the registry's host, `$4` its scheme,
  /// `$5` `any` to take any certificate, `$6` and `$7` containerd's socket and namespace.
  private static let body = #"""
    run_ctr() {
      if command -v ctr >/dev/null 2>&1; then ctr "$@"; else k3s ctr "$@"; fi
    }

    # The node's own configuration of the registry (mirrors, authorities), and in it what this pull needs besides
    # (containerd, docs/hosts.md).
    write_hosts() {
      base=$(sed -n "s/^ *config_path *= *[\"']\([^\"':]*\).*/\1/p" /etc/containerd/config.toml 2>/dev/null | head -n 1)
      for d in "$base" /etc/containerd/certs.d /var/lib/rancher/k3s/agent/etc/containerd/certs.d \
        /var/lib/rancher/rke2/agent/etc/containerd/certs.d; do
        if [ -n "$d" ] && [ -d "$d" ]; then base=$d; break; fi
      done
      mkdir "$dir/$host" || exit
      for d in "$base/$host" "$base/_default"; do
        if [ -d "$d" ]; then cp -RL "$d/." "$dir/$host/" || exit; break; fi
      done
      file=$dir/$host/hosts.toml; table="host.\"$scheme://$host\""
      [ -s "$file" ] || printf 'server = "%s://%s"\n' "$scheme" "$host" >"$file"
      if ! grep -qF "[$table]" "$file"; then
        {
          printf '\n[%s]\n  capabilities = ["pull", "resolve"]\n' "$table"
          [ "$certificates" != any ] || echo '  skip_verify = true'
          list=
          for c in "$dir/$host"/*.crt; do [ -f "$c" ] && list="$list${list:+, }\"$c\""; done
          [ -z "$list" ] || printf '  ca = [%s]\n' "$list"
        } >>"$file"
      fi
      if [ -n "$secret" ] && ! grep -qF "[$table.header]" "$file"; then
        printf '\n[%s.header]\n  Authorization = "%s"\n' "$table" "$secret" >>"$file"
      fi
    }

    main() {
      kind=$1; reference=$2; host=$3; scheme=$4; certificates=$5; socket=$6; namespace=$7
      umask 077
      dir=$(mktemp -d /run/gantry-pull.XXXXXXXX 2>/dev/null || mktemp -d) || exit
      trap 'rm -rf "$dir"' EXIT
      trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 141' PIPE; trap 'exit 143' TERM
      IFS= read -r secret
      if [ "$kind" = docker ]; then
        if [ -n "$secret" ]; then
          printf '%s\n' "$secret" >"$dir/config.json"
          docker --config "$dir" pull -q "$reference" >/dev/null
        else docker pull -q "$reference" >/dev/null
        fi
      else
        write_hosts
        run_ctr -a "$socket" -n "$namespace" images pull --hosts-dir "$dir" "$reference" >/dev/null
      fi
    }

    """#
}
