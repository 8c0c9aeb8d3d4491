import Documents
import Testing

@testable import Helm

/// Edits that keep what somebody wrote, and edits that are refused.
@Suite struct ValuesEditorTests {
  enum Edit: Sendable {
    case set(String, Value)
    case rename(String, String)
    case delete(String)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let before: String
    let edit: Edit
    let after: String
    var testDescription: String { name }

    init(_ name: String, _ before: String, _ edit: Edit, _ after: String) {
      self.name = name
      self.before = before
      self.edit = edit
      self.after = after
    }
  }

  static let cases = [
    Case(
      "a plain scalar keeps its comment", "a:\n  b: 1 # why\n  c: x\n", .set("a.b", .int(2)),
      "a:\n  b: 2 # why\n  c: x\n"),
    Case("a quoted one keeps its quotes", "a: 'it''s' # c\n", .set("a", .string("he's")), "a: 'he''s' # c\n"),
    Case("double quotes too", "a: \"x\\\"y\"\n", .set("a", .string("z\ttab")), "a: \"z\\ttab\"\n"),
    Case("what looks like a number is quoted", "a: x\n", .set("a", .string("1.10")), "a: '1.10'\n"),
    Case("what looks like a boolean is quoted", "a: x\n", .set("a", .string("off")), "a: 'off'\n"),
    Case("a registry stays plain", "r: x.io\n", .set("r", .string("10.0.0.1/x.io")), "r: 10.0.0.1/x.io\n"),
    Case(
      "a folded scalar keeps its form", "redis:\n  url: >-\n    redis://a\n  image:\n    tag: 1\n",
      .set("redis.url", .string("redis://a?b=c")),
      "redis:\n  url: >-\n    redis://a?b=c\n  image:\n    tag: 1\n"),
    Case(
      "a folded scalar over two lines", "url: >-\n  one\n  two\n# end\nb: 1\n", .set("url", .string("three")),
      "url: >-\n  three\n# end\nb: 1\n"),
    Case(
      "a literal keeps its lines", "t: |\n    a\n    b\nu: 1\n", .set("t", .string("a\nc\nd\n")),
      "t: |\n    a\n    c\n    d\nu: 1\n"),
    Case(
      "a literal that cannot hold the text", "t: |-\n  a\nu: 1\n", .set("t", .string(" a\n")),
      "t: \" a\\n\"\nu: 1\n"),
    Case(
      "flow style", "i: {tag: 1, registry: r}\n", .set("i.tag", .string("v2")), "i: {tag: v2, registry: r}\n"),
    Case(
      "flow text that flow must quote", "i: [a, b]\n", .set("i[1]", .string("x,y/z")), "i: [a, 'x,y/z']\n"),
    Case(
      "a list of mappings", "l:\n- name: a # one\n  v: 1\n- name: b\n  v: 2\n", .set("l[1].v", .int(3)),
      "l:\n- name: a # one\n  v: 1\n- name: b\n  v: 3\n"),
    Case(
      "a plain scalar over two lines", "a: one\n  two\nb: 1\n", .set("a", .string("three")),
      "a: three\nb: 1\n"),
    Case("CR LF stays", "a: 1\r\nb:\r\n  c: x\r\n", .set("b.c", .string("w")), "a: 1\r\nb:\r\n  c: w\r\n"),
    Case(
      "a new key comes at the end of its mapping", "a:\n  b: 1 # one\n\n# about c\nc: 2\n",
      .set("a.d.e", .bool(true)),
      "a:\n  b: 1 # one\n  d:\n    e: true\n\n# about c\nc: 2\n"),
    Case(
      "a new key after a folded scalar", "a:\n    b: >-\n      x\n", .set("a.c", .int(1)),
      "a:\n    b: >-\n      x\n    c: 1\n"),
    Case("a new key with CR LF", "a:\r\n  b: 1\r\n", .set("a.c", .int(2)), "a:\r\n  b: 1\r\n  c: 2\r\n"),
    Case("a new key without a last line break", "a: 1", .set("b", .int(2)), "a: 1\nb: 2"),
    Case("into an empty mapping", "a: {} # none\nb: 1\n", .set("a.c", .int(1)), "a:\n  c: 1 # none\nb: 1\n"),
    Case("into a flow mapping", "a: {b: 1}\n", .set("a.c", .string("x")), "a: {b: 1, c: x}\n"),
    Case("into nothing", "a:\nb: 1\n", .set("a.c", .int(1)), "a:\n  c: 1\nb: 1\n"),
    Case("into null", "a: null\nb: 1\n", .set("a.c", .int(1)), "a:\n  c: 1\nb: 1\n"),
    Case("into an empty file", "", .set("a.b", .string("x")), "a:\n  b: x\n"),
    Case("into helm's nothing", "null\n", .set("a.b", .string("x")), "a:\n  b: x\n"),
    Case("into a file of comments", "# mine\n", .set("a", .int(1)), "# mine\na: 1\n"),
    Case(
      "a list of mappings as a value", "a: 1\n",
      .set(
        "s.g",
        .array([.object([.init("driver", .string("mysql")), .init("dsn", .string("u:p@tcp(h:1)/d"))])])),
      "a: 1\ns:\n  g:\n    - driver: mysql\n      dsn: u:p@tcp(h:1)/d\n"),
    Case(
      "a key gets another name", "# db\nkeycloak: # here\n  a: 1\nb: 2\n", .rename("keycloak", "keycloakx"),
      "# db\nkeycloakx: # here\n  a: 1\nb: 2\n"),
    Case("a quoted key", "'a b': 1\n", .rename("a b", "c d"), "'c d': 1\n"),
    Case("a key in flow style", "a: {k: 1, l: 2}\n", .rename("a.l", "m"), "a: {k: 1, m: 2}\n"),
    Case("a key goes with its line", "a: 1\nb:\n  c: 1 # x\n  d: 2\ne: 3\n", .delete("b"), "a: 1\ne: 3\n"),
    Case("the only key leaves an empty mapping", "a:\n  b: 1\nc: 2\n", .delete("a.b"), "a: {}\nc: 2\n"),
    Case("the last key", "a: 1\nb: 2", .delete("b"), "a: 1\n"),
    Case("the first key of an item", "l:\n  - a: 1\n    b: 2\n", .delete("l[0].a"), "l:\n  - b: 2\n"),
    Case("an item", "l:\n  - a: 1\n    b: 2\n  - c\n", .delete("l[0]"), "l:\n  - c\n"),
    Case("in flow style the first", "a: {b: 1, c: 2}\n", .delete("a.b"), "a: {c: 2}\n"),
    Case("in flow style the last", "a: {b: 1, c: 2}\n", .delete("a.c"), "a: {b: 1}\n"),
    Case("a dotted key", "a.b: 1\nc: 2\n", .set("a\\.b", .int(3)), "a.b: 3\nc: 2\n"),
    Case(
      "beside an anchor", "base: &b\n  x: 1\nuse: *b\nc: 2\n", .set("c", .int(3)),
      "base: &b\n  x: 1\nuse: *b\nc: 3\n"),
    Case(
      "after an alias", "b: &b 1\nm:\n  x: *b\n", .set("m.w", .int(2)), "b: &b 1\nm:\n  x: *b\n  w: 2\n"),
    Case("a key that is a number", "1: a\n2: b\n", .set("2", .string("c")), "1: a\n2: c\n"),
    Case("non-ASCII before it", "ä: {ö: '日本', b: x}\n", .set("ä.b", .string("w")), "ä: {ö: '日本', b: w}\n"),
  ]

