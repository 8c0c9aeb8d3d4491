import Inventory

/// The words that make a command run as root, for one privilege.
///
/// Everything is on one line, without a single quote, `!` or a backslash that a login shell could act on before
/// sh does.
struct Escalation {
  /// The words for the login shell.
  let words: [String]
  /// What the program asks with; an empty text for any prompt (su's is not ours to choose), nil for none.
  let prompt: String?
  /// Nothing of the input may be sent before the command has started.
  let awaitsStart: Bool

  /// - Parameters:
  ///   - command: the wrapped command.
  ///   - onTerminal: sudo's `requiretty`: make a terminal for it on the node.
  init(_ privilege: Privilege, command: [String], nonce: String, onTerminal: Bool) {
    let launch = ["sh", "-c", Self.launcher, "gantry"]
    let question = "gantry-password-\(nonce):"
    switch privilege {
    case .none:
      (words, prompt, awaitsStart) = (command, nil, false)
    case .automatic:
      (words, prompt, awaitsStart) = (["sh", "-c", Self.automatic, "gantry"] + command, nil, false)
    case .sudo(let password):
      prompt = password == nil ? nil : question
      awaitsStart = true
      if onTerminal {
        let program = password == nil ? "sudo -n --" : "sudo -S -p password: --"
        words = Self.terminal(program, command, nonce: nonce, question: prompt)
      } else {
        let options = password == nil ? ["-n", "--"] : ["-S", "-p", question, "--"]
        words = launch + ["sudo"] + options + command
      }
    case .su(let password):
      prompt = password == nil ? nil : ""
      awaitsStart = true
      // su hands the text to root's shell.
      words = launch + ["su", "root", "-c", command.map(ShellQuote.quote).joined(separator: " ")]
    case .doas:
      (words, prompt, awaitsStart) = (launch + ["doas", "-n"] + command, nil, true)
    }
  }

  /// Runs `program command` on a terminal of its own, made by script(1), while the command's three streams stay
  /// the pipes that they would be without: a terminal would change the bytes and has no end of input. As root the
  /// command opens the pipes of the shell in the middle by /proc.
  private static func terminal(
    _ program: String, _ command: [String], nonce: String, question: String?
  ) -> [String] {
    let joined = (["sh", "-c", attacher, "gantry"]).map(ShellQuote.quote).joined(separator: " ")
    let rest = command.map(ShellQuote.quote).joined(separator: " ")
    let line = "exec \(program) \(joined) \"$GANTRY_PID\" \(rest)"
    return ["sh", "-c", piper, "gantry", "sh", "-c", holder, "gantry", nonce, line, question ?? ""]
  }

  /// The usual places of sudo and su, also for a user whose own path is short.
  private static let path =
    "PATH=\"$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"; LC_ALL=C; export PATH LC_ALL; "

  private static let launcher = path + "exec \"$@\""

  private static let automatic =
    path + "if [ \"$(id -u)\" = 0 ]; then exec \"$@\"; fi;"
    + " if sudo -n true 2>/dev/null; then exec sudo -n -- \"$@\"; fi; exec \"$@\""

  /// Gives its arguments pipes for all three streams.
  private static let piper =
    path + "{ { { cat; } | \"$@\" 2>&7 | cat >&8; } 7>&1 8>&9 | cat >&2; } 9>&1"

  /// Asks for the password, in words of our own, and hands it to the program on the terminal. What the program says
  /// there goes to standard error, but for lines with the password in them: a terminal may echo.
  private static let holder =
    "GANTRY_PID=$$; SHELL=/bin/sh; export GANTRY_PID SHELL; word=;"
    + " if [ -n \"$3\" ]; then printf \"%s\" \"$3\" >&2; IFS= read -r word; fi;"
    + " said=$(printf \"%s\\n\" \"$word\" | script -qec \"$2\" /dev/null 2>&1); status=$?;"
    + " printf \"%s\\n\" \"$said\" | while IFS= read -r line; do"
    + " if [ -n \"$word\" ]; then case $line in *\"$word\"*) continue;; esac; fi;"
    + " printf \"%s\\n\" \"$line\"; done >&2; printf \"\\036%s over %d\\n\" \"$1\" \"$status\" >&2"

  private static let attacher =
    "pid=$1; shift; exec \"$@\" </proc/\"$pid\"/fd/0 >/proc/\"$pid\"/fd/1 2>/proc/\"$pid\"/fd/2"
}
