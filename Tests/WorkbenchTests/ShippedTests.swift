import Testing
import Workbench

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ShippedTests {
  /// The package's root, from this file's place in it.
  private static let root = String(
    #filePath.dropLast("Tests/WorkbenchTests/ShippedTests.swift".count))

  private static func files(in folder: String) -> [String] {
    guard let stream = opendir(root + folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".lua") { names.append(folder + "/" + name) }
    }
    return names
  }

  @Test func everyScriptIsInsideOfTheProgram() {
    let present =
      ShippedTests.files(in: "Stdlib/bilevel") + ShippedTests.files(in: "Scripts")
      + ["Stdlib/tutorial.md"]
    #expect(present.sorted() == Shipped.embeddedPaths.sorted(), "shipped.c and the folders differ")
  }

  @Test func scriptsAreFoundByName() {
    for path in Shipped.embeddedPaths where path.hasPrefix("Scripts/") {
      let file = String(path.dropFirst("Scripts/".count))
      let bare = String(file.dropLast(".lua".count))
      for name in [file, bare, "scripts/" + file] {
        #expect(ScriptFile.find(name)?.text == Shipped.text(at: path), "\(name)")
      }
    }
    #expect(ScriptFile.find("no/such/script.lua") == nil)
    #expect(ScriptFile.find("") == nil)
    #expect(ScriptFile.find("/") == nil)
  }
}
