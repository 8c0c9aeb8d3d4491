// swift-tools-version: 6.2
import PackageDescription

// Arrows between modules point one way; Tests/HouseTests holds them to the list below.
//
//   gantry → GantryCommands → {Terminal, Runs, SSH, Registry} → Fleet → Playbooks → {Helm, Inventory} → Documents; Helm → Images
//   Fleet → Containerd → Images

let settings: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let playbooks = [
  "amamba", "dce5-web-upgrade-prerequisite", "dowl", "ghippo", "insight", "kairship", "kangaroo", "kcoral",
  "kpanda", "mcamel", "mspider", "skoala", "virtnest",
]

let package = Package(
  name: "gantry",
  products: [.executable(name: "gantry", targets: ["gantry"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.36.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
    .systemLibrary(name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),

    .target(name: "CKeyStream", linkerSettings: [.linkedLibrary("crypto")]),

    .target(name: "Documents", dependencies: ["Yams"], swiftSettings: settings),
    .target(name: "Inventory", dependencies: ["Documents"], swiftSettings: settings),
    .target(
      name: "Images",
      dependencies: ["CLibArchive", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: settings),
    .target(
      name: "Containerd",
      dependencies: [
        "Images", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
      ],
      swiftSettings: settings),
    .target(name: "Helm", dependencies: ["Documents", "Images", "Yams"], swiftSettings: settings),
    // Inside the executable, so that it is all that a bastion needs.
    .target(
      name: "BuiltInPlaybooks", path: "playbooks", exclude: ["README.md"],
      resources: playbooks.map { .embedInCode("\($0).yaml") }, swiftSettings: settings),
    .target(
      name: "Playbooks", dependencies: ["BuiltInPlaybooks", "Documents", "Helm", "Inventory"],
      swiftSettings: settings),
    .target(
      name: "Fleet",
      dependencies: [
        "Containerd", "Documents", "Helm", "Images", "Inventory", "Playbooks",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: settings),
    .target(
      name: "SSH",
      dependencies: [
        "CKeyStream", "CLibSSH2", "Fleet", "Inventory",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "_CryptoExtras", package: "swift-crypto"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
      ],
      swiftSettings: settings),
    .target(
      name: "Runs",
      dependencies: ["Fleet", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: settings),
    .target(
      name: "Registry",
      dependencies: [
        "Documents", "Fleet", "Helm", "Images", "Inventory",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(name: "Terminal", dependencies: ["Fleet"], swiftSettings: settings),
    .target(
      name: "GantryCommands",
      dependencies: [
        "Documents", "Fleet", "Helm", "Images", "Inventory", "Playbooks", "Registry", "Runs", "SSH",
        "Terminal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: settings),
    .executableTarget(name: "gantry", dependencies: ["GantryCommands"], swiftSettings: settings),

    .testTarget(name: "HouseTests", swiftSettings: settings),
    .testTarget(
      name: "InventoryTests", dependencies: ["Documents", "Inventory"],
      resources: [.copy("Fixtures"), .copy("oracle.py")], swiftSettings: settings),
    .testTarget(
      name: "ContainerdTests",
      dependencies: [
        "Containerd", "Images", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
      ],
      swiftSettings: settings),
    .testTarget(name: "ImagesTests", dependencies: ["Images", "CLibArchive"], swiftSettings: settings),
    .testTarget(
      name: "HelmTests", dependencies: ["Helm", "Documents", "Images", "Playbooks"], swiftSettings: settings),
    .testTarget(
      name: "PlaybooksTests",
      dependencies: ["BuiltInPlaybooks", "Documents", "Helm", "Inventory", "Playbooks"],
      resources: [.copy("schema_oracle.py")], swiftSettings: settings),
    .testTarget(
      name: "FleetTests", dependencies: ["Fleet", "Helm", "Inventory", "Images", "Playbooks"],
      swiftSettings: settings),
    .testTarget(
      name: "SSHTests",
      dependencies: [
        "CKeyStream", "SSH", "Fleet", "Inventory", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .testTarget(name: "RunsTests", dependencies: ["Runs", "Fleet"], swiftSettings: settings),
    .testTarget(
      name: "RegistryTests",
      dependencies: [
        "Documents", "Fleet", "Images", "Inventory", "Registry",
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: settings),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal", "Fleet"], swiftSettings: settings),
    .testTarget(
      name: "LabTests",
      dependencies: [
        "gantry", .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)

// The fuzzers are for fuzz/run alone: they need the compiler's sanitizer runtimes, and coverage in every module.
if let runtime = Context.environment["GANTRY_FUZZ"] {
  for target in package.targets where target.type == .regular {
    target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer"])]
  }
  package.targets.removeAll { $0.type == .test || $0.name == "gantry" || $0.name == "GantryCommands" }
  package.products = [.executable(name: "fuzzers", targets: ["fuzzers"])]
  package.targets.append(
    .executableTarget(
      name: "fuzzers", dependencies: ["Containerd", "Fleet", "Images", "Inventory", "Playbooks", "SSH"],
      path: "fuzz/Sources",
      linkerSettings: [.unsafeFlags([runtime, "-lstdc++"])]))
}
