/// The shell that looks at a node's lock and takes it. POSIX sh, /proc, and `readlink`, `ln` and `mv` of coreutils or
/// busybox are enough.
enum NodeLockScript {
  enum Answer: Sendable, Hashable {
    /// It is this connection's now; what it was before.
    case taken(before: String)
    case held(NodeLock)
    case failed(String)
    /// No process on the node stands for the connection.
    case unsupported(String)
  }

  /// Functions that the probe shares: `find_lock` sets `lock`, the link's path; `lock_lives TEXT` tells whether the
  /// process that it names is still there.
  ///
  /// A process is its id and its start time in clock ticks since boot (proc(5), /proc/pid/stat, field 22), so an id that
  /// was given out again is not taken for it. /run is in memory: a reboot ends every lock.
  static let functions = #"""
    find_lock() {
      lock=/run/gantry.lock
      for d in /run /var/run /run/lock /var/lock /tmp; do
        if [ -d "$d" ] && [ -w "$d" ]; then lock=$d/gantry.lock; return; fi
      done
    }
    stat_of() {
      s=$(cat "/proc/$1/stat" 2>/dev/null)
      [ -n "$s" ] || return 1
      comm=${s#*\(}; comm=${comm%\)*}; s=${s##*\) }
    }
    started() {
      stat_of "$1" || return 1
      set -- $s
      case $1 in Z | X) return 1 ;; esac
      printf %s "${20}"
    }
    lock_lives() {
      set -f; set -- $1; set +f
      [ "$1" = 1 ] && [ $# = 6 ] || return 1
      case $2$3 in *[!0-9]*) return 1 ;; esac
      [ "$(started "$2")" = "$3" ]
    }

    """#

  /// `$1` the run, `$2` who, further parameters the runs that are over.
  ///
  /// The holder is the process that serves this connection: the nearest ancestor that is an SSH server or, on this machine
  /// itself, gantry; with a server of another name, the nearest that is no shell and no sudo.
  ///
  /// Making a link is one step, with its content, and fails where there is one. A link whose process is gone is renamed
  /// away first, which only one of several succeeds in; whoever renamed a newer one than it had read puts it back.
  private static let body = #"""
    find_holder() {
      holder=; other=; p=$$
      while stat_of "$p"; do
        set -- $s
        case $comm in
          sshd* | dropbear* | gantry*) holder="$p ${20}"; return ;;
          *sh | busybox | env | sudo | su | doas | timeout) ;;
          *) [ -n "$other" ] || other="$p ${20}" ;;
        esac
        [ "$2" -gt 1 ] || break
        p=$2
      done
      holder=$other
    }
    is_mine() {
      set -f; set -- $1; set +f
      for r in $mine; do [ "$r" != "$4" ] || return 0; done
      return 1
    }
    # The server of a connection that this run, or the one it takes up, has lost without the node having noticed. Its
    # import would wait for more for ever, and whoever sends the same layers for it.
    end_holder() {
      set -f; set -- $1; set +f
      stat_of "$2" || return 0
      case $comm in sshd* | dropbear*) ;; *) return 0 ;; esac
      kill "$2" 2>/dev/null
      i=0
      while [ "$i" -lt 5 ] && [ "$(started "$2")" = "$3" ]; do i=$((i + 1)); sleep 1; done
    }
    take() {
      n=0; first=
      while [ "$n" -lt 20 ]; do
        n=$((n + 1))
        was=$(readlink "$lock" 2>/dev/null)
        if [ -z "$was" ]; then
          if said=$(ln -s "$me" "$lock" 2>&1); then printf 'taken %s\n' "$first"; return; fi
          [ -L "$lock" ] && continue
          printf 'failed %s\n' "$said"; return
        fi
        [ -n "$first" ] || first=$was
        if lock_lives "$was"; then
          case $was in "1 $holder $run "*) printf 'taken %s\n' "$first"; return ;; esac
          if ! is_mine "$was"; then printf 'held %s\n' "$was"; return; fi
          end_holder "$was"
        fi
        if ! said=$(mv "$lock" "$lock.$$" 2>&1); then
          [ -L "$lock" ] || continue
          printf 'failed %s\n' "$said"; return
        fi
        now=$(readlink "$lock.$$")
        rm -f "$lock.$$"
        [ "$now" = "$was" ] || ln -s "$now" "$lock" 2>/dev/null
      done
      echo 'failed others keep taking it'
    }
    main() {
      run=$1; who=$2; shift 2; mine="$run $*"
      find_lock
      find_holder
      if [ -z "$holder" ]; then echo 'unsupported no process there lasts as long as the connection'
      else me="1 $holder $run $who $(date +%s)"; take
      fi
      echo end
    }
    main "$@"

    """#

  /// Tries once; one round trip.
  static func take(for owner: LockOwner, on session: NodeSession) async throws(Failure) -> Answer {
    let command = RemoteCommand.readingScript(
      arguments: [owner.run, owner.who] + owner.over, asRoot: true, changes: true)
    let output = try await session.run(
      command, input: MemoryStream(functions + body), limits: CommandLimits(deadline: .seconds(60)),
      logsOutput: false)
    return try answer(output)
  }

  static func answer(_ output: CommandOutput) throws(Failure) -> Answer {
    let lines = String(decoding: output.standardOutput, as: UTF8.self).split(separator: "\n")
    if output.succeeded, lines.count == 2, lines[1] == "end" {
      let word = lines[0].prefix { $0 != " " }
      let rest = String(lines[0].dropFirst(word.count + 1))
      switch word {
      case "taken": return .taken(before: rest)
      case "held": return .held(NodeLock(text: rest, isHeld: true))
      case "failed": return .failed(PrintableText.line(rest))
      case "unsupported": return .unsupported(PrintableText.line(rest))
      default: break
      }
    }
    let said = PrintableText.line(output.standardError)
    throw Failure(
      .badAnswer,
      "lock the node: the answer is not whole (exit \(output.status))" + (said.isEmpty ? "" : ": \(said)"),
      hint: "see the node's log with `gantry runs show`")
  }
}
