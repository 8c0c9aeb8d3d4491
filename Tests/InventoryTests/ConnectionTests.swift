import Foundation
import Testing

@testable import Inventory

@Suite struct ConnectionTests {
  private func settings(_ variables: String) throws -> ConnectionSettings {
    let inventory = try load("all:\n  hosts:\n    n1: {\(variables)}\n")
    return try #require(inventory.host("n1")).connectionSettings()
  }

  @Test func leavesOutWhatIsNotSaid() throws {
    let settings = try settings("")
    #expect(settings == ConnectionSettings(name: "n1"))
    #expect(try Inventory.Host(name: "n1").connectionSettings() == settings)
    #expect(settings.name == "n1" && settings.address == "n1")
    #expect(settings.port == nil && settings.user == nil && settings.privateKeyFile == nil)
    #expect(settings.password == nil && settings.becomePassword == nil && settings.jump == nil)
    #expect(settings.connection == .ssh && settings.become == nil && settings.becomeUser == "root")
    #expect(settings.runtime == nil && settings.namespace == nil && settings.hostKeyChecking == nil)
  }

  @Test(arguments: [
    ("ssh", ConnectionSettings.Connection.ssh), ("smart", .ssh), ("paramiko", .ssh), ("paramiko_ssh", .ssh),
    ("ansible.builtin.ssh", .ssh), ("local", .local), ("ansible.builtin.local", .local), ("''", .ssh),
  ])
  func readsTheConnection(_ text: String, _ connection: ConnectionSettings.Connection) throws {
    #expect(try settings("ansible_connection: \(text)").connection == connection)
  }

  @Test(arguments: [
    ("yes", true), ("'True'", true), ("1", true), ("'no'", false), ("off", false), ("' ON '", true),
  ])
  func readsBooleans(_ text: String, _ value: Bool) throws {
    #expect(try settings("ansible_become: \(text)").become == value)
  }

  @Test(
    arguments: [
      ("'-o ProxyJump=a@b:2'", ["ProxyJump=a@b:2"]), ("'-oProxyJump=b'", ["ProxyJump=b"]),
      ("'-J b,c'", ["ProxyJump b,c"]), ("'-Jb -J c'", ["ProxyJump b", "ProxyJump c"]),
      ("'-Cq4i ~/k -vv'", ["AddressFamily inet", "IdentityFile ~/k"]),
      ("'-o ControlMaster=auto -o \"ProxyJump b\"'", ["ControlMaster=auto", "ProxyJump b"]),
      (
        "'-p 22 -l bob -6 -L 1:a:2 -b ::1'",
        ["Port 22", "User bob", "AddressFamily inet6", "BindAddress ::1"]
      ),
      ("'-o ProxyCommand=\"ssh -W %h:%p b\"'", ["ProxyCommand=ssh -W %h:%p b"]), ("'-C'", []),
    ] as [(String, [String])])
  func readsTheArgumentsOfSSH(_ text: String, _ options: [String]) throws {
    for (name, isFirst) in [
      ("ansible_ssh_args", true), ("ansible_ssh_common_args", false), ("ansible_ssh_extra_args", false),
    ] {
      let arguments = try settings("\(name): \(text)").sshArguments
      let read = isFirst ? arguments.first : arguments.last
      #expect(read.map { ($0.keyword.map { $0 + " " } ?? "") + $0.value } == options)
      #expect(read.allSatisfy { $0.source.variable == name && $0.source.origin?.line == 3 })
      #expect((isFirst ? arguments.last : arguments.first).isEmpty)
      #expect(arguments.configFile == nil)
    }
  }

  @Test func readsTheConfigurationThatIsNamed() throws {
    let arguments = try settings("ansible_ssh_common_args: '-F a -Fb'").sshArguments
    #expect(arguments.configFile?.value == "a" && arguments.last.isEmpty)
  }

  @Test func tellsWhichVariableCounted() throws {
    let settings = try settings("ansible_ssh_host: a, ansible_port: 5, gantry_jump: none")
    #expect(settings.sources[.address]?.variable == "ansible_ssh_host")
    #expect(settings.sources[.port]?.description.hasSuffix("hosts.yml:3)") == true)
    #expect(settings.sources[.user] == nil)
    #expect(settings.jump == "" && settings.sources[.jump] != nil)
  }

