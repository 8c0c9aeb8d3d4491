import Images
import Testing

@testable import Registry

/// The table of the rewriting rules, row by row, and what is refused.
@Suite struct RelocationRulesTests {
  struct Row: Sendable {
    var registry = ""
    var repository = ""
    var prefixRegistry = ""
    var prefixRepository = ""
    var append = false
    var source = "release.daocloud.io/clusterpedia/apiserver:v1"
    let reference: String
    let chartRegistry: String
    let chartRepository: String

    var rules: RelocationRules {
      get throws {
        try RelocationRules(
          registry: registry, repository: repository, prefixRegistry: prefixRegistry,
          prefixRepository: prefixRepository, appendOriginRegistry: append)
      }
    }
  }

  static let rows = [
    Row(
      registry: "10.0.0.1", reference: "10.0.0.1/clusterpedia/apiserver:v1", chartRegistry: "10.0.0.1",
      chartRepository: "clusterpedia/apiserver"),
    Row(
      registry: "10.0.0.1", repository: "release.daocloud.io/kpanda",
      reference: "10.0.0.1/release.daocloud.io/kpanda/apiserver:v1", chartRegistry: "10.0.0.1",
      chartRepository: "release.daocloud.io/kpanda/apiserver"),
    Row(
      prefixRegistry: "10.0.0.1", reference: "10.0.0.1/release.daocloud.io/clusterpedia/apiserver:v1",
      chartRegistry: "10.0.0.1", chartRepository: "release.daocloud.io/clusterpedia/apiserver"),
    Row(
      prefixRegistry: "10.0.0.1", append: true,
      reference: "10.0.0.1/release.daocloud.io/clusterpedia/apiserver:v1",
      chartRegistry: "10.0.0.1/release.daocloud.io", chartRepository: "clusterpedia/apiserver"),
    Row(
      prefixRepository: "q", reference: "release.daocloud.io/q/clusterpedia/apiserver:v1",
      chartRegistry: "release.daocloud.io", chartRepository: "q/clusterpedia/apiserver"),
    Row(
      registry: "http://10.0.0.1:5000/", reference: "10.0.0.1:5000/clusterpedia/apiserver:v1",
      chartRegistry: "10.0.0.1:5000", chartRepository: "clusterpedia/apiserver"),
    Row(
      registry: "10.0.0.1/project", source: "busybox:1.36",
      reference: "10.0.0.1/project/library/busybox:1.36", chartRegistry: "10.0.0.1/project",
      chartRepository: "library/busybox"),
    Row(
      prefixRegistry: "r.example", source: "registry.k8s.io:443/pause",
      reference: "r.example/registry.k8s.io-443/pause", chartRegistry: "r.example",
      chartRepository: "registry.k8s.io-443/pause"),
  ]

  @Test(arguments: rows) func rewrites(row: Row) throws {
    let result = try row.rules.relocated(try ImageReference(row.source))
    #expect(result.reference.description == row.reference)
    #expect(result.registry == row.chartRegistry)
    #expect(result.repository == row.chartRepository)
  }

  static let refused = [
    Row(reference: "", chartRegistry: "", chartRepository: ""),
    Row(
      registry: "a.example", prefixRegistry: "b.example", reference: "", chartRegistry: "",
      chartRepository: ""),
    Row(repository: "p", prefixRegistry: "b.example", reference: "", chartRegistry: "", chartRepository: ""),
    Row(registry: "a.example", append: true, reference: "", chartRegistry: "", chartRepository: ""),
    Row(registry: "Not A Host", reference: "", chartRegistry: "", chartRepository: ""),
    Row(registry: "plainword", reference: "", chartRegistry: "", chartRepository: ""),
    Row(registry: "a.example", repository: "UPPER", reference: "", chartRegistry: "", chartRepository: ""),
  ]

  @Test(arguments: refused) func refusesContradictions(row: Row) {
    let error = #expect(throws: RegistryError.self) { _ = try row.rules }
    #expect(error?.code == .configValue)
  }
}
