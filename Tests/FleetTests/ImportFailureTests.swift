import Testing

@testable import Fleet

/// What is made of a daemon's word about an import; the texts are those of real daemons.
@Suite struct ImportFailureTests {
  static func runtime(_ kind: Runtime.Kind, _ store: String) -> Runtime {
    Runtime(
      kind: kind, version: "1", socket: "/run/x.sock", namespace: "k8s.io",
      store: .init(rawValue: store) ?? .containerd)
  }

  static let docker28 = """
    Loaded image: release.daocloud.io/zeta/zeta-apiserver:v1.0.0
    Error unpacking image release.daocloud.io/zeta/zeta-apiserver:v1.0.0: apply layer error for \
    "release.daocloud.io/zeta/zeta-apiserver:v1.0.0": failed to extract layer sha256:87d6476b2bc9: NotFound: failed \
    to get reader from content store: content digest sha256:2221ad79d80c: not found

    """

  @Test func docker28HidesThatAnImageIsNotUnpacked() {
    let output = CommandOutput(status: 0, standardOutput: Array(Self.docker28.utf8))
    let docker = Self.runtime(.docker, "docker-containerd")
    #expect(output.succeeded)
    #expect(ImportFailure.isHidden(in: output, runtime: docker))
    let failure = ImportFailure.classify(output, runtime: docker, what: "load images with docker")
    #expect(failure.code == .importRefused)
    #expect(failure.message.contains("exit 0: Error unpacking image release.daocloud.io/zeta"))
  }

  @Test func anImageThatIsNamedAsTheErrorIsNone() {
    let said = "Loaded image: example.com/x:Error unpacking image\n"
    let output = CommandOutput(status: 0, standardOutput: Array(said.utf8))
    #expect(!ImportFailure.isHidden(in: output, runtime: Self.runtime(.docker, "docker-containerd")))
    let graph = CommandOutput(status: 0, standardOutput: Array(Self.docker28.utf8))
    #expect(!ImportFailure.isHidden(in: graph, runtime: Self.runtime(.docker, "docker-graph")))
  }

  /// containerd 1.6.20 and Docker 20.10.24, restarted and killed in the middle.
  @Test(arguments: [
    (
      "containerd",
      "ctr: failed to ingest \"884c.tar.gz\": failed to copy: failed to send write: EOF: unknown\n"
    ),
    (
      "docker",
      "error during connect: Post \"http://%2Fvar%2Frun%2Fdocker.sock/v1.41/images/load?quiet=1\": "
        + "write unix @->/var/run/docker.sock: use of closed network connection\n"
    ),
  ])
  func aDaemonThatEndsWhileItReceivesIsDown(kind: String, said: String) {
    let output = CommandOutput(status: 1, standardError: Array(said.utf8))
    let runtime = Self.runtime(kind == "docker" ? .docker : .containerd, "containerd")
    // Not refused: the whole archive would not help.
    #expect(ImportFailure.classify(output, runtime: runtime, what: "load").code == .runtimeDown)
  }

  @Test func aFullDiskIsToldWhileUnpackingToo() {
    let said = "Loaded image: x:1\nError unpacking image x:1: write /var/lib: no space left on device\n"
    let output = CommandOutput(status: 0, standardOutput: Array(said.utf8))
    let docker = Self.runtime(.docker, "docker-containerd")
    #expect(ImportFailure.classify(output, runtime: docker, what: "load").code == .diskFull)
  }

  /// A layer that a partial archive lacks, in the words of ctr 1.6 to 2.1 and Docker 26.
  @Test(arguments: [
    "ctr: failed to extract layer sha256:87d6: failed to get reader from content store: content digest: not found",
    #"ctr: failed to extract layer (sha256:2221) to overlayfs as "extract-8": content digest sha256:22: not found"#,
    "failed to unpack loaded image: failed to extract layer sha256:87d6: content digest sha256:22: not found",
  ])
  func aMissingLayerIsARefusal(said: String) {
    let output = CommandOutput(status: 1, standardError: Array(said.utf8))
    let failure = ImportFailure.classify(
      output, runtime: Self.runtime(.containerd, "containerd"), what: "load")
    #expect(failure.code == .importRefused)
  }
}
