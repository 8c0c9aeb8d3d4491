import Foundation
import Testing

/// What goes wrong in a sync: its own code and hint each, and nothing pushed where nothing should be.
@Suite(.lab("n1=none"), .serialized)
struct SyncFailureTests {
  private func failure(_ outcome: Lab.Outcome, _ code: String, status: Int32 = 1) throws {
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains("(\(code))"), "\(outcome.errors)")
    #expect(outcome.errors.contains("gantry: hint: "), "\(outcome.errors)")
  }

  @Test func aTagWithAnotherDigestIsNotMoved() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "conflict")
    let folder = try await lab.bundleFolder("conflict", size: "2M", images: 3)
    let text = SyncTests.localFile(registry, folder, charts: lab.work + "/c-conflict")
    #expect(try await lab.sync(text).status == 0)
    let before = try #require(try await registry.inspect("kpanda/kpanda-apiserver:v0.20.0"))

    let other = try await lab.bundleFolder("conflict-2", size: "3M", images: 4)
    let changed = SyncTests.localFile(registry, other, charts: lab.work + "/c-conflict-2")
    let refused = try await lab.sync(changed, "-o", "json")
    try failure(refused, "tag-conflict")
    let document = try SyncDocument(refused)
    let conflict = try #require(document.images.first { $0.error?.code == "tag-conflict" })
    #expect(conflict.error?.message.contains(before.digest) == true)
    #expect(conflict.error?.message.contains(conflict.digest) == true)
    #expect(document.summary.bytesSent == 0 && document.summary.pushed == 0)
    #expect(document.bundles.first?.chart?.status == "skipped")
    #expect(try await registry.inspect("kpanda/kpanda-apiserver:v0.20.0")?.digest == before.digest)

    let forced = try await lab.sync(changed, "--overwrite", "-o", "json")
    #expect(forced.status == 0, "\(forced.errors)")
    #expect(try await registry.inspect("kpanda/kpanda-apiserver:v0.20.0")?.digest != before.digest)
  }

  @Test func aWrongPasswordIsTriedOnce() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "login", "--auth")
    let folder = try await lab.bundleFolder("login", size: "2M", images: 3)
    let text = SyncTests.localFile(registry, folder, charts: lab.work + "/c-login")
      .replacing(registry.password ?? "?", with: "wrong-0123")
    let refused = try await lab.sync(text, "-o", "json")
    try failure(refused, "registry-auth-failed")
    #expect(!(refused.output + refused.errors).contains("wrong-0123"))
    #expect(registry.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: lab.work + "/c-login"))
    let log = try String(contentsOfFile: registry.directory + "/log", encoding: .utf8)
    #expect(log.split(separator: "\n").count { $0.contains("error authenticating user") } <= 1)
  }

  @Test func aMissingProjectIsToldOrMade() async throws {
    let lab = try Lab.current
    let harbor = try await LabRegistry.start(lab, "project", "--kind", "harbor", "--auth")
    let folder = try await lab.bundleFolder("project", size: "2M", images: 3)
    let refused = try await lab.sync(SyncTests.harborFile(harbor, folder), "-o", "json")
    try failure(refused, "project-missing")
    #expect(try SyncDocument(refused).summary.pushed == 0)
    #expect(harbor.isEmpty)
    let made = try await lab.sync(SyncTests.harborFile(harbor, folder, kind: "kind: HARBOR"), "-o", "json")
    #expect(made.status == 0, "\(made.errors)")
    #expect(try SyncDocument(made).bundles.first?.notes?.contains { $0.contains("was created") } == true)
  }

  @Test func anUnknownAuthorityIsNotTrusted() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "tls", "--tls")
    let folder = try await lab.bundleFolder("tls", size: "2M", images: 3)
    let text = SyncTests.localFile(registry, folder, charts: lab.work + "/c-tls")
    try failure(try await lab.sync(text), "tls-unknown-ca")
    #expect(registry.isEmpty)
    let trusted = try await lab.sync(text, "--insecure")
    #expect(trusted.status == 0, "\(trusted.errors)")
  }

  @Test func aBundleWithoutHintsIsRefused() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "hints")
    let folder = try await lab.bundleFolder("hints", size: "2M", images: 3)
    let bundle = folder + "/kpanda_0.20.0.bundle.tar"
    let removed = try await Lab.execute(
      "/bin/sh",
      [
        "-c",
        """
        cd "$1" && tar -xf "$2" && tar -cf "$2" original-chart images.tar && rm -r hints.yaml original-chart images.tar
        """, "sh", folder, bundle,
      ])
    #expect(removed.status == 0, "\(removed.errors)")
    let text = SyncTests.localFile(registry, folder, charts: lab.work + "/c-hints")
    let refused = try await lab.sync(text, "-o", "json")
    try failure(refused, "no-hints", status: 2)
    #expect(refused.output.isEmpty)
    #expect(registry.isEmpty)
    #expect(try registry.requests("HEAD") == 0, "nothing is asked before the input is right")
  }

  @Test func namesThatWouldCollideAreRefused() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "collide")
    let folder = try await lab.bundleFolder("collide", size: "2M", images: 3, as: nil, "--images-only")
    // Another image gets the same last part: kpanda-controller-manager becomes other/kpanda-apiserver.
    let edited = try await Lab.execute(
      "/usr/bin/env",
      [
        "python3", "-c",
        """
        import io, sys, tarfile
        old, new = tarfile.open(sys.argv[1]), tarfile.open(sys.argv[2], "w")
        for member in old:
            data = old.extractfile(member).read()
            if member.name == "manifest.json":
                data = data.replace(b"kpanda/kpanda-controller-manager:", b"other/kpanda-apiserver:")
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
        new.close()
        """, folder + "/images.tar", folder + "/edited.tar",
      ])
    #expect(edited.status == 0, "\(edited.errors)")
    try FileManager.default.removeItem(atPath: folder + "/images.tar")
    let rules = "containerRegistry: \(registry.host)"
    let text = SyncTests.localFile(
      registry, folder, charts: lab.work + "/c-collide", rules: rules + "\n  containerRepository: p")
    let refused = try await lab.sync(text)
    try failure(refused, "name-collision", status: 2)
    #expect(refused.errors.contains("other/kpanda-apiserver:v0.20.0"))
    #expect(refused.errors.contains("kpanda/kpanda-apiserver:v0.20.0"))
    #expect(registry.isEmpty)
    // With the whole name, both have a place.
    let fine = try await lab.sync(
      SyncTests.localFile(registry, folder, charts: lab.work + "/c-collide", rules: rules))
    #expect(fine.status == 0, "\(fine.errors)")
  }

  @Test func anotherChartOfThatVersionIsNotReplaced() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "images")
    let museum = try await LabRegistry.start(lab, "museum", "--kind", "chartmuseum", "--auth")
    func file(_ folder: String, password: String) -> String {
      """
      source: {intermediateBundlesPath: \(folder)}
      target:
        containerRegistry: \(registry.host)
        repo: {kind: CHARTMUSEUM, url: "\(museum.url)", auth: {username: admin, password: "\(password)"}}
      """
    }
    let password = try #require(museum.password)
    let folder = try await lab.bundleFolder("museum", size: "2M", images: 3)

    // The images are pushed, whatever becomes of the chart.
    let wrong = try await lab.sync(file(folder, password: "wrong-0123"), "-o", "json")
    try failure(wrong, "registry-auth-failed")
    let partly = try SyncDocument(wrong)
    #expect(partly.summary.pushed == 3 && partly.bundles.first?.chart?.status == "failed")

    let first = try await lab.sync(file(folder, password: password), "-o", "json")
    #expect(first.status == 0, "\(first.errors)")
    #expect(try SyncDocument(first).summary.present == 3)
    #expect(try SyncDocument(first).bundles.first?.chart?.status == "uploaded")

    // The same version with one image more is another chart; two of its images are where they were.
    let other = try await lab.bundleFolder(
      "museum-2", version: "0.20.0", size: "2M", images: 3, as: nil, "--seed", "1")
    let bundle = other + "/kpanda_0.20.0.bundle.tar"
    let edited = try await Lab.execute(
      "/bin/sh",
      [
        "-c",
        """
        cd "$1" && tar -xf "$2" && printf '\\n# changed\\n' >>original-chart/values.yaml &&
        tar -cf "$2" hints.yaml original-chart images.tar && rm -r hints.yaml original-chart images.tar
        """, "sh", other, bundle,
      ])
    #expect(edited.status == 0, "\(edited.errors)")
    let refused = try await lab.sync(file(other, password: password), "-o", "json")
    try failure(refused, "chart-conflict")
    #expect(try SyncDocument(refused).summary.failed == 1)
    let forced = try await lab.sync(file(other, password: password), "--overwrite", "-o", "json")
    #expect(forced.status == 0, "\(forced.errors)")
    #expect(try SyncDocument(forced).bundles.first?.chart?.status == "uploaded")
  }

  @Test func loginsComeFromDockersConfiguration() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "docker", "--auth")
    let folder = try await lab.bundleFolder("docker", size: "2M", images: 3)
    let docker = lab.work + "/docker-config"
    try FileManager.default.createDirectory(atPath: docker, withIntermediateDirectories: true)
    let text = """
      source: {intermediateBundlesPath: \(folder)}
      target:
        containerRegistry: \(registry.host)
        repo: {kind: LOCAL, path: \(lab.work)/c-docker}
      """
    let none = try await lab.sync(text)
    try failure(none, "registry-auth-failed")
    #expect(none.errors.contains("none is configured"))

    // A helper sees the host on its standard input, and no password in its environment.
    let helper = docker + "/docker-credential-lab"
    try """
    #!/bin/sh
    [ "$1" = get ] && ! env | grep -q _AUTH_PASSWORD || exit 1
    read -r host
    printf '{"ServerURL":"%s","Username":"admin","Secret":"%s"}' "$host" "$(cat \(registry.directory)/password)"
    """.write(toFile: helper, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: helper)
    try #"{"credHelpers":{"\#(registry.host)":"lab"}}"#
      .write(toFile: docker + "/config.json", atomically: true, encoding: .utf8)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let outcome = try await lab.sync(
      text,
      environment: ["DOCKER_CONFIG": docker, "PATH": "\(docker):\(path)", "SOURCE_REPO_AUTH_PASSWORD": "x"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func aRegistryThatFailsNowAndThenIsFilledAllTheSame() async throws {
    let lab = try Lab.current
    let harbor = try await LabRegistry.start(
      lab, "flaky", "--kind", "harbor", "--auth", "--project", "release.daocloud.io", "--flaky", "7")
    let folder = try await lab.bundleFolder("flaky", size: "8M", images: 6)
    let outcome = try await lab.sync(SyncTests.harborFile(harbor, folder), "-v", "-o", "json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("next attempt in"))
    let document = try SyncDocument(outcome)
    #expect(document.summary.pushed == 6 && document.bundles.first?.chart?.status == "uploaded")
    for image in document.images {
      let name = image.reference.drop { $0 != "/" }.dropFirst().split(separator: ":")
      let stored = try await Lab.execute(
        "/bin/sh",
        [
          "-c", #"ls "$1"/_manifests/revisions/sha256"#, "sh",
          harbor.directory + "/data/docker/registry/v2/repositories/\(name[0])",
        ])
      #expect(stored.output.contains(image.digest.dropFirst(7)), "\(image.reference): \(stored.errors)")
    }
  }

  @Test func aRegistryThatDiesHalfWayIsTakenUpAgain() async throws {
    let lab = try Lab.current
    let registry = try await LabRegistry.start(lab, "killed")
    let folder = try await lab.bundleFolder("killed", size: "200M", images: 8)
    let text = SyncTests.localFile(registry, folder, charts: lab.work + "/c-killed")
    let plan = try await lab.bundle("0.20.0", size: "200M", images: 8)
    let inspect = try await Lab.execute(Lab.gantry, ["bundle", "inspect", "-o", "json", plan])
    struct Report: Decodable { let bytes: Int64 }
    let total = try JSONDecoder().decode(Report.self, from: Data(inspect.output.utf8)).bytes

    async let running = lab.sync(text, "-o", "json")
    // Killed as soon as something has arrived, and back a moment later.
    for _ in 0..<200 where registry.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
    try await Task.sleep(for: .milliseconds(300))
    try await registry.verb("stop", "--kill")
    try await Task.sleep(for: .milliseconds(500))
    try await registry.verb("resume")
    let outcome = try await running
    #expect(outcome.status == 0, "\(outcome.errors)")
    let document = try SyncDocument(outcome)
    #expect(document.summary.failed == 0)
    #expect(document.summary.bytesSent * 10 <= total * 12, "\(document.summary.bytesSent) of \(total)")
    for image in document.images {
      let name = image.reference.drop { $0 != "/" }.dropFirst()
      #expect(try await registry.inspect(String(name))?.digest == image.digest)
    }
  }
}
