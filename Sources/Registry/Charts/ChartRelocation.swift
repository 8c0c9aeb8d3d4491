import Documents
import Images

/// A chart whose values name its images where they are in the target.
///
/// Comments, order and everything that is not hinted stay. Dependencies lose their repositories and the lock goes, since
/// nobody can reach those from where the chart is going; what they name is in `charts/`.
struct ChartRelocation: Sendable {
  private(set) var chart: ChartFolder
  private(set) var changes: [SyncResult.Change] = []
  private(set) var notes: [String] = []

  /// A place in a values file, and what it says now.
  private struct Place: Hashable {
    let file: String
    let key: [String]
    let value: String
  }

  /// Works out every change and makes it; throws `bad-chart` for hints that cannot be followed.
  ///
  /// - Parameter known: the names of the bundle's images; a hint that names none of them is noted.
  init(_ chart: ChartFolder, hints: [String], rules: RelocationRules, known: [ImageReference])
    throws(RegistryError)
  {
    self.chart = chart
    let values = try ValuesFiles(chart)
    let names = Set(known.map(\.name))
    var wanted: [Place: String] = [:]
    var order: [Place] = []
    for line in hints {
      let hint = try HintTemplate(line)
      var found: [[Place]] = []
      for key in hint.name {
        let places = values.places(of: key).map { Place(file: $0.file, key: $0.key, value: $0.value) }
        guard !places.isEmpty else {
          throw RegistryError(
            .badChart, "hints.yaml names .\(key.joined(separator: ".")), which the values do not have",
            hint: "the hints belong to another version of the chart, or the subchart is packed")
        }
        found.append(places)
      }
      var missing: String?
      let new = try hint.assignments(found.map { $0[0].value }) { original throws(RegistryError) in
        if names.contains(original.name) { return try rules.relocated(original) }
        // Where the registry is left to another value, the rest of the name tells the image.
        let alike = known.filter { $0.path == original.path }
        if Set(alike.map(\.registry)).count == 1, let first = alike.first {
          return try rules.relocated(first.withSuffix(of: original))
        }
        missing = original.name
        return try rules.relocated(original)
      }
      if let missing { notes.append("the chart names \(missing), which is not in the bundle") }
      for (index, assignment) in new.enumerated() {
        for place in found[index] {
          guard let other = wanted.updateValue(assignment.value, forKey: place) else {
            order.append(place)
            continue
          }
          guard other == assignment.value else {
            throw RegistryError(
              .badChart,
              ".\(place.key.joined(separator: ".")) would have to be \(other) for one image and \(assignment.value) for another",
              hint: "images that share a key need one registry: use containerRegistry or appendOriginRegistry"
            )
          }
        }
      }
    }
    for place in order where wanted[place] != place.value {
      try write(place, wanted[place] ?? "")
    }
    try dropRepositories()
    tellGlobalRegistry(values, hinted: Set(order.map(\.key)))
  }

  private mutating func write(_ place: Place, _ value: String) throws(RegistryError) {
    try chart.set(place.file, place.key, to: value)
    changes.append(
      SyncResult.Change(file: place.file, key: place.key.joined(separator: "."), from: place.value, to: value)
    )
  }

  /// Every chart that is there as a folder, at any depth.
  private mutating func dropRepositories() throws(RegistryError) {
    for path in chart.files.keys.sorted() {
      let file = path.split(separator: "/").last ?? ""
      if file == "Chart.lock" || file == "requirements.lock" { chart.remove(path) }
      guard file == "Chart.yaml" || file == "requirements.yaml", Self.isOfChart(path) else { continue }
      try chart.dropRepositories(path)
    }
  }

  /// `Chart.yaml` or `charts/NAME/…/Chart.yaml`: not a file of that name among templates or tests.
  private static func isOfChart(_ path: String) -> Bool {
    let folders = path.split(separator: "/").dropLast()
    return folders.count.isMultiple(of: 2)
      && folders.enumerated().allSatisfy { !$0.offset.isMultiple(of: 2) || $0.element == "charts" }
  }

  /// Most charts let one value override the registry of all images: unless it is hinted, it stays, and then wins.
  private mutating func tellGlobalRegistry(_ values: ValuesFiles, hinted: Set<[String]>) {
    let key = ["global", "imageRegistry"]
    guard let place = values.places(of: key).first, !place.value.isEmpty, !hinted.contains(key) else {
      return
    }
    notes.append(
      "global.imageRegistry is \(place.value) in the chart and is not hinted: set it when you install or upgrade"
    )
  }
}

extension ImageReference {
  /// This name, with tag and digest of another.
  fileprivate func withSuffix(of other: ImageReference) -> ImageReference {
    let suffix = (other.tag.map { ":" + $0 } ?? "") + (other.digest.map { "@\($0)" } ?? "")
    return (try? ImageReference(name + suffix)) ?? self
  }
}