  @Test(arguments: cases) func edits(_ test: Case) throws {
    var editor = try ValuesEditor(test.before)
    try Self.apply(test.edit, &editor)
    #expect(editor.text == test.after)
    // Read again by itself it is the same tree, and doing it again changes nothing.
    #expect(try ValuesEditor(editor.text).tree == editor.tree)
    if case .set = test.edit {
      let once = editor.text
      try Self.apply(test.edit, &editor)
      #expect(editor.text == once)
    }
  }

  /// Refused, and the text is as it was.
  @Test(arguments: [
    ("b: &b\n  x: 1\nu: *b\n", Edit.set("u.x", .int(2)), HelmError.Code.cannotEdit),
    ("b: &b\n  x: 1\nu: *b\n", .set("b.x", .int(2)), .cannotEdit),
    ("b: &b 1\nu: *b\n", .delete("b"), .cannotEdit),
    ("a: !!str 1\n", .set("a", .string("x")), .cannotEdit),
    ("a: 1\n", .set("a.b", .int(1)), .noSuchKey),
    ("a: [1]\n", .set("a[3]", .int(1)), .noSuchKey),
    ("a: 1\nb: 2\n", .rename("a", "b"), .noSuchKey),
    ("a: 1\n", .delete("c"), .noSuchKey),
    ("a: 1\u{2028}b: 2\n", .set("a", .int(3)), .cannotEdit),
  ])
  func refused(_ before: String, _ edit: Edit, _ code: HelmError.Code) throws {
    var editor = try ValuesEditor(before)
    let error = #expect(throws: HelmError.self) { try Self.apply(edit, &editor) }
    #expect(error?.code == code)
    #expect(editor.text == before)
    #expect(error?.message.contains("secret") == false)
  }

