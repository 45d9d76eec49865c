// swift-tools-version: 6.2
import PackageDescription

// MARK: Instruction-set variants

/// The kernel sources are compiled once per instruction set, each a target of its own over the
/// same files (symbolic links into `Sources/KernelSources`), chosen once at start by what the
/// processor has. Only x86-64 needs more than the baseline.
#if arch(x86_64)
  let variants: [(name: String, flags: [String])] = [
    ("KernelsBaseline", []),
    ("KernelsX86V3", ["-Xcc", "-march=x86-64-v3", "-Xcc", "-fno-math-errno"]),
    (
      "KernelsX86V4",
      [
        "-Xcc", "-march=x86-64-v4", "-Xcc", "-mprefer-vector-width=512", "-Xcc", "-fno-math-errno",
      ]
    ),
  ]
#else
  let variants: [(name: String, flags: [String])] = [("KernelsBaseline", [])]
#endif

func variant(_ name: String, _ flags: [String]) -> Target {
  var settings: [SwiftSetting] = [
    .unsafeFlags(["-Ounchecked"], .when(configuration: .release)), .unsafeFlags(flags),
  ]
  if name == "KernelsX86V3" { settings += [.define("FUSED"), .define("LANES256")] }
  if name == "KernelsX86V4" { settings += [.define("FUSED"), .define("LANES512")] }
  return .target(
    name: name, dependencies: ["CVectors", "KernelInterface"], swiftSettings: settings)
}

let package = Package(
  name: "bilevel-lua",
  platforms: [.macOS("26.0")],
  products: [
    .executable(name: "bilevel-lua", targets: ["bilevel-lua"]),
    .library(name: "Bilevel", targets: ["Bilevel", "Imaging", "Tensors", "Kernels", "Script"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    // MARK: System libraries
    .systemLibrary(
      name: "CLua54", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"]), .brew(["lua"])]),
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg",
      providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "CMinizip", pkgConfig: "minizip",
      providers: [.apt(["libminizip-dev"]), .brew(["minizip"])]),
    .systemLibrary(
      name: "CEdit", pkgConfig: "libedit",
      providers: [.apt(["libedit-dev"]), .brew(["libedit"])]),

    // MARK: C
    .target(name: "CPlatform"),
    .target(name: "CVectors"),
    .target(name: "CImageFiles", dependencies: ["CPNG"]),
    .target(name: "CShippedScripts"),
    .target(name: "CReportPage", exclude: ["page"]),
    .target(name: "CLua", dependencies: ["CLua54", "CPlatform"]),
    .target(name: "CLineEditor", dependencies: ["CEdit", "CPlatform"]),

    // MARK: Kernels by instruction set
    .target(name: "KernelInterface"),
  ] + variants.map { variant($0.name, $0.flags) } + [
    // MARK: The rooms, lowest first
    .target(
      name: "Kernels",
      dependencies: ["CPlatform", "KernelInterface"] + variants.map { .target(name: $0.name) },
      swiftSettings: [.unsafeFlags(["-Ounchecked"], .when(configuration: .release))]),
    .target(name: "Script", dependencies: ["CPlatform"]),
    .target(name: "Tensors", dependencies: ["Kernels", "Script"]),
    .target(
      name: "Imaging",
      dependencies: ["Tensors", "Kernels", "Script", "CImageFiles", "CTurboJPEG", "CMinizip"]),
    .target(
      name: "Bilevel", dependencies: ["Imaging", "Tensors", "Kernels", "Script", "CPlatform"]),
    .target(
      name: "Experiments",
      dependencies: [
        "Bilevel", "Imaging", "Tensors", "Script", "CPlatform", "CReportPage",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ]),
    .target(
      name: "Lua", dependencies: ["CLua", "CLua54", "CPlatform", "Script"],
      swiftSettings: [.swiftLanguageMode(.v5)]),
    .target(
      name: "Workbench",
      dependencies: [
        "Lua", "CShippedScripts", "Experiments", "Bilevel", "Imaging", "Tensors", "Script",
      ]),
    .executableTarget(
      name: "bilevel-lua",
      dependencies: [
        "Workbench", "Experiments", "Lua", "CLua", "CLineEditor", "CPlatform", "Script",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.swiftLanguageMode(.v5)]),
    .executableTarget(
      name: "bilevel-bench",
      dependencies: ["Bilevel", "Imaging", "Tensors", "Kernels", "CPlatform"]),

    // MARK: Tests
    .target(
      name: "TestSupport", dependencies: ["Bilevel", "Imaging", "Tensors", "Script"],
      path: "Tests/TestSupport"),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels"]),
    .testTarget(name: "ScriptTests", dependencies: ["Script"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "ImagingTests", dependencies: ["Imaging", "TestSupport"]),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(
      name: "BilevelTests", dependencies: ["Bilevel", "TestSupport", "CAllocationCounter"]),
    .testTarget(
      name: "LuaTests", dependencies: ["Lua", "CLua", "CPlatform", "Script"],
      swiftSettings: [.swiftLanguageMode(.v5)]),
    .testTarget(name: "ExperimentsTests", dependencies: ["Experiments", "TestSupport"]),
    .testTarget(name: "WorkbenchTests", dependencies: ["Workbench", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
