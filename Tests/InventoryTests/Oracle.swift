import Foundation

@testable import Inventory

/// What Ansible says about the fixtures. It is asked once, for all tests.
enum Oracle {
  /// Inventories below `Fixtures`, with the patterns to try on each.
  static let cases: [(source: String, patterns: [String])] = [
    (
      "small.yml", ["all", "*", "control", "workers", "workers:!node3", "node*", "lonely,node3", "ungrouped"]
    ),
    ("nameless.yml", ["all", "web", "front", "web:&front", "db", "empty:web1"]),
    ("ranges.yml", ["numbers[0]", "numbers[-1]", "numbers[2:4]", "numbers[10:]", "padded", "~disk-[b-d]"]),
    ("ranges.ini", ["all", "node*", "w*[1:2]", "letters:!node2", "A?"]),
    (
      "kubespray.ini",
      [
        "all", "k8s_cluster", "kube_node:&etcd", "kube_control_plane,etcd", "etcd:!kube_control_plane",
        "kube_*",
        "k8s_cluster[0]", "k8s_cluster[1:2]", "calico_rr:node1", "bastion", "!bastion", "&etcd",
      ]
    ),
    ("types.yml", ["types"]),
    ("literals.ini", ["h[0]", "a,b", "h[20:30]"]),
    ("crlf.ini", ["web"]),
    ("bom.yml", ["b1"]),
    ("unicode.yml", ["größe", "zür*", "*"]),
    (
      "diamond.yml",
      [
        "all", "top", "left", "bottom", "deep", "other:top", "zz:&bottom", "deepest[0:1]", "*o*", "~(z|d)",
        "d1:o1:d1",
      ]
    ),
    ("aliases.yml", ["m*"]),
    ("hosts-yaml", ["web"]),
    ("hosts-ini", ["h2,h0", "web"]),
    ("hosts.json", ["g"]),
    ("oneline", ["single*"]),
    ("samename.ini", ["web", "web*", "db"]),
    ("pending.ini", ["site", "all", "alpha:zulu", "site[0]", "site[-2]", "mike,u1,!m1"]),
    (
      "glob.ini",
      [
        "web*", "web*[0]", "web*[3:5]", "web[0]", "web[1]", "web[0:1]", "web[1-2]", "web[-3]", "web?",
        "web[!1]",
        "*.example.com", "db?.*", "db[12]*", "~db\\d", "~web1$", "~(web|db)", "~.*\\.example", "node[1:3]",
        "node[1:1]",
        "node[0:0]", "node[2:1]", "node[9]", "node[7:9]", "a[^-]b", "web:db:!web1:!db-a",
        "!web1:web:&web-test",
        "web:&web-test:!web2,n1", "web, n1 ,!web1", "empty", "empty:n1", "nothing:n1", "n1:!nothing",
        "n[1-3]", "ungrouped",
        "[ab]*", "web1:22", "n1 n2",
      ]
    ),
    ("connection.yml", ["all"]),
    ("merge", ["site", "all:!web"]),
    ("folder", ["all", "web", "deep", "db[0]"]),
    ("a.example.com,b:22, [::1]:2200,10.0.0.1:5,c", ["all", "b,c"]),
    ("solo,", ["solo"]),
  ]

  /// What Ansible answered about one inventory.
  struct Answer: Decodable, Sendable {
    let source: String
    let hosts: [String]
    let groups: [String: [String]]
    let vars: [String: TypedValue]
    let listing: [String: ListedGroup]
    let groupVars: [String: TypedValue]
    let graph: [String]
    let patterns: [String: Selected]
    let connections: [String: [String: String?]]
  }

  struct ListedGroup: Decodable, Sendable, Equatable {
    var hosts: [String]?
    var children: [String]?
  }

  /// The hosts a pattern selects, or why it selects none.
  enum Selected: Decodable, Sendable, Equatable {
    case hosts([String])
    case failure

    init(from decoder: any Decoder) throws {
      if let hosts = try? [String](from: decoder) { self = .hosts(hosts) } else { self = .failure }
    }
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private static let result = Result { try ask() }

  /// The answer about an inventory.
  static func answer(_ source: String) throws -> Answer {
    guard let answer = try result.get()[source] else {
      throw Failure(description: "no answer about \(source)")
    }
    return answer
  }

  /// The path of a fixture, or a list of hosts as it is.
  static func path(_ source: String) -> String {
    source.contains(",") ? source : Fixtures.path(source)
  }

  private static func ask() throws -> [String: Answer] {
    let folder = try TemporaryFolder()
    let question: [String: Any] = [
      "inventories": cases.map { ["source": path($0.source), "patterns": $0.patterns] }
    ]
    try JSONSerialization.data(withJSONObject: question).write(to: folder.url("question.json"))
    for name in ["answer.json", "log.txt", "ansible.cfg"] {
      _ = FileManager.default.createFile(atPath: folder.path(name), contents: nil)
    }

    let process = Process()
    let environment = ProcessInfo.processInfo.environment
    let python = environment["GANTRY_ANSIBLE_PYTHON"] ?? "python3"
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python, Fixtures.resource("oracle.py")]
    // Neither settings of this machine nor variables beside the tests may have a say.
    process.currentDirectoryURL = folder.url("")
    process.environment = [
      "PATH": environment["PATH"] ?? "/usr/bin:/bin", "HOME": folder.path(""), "LANG": "C.UTF-8",
      "ANSIBLE_LOCAL_TEMP": folder.path("tmp"), "ANSIBLE_CONFIG": folder.path("ansible.cfg"),
    ].merging(environment.filter { $0.key.hasPrefix("PYENV") || $0.key == "PYTHONPATH" }) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: folder.url("question.json"))
    process.standardOutput = try FileHandle(forWritingTo: folder.url("answer.json"))
    process.standardError = try FileHandle(forWritingTo: folder.url("log.txt"))
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let log = (try? String(contentsOf: folder.url("log.txt"), encoding: .utf8)) ?? ""
      throw Failure(
        description: """
          Ansible could not be asked: \(python) exited with \(process.terminationStatus).
          Install it with `python3 -m pip install ansible-core`,
          or name a Python that has it in GANTRY_ANSIBLE_PYTHON.
          \(log.suffix(2000))
          """)
    }
    let answers = try JSONDecoder().decode([Answer].self, from: Data(contentsOf: folder.url("answer.json")))
    return Dictionary(uniqueKeysWithValues: zip(cases.map(\.source), answers))
  }
}
