import Documents
import Images
import Testing

@testable import Helm

/// What a rendered chart asks for, and how it differs from the running one.
@Suite struct ManifestTests {
  static let rendered = """
    ---
    # Source: kpanda/templates/secret.yaml
    apiVersion: v1
    kind: Secret
    metadata: {name: redis}
    stringData:
      url: redis://:hunter2@h/0
      plain: topsecret1
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: api
    spec:
      selector: {matchLabels: {app: api}}
      template:
        spec:
          initContainers:
            - {name: wait, image: busybox}
          containers:
            - name: api
              image: "r.io/kpanda/api:v1"
              imagePullPolicy: Always
              env:
                - {name: DB_PASSWORD, value: hunter2}
                - {name: LEVEL, value: debug}
          ephemeralContainers:
            - {name: debug, image: r.io/debug:1}
          volumes:
            - name: models
              image: {reference: r.io/models:2}
    ---
    apiVersion: v1
    kind: List
    items:
      - apiVersion: batch/v1
        kind: CronJob
        metadata: {name: clean}
        spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: r.io/clean:1}]}}}}}
    ---
    apiVersion: batch/v1
    kind: Job
    metadata: {name: before, annotations: {"helm.sh/hook": "pre-upgrade, pre-install"}}
    spec: {template: {spec: {containers: [{name: c, image: r.io/shell:1}]}}}
    ---
    apiVersion: batch/v1
    kind: Job
    metadata: {name: gone, annotations: {"helm.sh/hook": post-delete}}
    spec: {template: {spec: {containers: [{name: c, image: r.io/delete:1}]}}}
    ---
    apiVersion: example.com/v1
    kind: Thing
    metadata: {name: t}
    spec:
      operatorImage: r.io/operator:3
      template: {spec: {containers: [{name: c, image: r.io/inner:1}]}}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: c}
    data:
      image: r.io/not/this:1
      app.yaml: |
        password: hunter2
        ---
        level: info

    """

  @Test func images() throws {
    let found = ManifestImages(try Manifest(Self.rendered), events: ["pre-upgrade", "post-upgrade"])
    #expect(
      found.required.keys.sorted().map(\.description) == [
        "docker.io/library/busybox:latest", "r.io/clean:1", "r.io/debug:1", "r.io/kpanda/api:v1",
        "r.io/models:2",
        "r.io/shell:1",
      ])
    #expect(found.possible.map(\.description).sorted() == ["r.io/inner:1", "r.io/operator:3"])
    #expect(found.invalid.isEmpty)
    #expect(
      found.pulledAlways == [
        "deployment/api pulls docker.io/library/busybox:latest on every start",
        "deployment/api pulls r.io/kpanda/api:v1 on every start",
      ])
  }

  @Test func whatIsNoReferenceIsTold() throws {
    let manifest = try Manifest(
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: p}
      spec: {containers: [{name: a, image: "r.io//x:1"}, {name: b, image: ""}, {name: c, image: "{{ .image }}"}]}
      """)
    let found = ManifestImages(manifest, events: [])
    #expect(found.required.isEmpty)
    #expect(found.invalid.count == 3)
  }

  @Test func workloadsKnowTheirPods() throws {
    let workloads = ManifestWorkloads(try Manifest(Self.rendered))
    #expect(workloads.workloads.map(\.name) == ["api"])
    #expect(workloads.ownPod(labels: ["app": "api", "pod-template-hash": "x"]))
    #expect(!workloads.ownPod(labels: ["app": "other"]))
  }

  @Test func theDiffIsByObjectAndMasked() throws {
    let old = try Manifest(Self.rendered)
    let new = try Manifest(
      Self.rendered.replacing("api:v1", with: "api:v2").replacing("topsecret1", with: "topsecret2")
        .replacing("value: debug", with: "value: info").replacing("kind: Thing", with: "kind: Other"))
    let diff = try #require(ManifestDiff.text(old, new, secretsOf: []))
    #expect(diff.contains("--- Deployment.apps api\n+++ Deployment.apps api"))
    #expect(diff.contains("-          image: r.io/kpanda/api:v1\n+          image: r.io/kpanda/api:v2"))
    #expect(diff.contains("-  plain: '*** (old)'\n+  plain: '*** (new)'"))
    #expect(diff.contains("--- /dev/null\n+++ Other.example.com t"))
    #expect(diff.contains("--- Thing.example.com t\n+++ /dev/null"))
    for secret in ["hunter2", "topsecret"] { #expect(!diff.contains(secret)) }
    #expect(!diff.contains("ConfigMap"))
    #expect(ManifestDiff.text(old, old, secretsOf: []) == nil)
  }

  @Test func aBrokenDocumentIsNamedByItsLine() {
    let error = #expect(throws: HelmError.self) { try Manifest("a: 1\n---\nb: [\n") }
    #expect(error?.code == .badYAML)
    #expect(error?.message.contains("line ") == true)
  }

  @Test func definitions() throws {
    let manifest = try Manifest(
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: things.example.com}
      spec: {group: example.com, names: {kind: Thing}, versions: [{name: v1}, {name: v2}]}
      """)
    #expect(manifest.definitionNames == ["things.example.com"])
    #expect(
      manifest.definedKinds == [
        "example.com/v1", "example.com/v1/Thing", "example.com/v2", "example.com/v2/Thing",
      ])
  }

  /// Masked where it is a secret, left where it only looks like one.
  @Test(arguments: [
    ("mysql://u:pw@h/d", "mysql://u:***@h/d"),
    ("kpanda:pw@tcp(h:3306)/k?x=y", "kpanda:***@tcp(h:3306)/k?x=y"),
    ("redis+sentinel://:p@h:1/m?master_password=p", "redis+sentinel://:***@h:1/m?master_password=***"),
    ("--password=abc --level=1", "--password=*** --level=1"), ("token: abcdef", "token: ***"),
    ("Authorization: Bearer abcdefghijk", "Authorization: Bearer ***"),
    ("http://h:8081/x", "http://h:8081/x"),
    ("a@b.c", "a@b.c"), ("-----BEGIN RSA PRIVATE KEY-----\nx", "***"), ("mymaster", "mymaster"),
    ("say known1 twice known1", "say *** twice ***"),
  ])
  func texts(_ text: String, _ expected: String) {
    let mask = SecretMask(secretsOf: [.object([.init("password", .string("known1"))])])
    #expect(mask.masked(text) == expected)
  }

  @Test(arguments: [
    ("password", true), ("MYSQL_ROOT_PASSWORD", true), ("apiKey", true), ("secretKey", true),
    ("clientSecret", true),
    ("accessToken", true), ("imagePullSecrets", false), ("secretName", false), ("secretKeyRef", false),
    ("existingSecret", false), ("tokenPath", false), ("registry", false), ("keycloak", false),
  ])
  func keys(_ key: String, _ expected: Bool) { #expect(SecretMask.isSecretKey(key) == expected) }
}
