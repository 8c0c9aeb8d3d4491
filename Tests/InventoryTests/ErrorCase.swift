import Testing

/// A bad inventory, and what is said about it.
struct ErrorCase: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let code: String
  let line: Int?
  let message: String
  var hint = ""
  var testDescription: String { message }

  static let yaml: [ErrorCase] = [
    ErrorCase(
      name: "h.yml", text: "all:\n\thosts:\n", code: "inventory-syntax", line: 2, message: "a tab is used",
      hint: "use spaces"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    a: {\n", code: "inventory-syntax", line: 4,
      message: "did not find"),
    ErrorCase(
      name: "h.yml", text: "all:\n  host:\n    a:\n", code: "inventory-unknown-key", line: 2,
      message: "no key 'host'", hint: "'hosts'"),
    ErrorCase(
      name: "h.yml", text: "all:\n  web:\n    hosts:\n      a:\n", code: "inventory-unknown-key", line: 2,
      message: "no key 'web'", hint: "below children:"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    a:\n    b:\n    a: {x: 1}\n",
      code: "inventory-duplicate-host", line: 5, message: "'a' is listed twice", hint: "line 3"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    n[1:3]:\n    n[3:5]:\n", code: "inventory-duplicate-host",
      line: 4, message: "'n3' is listed twice"),
    ErrorCase(
      name: "h.yml", text: "all:\n  vars:\n    a: 1\n    b: 2\n    a: 3\n", code: "inventory-duplicate-key",
      line: 5, message: "'a' is there twice"),
    ErrorCase(
      name: "h.yml", text: "all:\n  vars: {a: 1, a: 2}\n", code: "inventory-duplicate-key", line: 2,
      message: "'a' is there twice"),
    ErrorCase(
      name: "h.yml", text: "web:\n  hosts:\n    a:\nweb:\n  hosts:\n    b:\n",
      code: "inventory-duplicate-key", line: 4, message: "'web' is there twice"),
    ErrorCase(
      name: "h.yml", text: "- a\n- b\n", code: "inventory-syntax", line: 1,
      message: "must be a mapping of groups"),
    ErrorCase(
      name: "h.yml", text: "all: [a]\n", code: "inventory-syntax", line: 1, message: "'all' must be a mapping"
    ),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    - a\n", code: "inventory-syntax", line: 2,
      message: "must be a mapping, and is a list", hint: "without a dash"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    a: 5\n", code: "inventory-syntax", line: 3,
      message: "'a' must be empty or a mapping"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    on:\n", code: "inventory-syntax", line: 3,
      message: "'true' is read as a boolean", hint: "quotes"),
    ErrorCase(
      name: "h.yml", text: "12:\n  hosts:\n    a:\n", code: "inventory-syntax", line: 1,
      message: "'12' is read as a whole number"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    n[1:x]:\n", code: "inventory-range", line: 3,
      message: "two numbers"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    n[1:900000]:\n", code: "inventory-range", line: 3,
      message: "more than 100000"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    n[1:60000]:\n    m[1:60000]:\n", code: "inventory-range",
      line: 4, message: "more than 100000"),
    ErrorCase(
      name: "h.yml", text: "a:\n  children:\n    b:\n      children:\n        a:\n", code: "inventory-cycle",
      line: 3, message: "'b' cannot be a child of 'a'"),
    ErrorCase(
      name: "h.yml", text: "a:\n  children:\n    a:\n", code: "inventory-cycle", line: 3,
      message: "'a' cannot be a child of 'a'"),
    ErrorCase(
      name: "h.yml", text: "a: *nothing\n", code: "inventory-syntax", line: 1, message: "undefined alias"),
    ErrorCase(
      name: "h.yml", text: "a: !reference [x]\n", code: "inventory-unsupported", line: 1,
      message: "'!reference'"),
    ErrorCase(
      name: "h.yml", text: "plugin: aws_ec2\nregions: [x]\n", code: "inventory-unsupported", line: 1,
      message: "plug-ins are not run"),
    ErrorCase(
      name: "h.yml", text: "[web]\nnode1\n", code: "inventory-syntax", line: 2, message: "",
      hint: "ending .ini"),
    ErrorCase(
      name: "h.yml", text: "{{ a }}: b\n", code: "inventory-syntax", line: 1, message: "single value",
      hint: "quotes"),
    ErrorCase(
      name: "h.yml", text: "a:\n---\nb:\n", code: "inventory-syntax", line: 2, message: "another document"),
    ErrorCase(
      name: "h.yml", text: "all:\n  hosts:\n    \"x\\e(B\":\n", code: "inventory-syntax", line: 3,
      message: "\\u{1b}(B"),
    ErrorCase(
      name: "h.yml", text: "all:\n  vars:\n    gantry_runtme: docker\n", code: "inventory-variable", line: 3,
      message: "no variable 'gantry_runtme'", hint: "'gantry_runtime'"),
    ErrorCase(
      name: "h.yml", text: "all:\n  vars:\n    gantry_zzz: 1\n", code: "inventory-variable", line: 3,
      message: "'gantry_zzz'", hint: "there are gantry_runtime"),
    ErrorCase(
      name: "h.yml", text: "a:\n  vars:\n    ansible_group_priority: high\n", code: "inventory-variable",
      line: 3, message: "whole number"),
    ErrorCase(
      name: "h.yml", text: "$ANSIBLE_VAULT;1.1;AES256\n6162\n", code: "inventory-vault", line: 1,
      message: "encrypted"),
    ErrorCase(
      name: "hosts", text: "---\nall:\n  hosts:\n\ta:\n", code: "inventory-syntax", line: 4,
      message: "a tab is used"),
    ErrorCase(name: "h.toml", text: "[web]\n", code: "inventory-unsupported", line: nil, message: "TOML"),
  ]

  static let ini: [ErrorCase] = [
    ErrorCase(
      name: "h.ini", text: "[web]\na\nb\na x=1\n", code: "inventory-duplicate-host", line: 4,
      message: "'a' is listed twice", hint: "line 2"),
    ErrorCase(
      name: "h.ini", text: "a\n[web]\na\n[web]\na\n", code: "inventory-duplicate-host", line: 5,
      message: "'a' is listed twice"),
    ErrorCase(
      name: "h.ini", text: "[web:childern]\nx\n", code: "inventory-unknown-key", line: 1,
      message: "'childern'", hint: "'children'"),
    ErrorCase(
      name: "h.ini", text: "[web]\na\n[all:children]\nwbe\n", code: "inventory-undefined-group", line: 4,
      message: "'wbe'", hint: "[wbe]"),
    ErrorCase(
      name: "h.ini", text: "a\n\n[wbe:vars]\nx=1\n", code: "inventory-undefined-group", line: 3,
      message: "'wbe'"),
    ErrorCase(name: "h.ini", text: "[a b]\nx\n", code: "inventory-syntax", line: 1, message: "section"),
    ErrorCase(name: "h.ini", text: "[web\nx\n", code: "inventory-syntax", line: 1, message: "section"),
    ErrorCase(
      name: "h.ini", text: "a x='1\n", code: "inventory-syntax", line: 1, message: "quote is not closed"),
    ErrorCase(
      name: "h.ini", text: "a x = 1\n", code: "inventory-syntax", line: 1, message: "'x' is not a variable",
      hint: "without spaces"),
    ErrorCase(
      name: "h.ini", text: "[a]\n[a:vars]\nx\n", code: "inventory-syntax", line: 3,
      message: "'x' is not a variable"),
    ErrorCase(
      name: "h.ini", text: "[a]\n[a:children]\nb c\n", code: "inventory-syntax", line: 3,
      message: "not the name of a group"),
    ErrorCase(
      name: "h.ini", text: "[a:children]\nb\n[b:children]\nc\n[c:children]\na\n", code: "inventory-cycle",
      line: 6, message: "'a' cannot be a child of 'c'"),
    ErrorCase(name: "h.ini", text: "n[3:1]\n", code: "inventory-range", line: 1, message: "counts down"),
    ErrorCase(name: "h.ini", text: "all:\n", code: "inventory-syntax", line: 1, message: "ends in a colon"),
    ErrorCase(name: "h.ini", text: "---\n", code: "inventory-syntax", line: 1, message: "YAML", hint: ".yml"),
    ErrorCase(name: "h.ini", text: "\u{1b}[2Jx ' \n", code: "inventory-syntax", line: 1, message: "quote"),
    ErrorCase(name: "h.ini", text: "a\u{7}b\n", code: "inventory-syntax", line: 1, message: "'a\\u{7}b'"),
    ErrorCase(
      name: "h.ini", text: "a gantry_jmp=x\n", code: "inventory-variable", line: 1, message: "'gantry_jmp'",
      hint: "'gantry_jump'"),
  ]
}
