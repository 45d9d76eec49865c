import Lua
import TestSupport
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

  @Test func theDefinitionsAreWhatTheDeclarationsSay() throws {
    let path = "Stdlib/definitions/bilevel.lua"
    let committed = ScriptFile.find(Self.root + path)?.text
    #expect(committed == Workbench.definitions(), "sh Scripts/run.sh --definitions > \(path)")
    // It is Lua: an editor reads it, and so can the interpreter.
    try Interpreter().run("function help() end " + Workbench.definitions(), name: "bilevel.lua")
  }

  @Test(arguments: [
    "checks.lua", "cli.lua", "derivative_free.lua", "energies.lua", "errors.lua",
    "hypergradients.lua", "learning.lua", "models.lua", "networks.lua", "operators.lua",
    "plots.lua", "pretty.lua", "schedules.lua", "table.lua", "terms.lua",
  ])
  func scriptPasses(_ name: String) throws {
    let script = try #require(ScriptFile.find(Self.root + "Tests/Scripts/" + name))
    let interpreter = try Interpreter()
    try Workbench.open(in: interpreter)
    try interpreter.runScript(script.text, chunkName: "@" + name, name: name, arguments: [])
  }

  @Test("Every optimizer goes on in a new process, with other threads, bit for bit")
  func resumesInAnotherProcess() throws {
    let folder = try TemporaryFolder()
    for part in ["first", "second"] {
      let status = try Program.run([Self.root + "Tests/Scripts/resume.lua", part, folder.path])
      #expect(status == 0, "\(part)")
    }
  }
}
