import Documents
import Images

/// Which images a chart names, by the templates that it brings in `.relok8s-images.yaml` (relok8s, "Image hints file").
struct ChartHints: Sendable {
  /// The templates, as they become a bundle's `hints.yaml`.
  let templates: [String]
  /// The images that they give with the chart's own values.
  let references: [ImageReference]

  static let path = ".relok8s-images.yaml"

  /// Throws `no-hints` where the chart has no such file, and `bad-chart`.
  init(_ chart: ChartFolder) throws(RegistryError) {
    guard let document = try chart.document(Self.path) else {
      throw RegistryError(
        .noHints,
        "the chart \(chart.name) \(chart.version) has no \(Self.path): nobody says which images it names",
        hint: "with skipImages the chart alone is taken")
    }
    templates = document.items.compactMap(\.scalarText)
    let values = try ValuesFiles(chart)
    var references: [ImageReference] = []
    for template in templates {
      let text = try Self.evaluate(template, values, chart)
      do throws(ImageError) {
        let reference = try ImageReference(text).orLatest
        if !references.contains(reference) { references.append(reference) }
      } catch {
        throw RegistryError(.badChart, "\(MessageText.shown(template)) gives no image: \(error.message)")
      }
    }
    self.references = references
  }

  /// The template with the values in it. An empty tag is the chart's version of what it installs, as charts have it.
  private static func evaluate(
    _ template: String, _ values: ValuesFiles, _ chart: ChartFolder
  ) throws(RegistryError) -> String {
    _ = try HintTemplate(template)
    var result = ""
    var rest = template[...]
    while let start = rest.firstRange(of: "{{") {
      result += rest[..<start.lowerBound]
      guard let end = rest[start.upperBound...].firstRange(of: "}}") else { break }
      let key = rest[start.upperBound..<end.lowerBound].filter { $0 != " " && $0 != "\t" }
        .split(separator: ".").map(String.init)
      guard let place = values.places(of: key).first else {
        throw RegistryError(
          .badChart, "\(path) names .\(key.joined(separator: ".")), which the values do not have")
      }
      let isTag = result.last == ":"
      result += place.value.isEmpty && isTag ? chart.appVersion ?? chart.version : place.value
      rest = rest[end.upperBound...]
    }
    return result + rest
  }
}