  @Test(arguments: [
    ("ansible_port: 0", "inventory-variable", "port from 1 to 65535"),
    ("ansible_port: 65536", "inventory-variable", "port from 1 to 65535"),
    ("ansible_port: ssh", "inventory-variable", "port from 1 to 65535"),
    ("ansible_become: maybe", "inventory-variable", "boolean"),
    ("ansible_become: [yes]", "inventory-variable", "boolean"),
    ("ansible_connection: winrm", "inventory-variable", "'winrm'"),
    ("ansible_become_method: runas", "inventory-variable", "'runas'"),
    ("ansible_host: 1.10", "inventory-variable", "must be text, and is a number"),
    ("ansible_user: [a]", "inventory-variable", "must be text, and is a list"),
    ("ansible_user: \"a\\nb\"", "inventory-variable", "control characters"),
    ("ansible_host: '{{ ip }}'", "inventory-template", "template"),
    ("ansible_password: '{{ vault_x }}'", "inventory-template", "template"),
    ("ansible_become: '{% if x %}yes{% endif %}'", "inventory-template", "template"),
    ("ansible_become_password: !vault abc", "inventory-vault", "ansible_become_password is encrypted"),
    ("gantry_runtime: podman", "inventory-variable", "'podman'"),
    ("ansible_ssh_common_args: '-C bastion'", "inventory-variable", "no option of ssh"),
    ("ansible_ssh_common_args: '-C -J'", "inventory-variable", "without its argument"),
    ("ansible_ssh_args: \"-o 'x\"", "inventory-variable", "quote"),
  ])
  func refuses(_ variables: String, _ code: String, _ message: String) throws {
    let error = failure { try settings(variables) }
    #expect(error?.code.rawValue == code)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "no error")")
    #expect(error?.line == 3)
    #expect(error?.file?.hasSuffix("hosts.yml") == true)
  }

  @Test func encryptedAndTemplatedVariablesMatterOnlyIfNeeded() throws {
    let text =
      "other: !vault abc, more: '{{ x }}', ansible_become_password: !vault a, ansible_become_pass: plain"
    let settings = try settings(text)
    #expect(settings.becomePassword?.revealed == "plain")
  }

  @Test func namesTheFileOfAVariable() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("[web]\nn1\n", to: "hosts.ini")
    let file = try folder.write("# first\nansible_host: '{{ x }}'\n", to: "group_vars/web.yml")
    let host = try #require(Inventory.load(path: path).host("n1"))
    let error = failure { try host.connectionSettings() }
    #expect(error?.file == file)
    #expect(error?.line == 2)
  }

  // MARK: Secrets

  @Test func secretsAreNeverShown() throws {
    let settings = try settings("ansible_password: hunter2, ansible_become_password: hunter3")
    #expect(settings.password?.revealed == "hunter2")
    var dumped = ""
    dump(settings, to: &dumped)
    let secret = Secret("hunter2")
    let shown = [
      dumped, "\(settings)", String(reflecting: settings), "\(secret)", String(reflecting: secret),
      String(decoding: try JSONEncoder().encode([secret]), as: UTF8.self),
    ]
    for text in shown { #expect(!text.contains("hunter") && text.contains("***"), "\(text)") }
  }

  @Test func errorsDoNotQuoteSecrets() throws {
    let error = failure { try settings("ansible_password: [hunter2]") }
    #expect(error?.code == .variable)
    #expect(error.map { "\($0)" + ($0.hint ?? "") }?.contains("hunter2") == false)
  }

  @Test func listingsAreMasked() throws {
    let inventory = try load(
      """
      all:
        hosts:
          n1: {ansible_password: p1, api_token: p2, nested: {db_pass: p3, port: 1}, key_file: k,
            list: [{secret: p4}], ansible_ssh_private_key_file: path, ansible_private_key: p5, unset_password: , v: !vault p6}
      """)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let masked = String(decoding: try encoder.encode(inventory.listing()), as: UTF8.self)
    #expect(
      masked == #"{"hosts":[{"groups":["ungrouped"],"name":"n1","vars":{"ansible_password":"***","#
        + #""ansible_private_key":"***","ansible_ssh_private_key_file":"path","api_token":"***","key_file":"k","#
        + #""list":[{"secret":"***"}],"nested":{"db_pass":"***","port":1},"unset_password":null,"v":"***"}}]}"#
    )
    let shown = String(decoding: try encoder.encode(inventory.listing(showSecrets: true)), as: UTF8.self)
    for secret in ["p1", "p2", "p3", "p4", "p5"] { #expect(shown.contains(secret)) }
    #expect(!shown.contains("p6"))
  }
}
