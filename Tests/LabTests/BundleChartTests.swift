import Foundation
import Testing

/// The charts that make-bundle makes: the real helm takes each of them, and it asks for exactly the images beside it.
@Suite struct BundleChartTests {
  private static let script = """
    set -e
    root=$1 work=$2 name=$3 version=$4
    helm=$root/.lab/tools/helm
    [ -x "$helm" ] || helm=helm
    export HOME="$work"
    "$root/lab/make-bundle" --name "$name" --version "$version" --images 14 --size 512K -o "$work" >"$work/made"
    tar -xf "$work/${name}_$version.bundle.tar" -C "$work"
    "$helm" lint "$work/original-chart" >"$work/lint" 2>&1 || { cat "$work/lint" >&2; exit 1; }
    "$helm" template r "$work/original-chart" --include-crds >"$work/rendered"
    sed -n 's/^ *image: //p' "$work/rendered" | sort -u >"$work/asked"
    tar -xOf "$work/images.tar" manifest.json | grep -o '"RepoTags":\\["[^"]*"' | cut -d'"' -f4 | sort >"$work/there"
    test -s "$work/asked"
    diff "$work/asked" "$work/there" >&2
    grep -c '^kind: CustomResourceDefinition' "$work/rendered" || true
    """

  @Test(
    arguments: [
      ("kpanda", "0.20.0", 2), ("kpanda", "0.25.1", 2), ("kpanda", "0.30.0", 2), ("ghippo", "0.11.0", 2),
      ("ghippo", "0.16.0", 2), ("insight", "0.30.0", 0), ("insight-agent", "0.30.0", 0),
      ("mcamel-redis", "0.20.0", 2),
      ("amamba", "0.30.0", 0), ("mspider", "0.30.0", 2), ("kangaroo", "0.10.0", 2), ("kcoral", "0.10.0", 0),
    ] as [(String, String, Int)])
  func helmTakesTheChart(_ name: String, _ version: String, _ definitions: Int) async throws {
    let work = FileManager.default.temporaryDirectory.appending(path: "gantry-chart-\(UUID().uuidString)")
      .path
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: work) }
    let outcome = try await Lab.execute("/bin/sh", ["-c", Self.script, "sh", Lab.root, work, name, version])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.trimmingCharacters(in: .newlines) == "\(definitions)")
  }
}
