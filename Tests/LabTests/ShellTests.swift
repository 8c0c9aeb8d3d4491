import Foundation
import Testing

/// Users with other login shells, a banner and files that echo, and a node with no more than busybox.
@Suite(.lab("n1=containerd"), .serialized)
struct ShellTests {
  private static let shells = [
    "bash": "/bin/bash", "fish": "/usr/bin/fish", "csh": "/bin/tcsh", "zsh": "/usr/bin/zsh",
    "ash": "/bin/ash-lab", "dash": "/bin/dash",
  ]

  @Test func everyLoginShellGivesTheSameResults() async throws {
    let lab = try Lab.current
    try await Self.makeUsers(lab)
    let inventory = try await Self.inventory(lab)
    let hostile = "it's \"a\" $HOME `id` !x \\ *"
    let output = try await lab.gantry(
      "exec", "--", "printf", "%s|", hostile, "ü", "", inventory: inventory)
    #expect(output.status == 0, "\(output.errors)")
    #expect(output.output == "\(Self.shells.keys.sorted().joined(separator: ",")) (6)\n\(hostile)|ü||\n")

    let line = try await lab.gantry(
      "exec", "--become", "--", "id -u; echo $((1+1)) >&2; exit 3", inventory: inventory,
      options: ["-o", "json"])
    let document = try JSONDecoder().decode(Commands.self, from: Data(line.output.utf8))
    #expect(document.nodes.count == 6)
    for node in document.nodes {
      #expect(node.command?.status == 3, "\(node.name)")
      #expect(node.command?.stdout == "0\n", "\(node.name): \(node.command?.stdout ?? "")")
      #expect(node.command?.stderr == "2\n", "\(node.name): \(node.command?.stderr ?? "")")
    }
  }

  @Test func checkAndLoadDoNotMindTheShell() async throws {
    let lab = try Lab.current
    try await Self.makeUsers(lab)
    let inventory = try await Self.inventory(lab)
    let bundle = try await lab.bundle("0.28.0")
    let check = try await lab.gantry("check", bundle, inventory: inventory, options: ["-o", "json"])
    #expect(check.status == 0, "\(check.errors)")
    let facts = try check.document().nodes.map { "\($0.facts?.runtime ?? "?") \($0.facts?.privilege ?? "?")" }
    #expect(Set(facts) == ["containerd sudo"])
    // One after the other: they are one node.
    let load = try await lab.gantry("load", bundle, inventory: inventory, options: ["-f", "1", "-o", "json"])
    #expect(load.status == 0, "\(load.errors)")
    #expect(try load.document().summary.changed == 1)
    #expect(try load.document().summary.ok == 5)
  }

  /// Every tool but the runtime's is busybox's.
  @Test func aBusyboxUserlandIsEnough() async throws {
    let lab = try Lab.current
    let inventory = try await Self.inventory(lab, user: "root")
    let full = try await lab.gantry("check", "-l", "bash", inventory: inventory, options: ["-o", "json"])
    let made = try await lab.inside(
      "n1", "sh", "-c",
      """
      mkdir -p /opt/busybox && busybox --install -s /opt/busybox && cd /usr/bin &&
      for tool in /opt/busybox/*; do name=${tool##*/}
        case $name in busybox|sudo|ip|env) continue ;; esac
        for folder in /usr/bin /usr/sbin; do
          if [ -e $folder/$name ]; then ln -sf /usr/bin/busybox $folder/$name; fi
        done
      done
      """)
    #expect(made.status == 0, "\(made.errors)")
    let check = try await lab.gantry("check", "-l", "bash", inventory: inventory, options: ["-o", "json"])
    #expect(check.status == 0, "\(check.errors)\(check.output)")
    let (with, without) = (try full.document()["bash"]?.facts, try check.document()["bash"]?.facts)
    #expect(with?.runtime == without?.runtime && with?.version == without?.version)
    #expect(with?.arch == without?.arch && with?.os == without?.os && with?.user == without?.user)
    #expect((without?.diskFreeBytes ?? 0) > 0)
    let bundle = try await lab.bundle("0.29.0")
    let load = try await lab.gantry("load", bundle, "-l", "bash", inventory: inventory)
    #expect(load.status == 0, "\(load.errors)")
  }

  private struct Commands: Decodable {
    struct Node: Decodable {
      struct Command: Decodable {
        let status: Int
        let stdout, stderr: String
      }
      let name: String
      let command: Command?
    }
    let nodes: [Node]
  }

  /// One user for each shell, who may use sudo without a password, and whose shell is noisy.
  private static func makeUsers(_ lab: Lab) async throws {
    for (name, shell) in shells {
      let made = try await lab.inside(
        "n1", "sh", "-c",
        """
        [ -e /bin/ash-lab ] || printf '#!/bin/busybox ash\\nexec /bin/busybox ash "$@"\\n' >/bin/ash-lab
        chmod 755 /bin/ash-lab
        id s-\(name) 2>/dev/null || {
          echo "s-\(name):x:\(65100 + name.count * 7 + Int(name.utf8.first ?? 0)):65100::/home/s-\(name):\(shell)" >>/etc/passwd
          echo "s-\(name):*:19000:0:99999:7:::" >>/etc/shadow
          echo "s-\(name) ALL=(ALL) NOPASSWD: ALL" >>/etc/sudoers
          mkdir -p /home/s-\(name)/.config/fish /home/s-\(name)/.ssh
          cp /root/.ssh/authorized_keys /home/s-\(name)/.ssh/ 2>/dev/null
          cd /home/s-\(name)
          for file in .bashrc .cshrc .tcshrc .zshenv .config/fish/config.fish .profile; do
            echo 'echo noise of a shell' >$file
          done
          chown -R s-\(name) /home/s-\(name); chmod 755 /home/s-\(name)
        }
        grep -q "\(shell)" /etc/shells || echo "\(shell)" >>/etc/shells
        echo 'a banner for all' >/etc/issue.lab
        """)
      #expect(made.status == 0, "\(made.errors)")
    }
    try await lab.lab("sshd", "n1", "Banner /etc/issue.lab", "PrintMotd yes")
  }

  private static func inventory(_ lab: Lab, user: String? = nil) async throws -> String {
    let address = try await CheckTests.addresses(lab)["n1"] ?? ""
    var text = ""
    for name in shells.keys.sorted() {
      text += "\(name) ansible_host=\(address) ansible_user=\(user ?? "s-\(name)")\n"
    }
    text += "[all:vars]\nansible_ssh_private_key_file=\(lab.directory)/id_ed25519\n"
    let file = lab.work + "/shells.ini"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }
}
