import Lua
import Testing
import Workbench

@Suite struct ScriptTests {
  /// The package's root, from this file's place in it.
  private static let root = String(
    #filePath.dropLast("Tests/WorkbenchTests/ScriptTests.swift".count))

  @Test func theManualIsWhatTheDeclarationsSay() {
    let committed = ScriptFile.find(Self.root + "MANUAL.md")?.text
    #expect(committed == Workbench.manual(), "sh Scripts/run.sh --manual > MANUAL.md")
  }

  @Test(arguments: ["errors.lua", "learning.lua", "energies.lua"])
  func scriptPasses(_ name: String) throws {
    let script = try #require(ScriptFile.find(Self.root + "Tests/Scripts/" + name))
    let interpreter = try Interpreter()
    try Workbench.open(in: interpreter)
    try interpreter.runScript(script.text, chunkName: "@" + name, name: name, arguments: [])
  }
}