  /// Every scalar of a large file set to something else, one by one: each time exactly that value changes.
  @Test func everyValueOfALargeFile() throws {
    let original = try ValuesEditor(Self.large)
    var count = 0
    for path in try PathPattern("**").matches(in: original.tree) {
      guard let value = original.tree.at(path), value.keyText != nil else { continue }
      count += 1
      var editor = original
      let new = Value.string((value.text ?? "n") + "/changed: #1")
      try editor.set(path, to: new)
      #expect(editor.tree == original.tree.setting(path.steps[...], to: new))
      // One line differs, or a few where the scalar had several.
      let gone = Set(editor.text.split(separator: "\n")).symmetricDifference(
        original.text.split(separator: "\n"))
      #expect(gone.count <= 6, "\(path)")
      try editor.set(path, to: value)
      #expect(editor.tree == original.tree)
    }
    #expect(count > 30)
  }

  static func apply(_ edit: Edit, _ editor: inout ValuesEditor) throws {
    switch edit {
    case .set(let path, let value): try editor.set(try ValuePath(path), to: value)
    case .rename(let path, let name): try editor.rename(try ValuePath(path), to: name)
    case .delete(let path): try editor.delete(try ValuePath(path))
    }
  }

  static let large = """
    # values of kpanda
    global:
      imageRegistry: 10.6.135.222/release.daocloud.io
      imagePullSecrets: []
      storageClass: ''
      kpanda: {imageTag: v0.25.1, enableGhippoRoutes: true}
      db:
        builtIn: false
        redis:
          url: >-
            redis+sentinel://:pw@rfs.svc.cluster.local:26379/mymaster
          image:
            registry: release.daocloud.io # ours
            repository: "kpanda/redis"
            tag: 7.0.5-alpine
      # tracing
      telemetry:
        tracing:
          enabled: true
          addr: >-
            insight.insight-system.svc:4317
        metrics: {enabled: true, path: /metrics, port: 81}
    controllerManager:
      labels:
          app: kpanda-controller-manager
      replicaCount: 2
      affinity:
        podAntiAffinity:
          preferred:
            - weight: 60
              term:
                labelSelector:
                  matchExpressions:
                    - key: app
                      operator: In
                      values:
                      - kpanda-controller-manager
                      - "quoted, with comma"
                topologyKey: kubernetes.io/hostname
      args: [--a, '--b=c', "--d"]
      script: |
        #!/bin/sh
        # not a comment
        exec true
      nothing:
      tilde: ~
    apiServer:

      nodePort: null
      configMap:
        addon:
          repo:
            - URL: http://10.6.135.222:8081
              name: addon
              password: rootpass123

    # the end
    """ + "\n"
}
