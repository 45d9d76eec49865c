import Experiments
import Imaging
import TestSupport
import Testing

/// Runs that end before their time and go on, in processes of their own.
@Suite("Going on with a run")
final class ResumeCommandTests {
  private let temporary: TemporaryFolder
  private var directory: String { temporary.path + "/runs" }
  private var output: String { temporary.path + "/output" }
  private static let script = Fixture.root + "/Tests/Scripts/stop.lua"

  init() throws { temporary = try TemporaryFolder() }

  deinit { try? Folder.remove(temporary.path + "/runs") }

  private var text: String {
    String(decoding: (try? FileBytes.read(output)) ?? [], as: UTF8.self)
  }

  private var store: RunStore { get throws { try RunStore(existing: directory) } }

  private func theta(_ how: String) throws -> [UInt8] {
    try FileBytes.read(temporary.path + "/\(how).safetensors")
  }

  /// Runs the script; `words` come behind its file of parameters.
  private func run(
    _ how: String, _ words: [String] = [], options: [String] = [], script: String? = nil,
    limits: String? = nil, status: Int32 = 0
  ) throws {
    let file = temporary.path + "/\(how).safetensors"
    let ended = try Program.run(
      ["--trusted", "--log", "none"] + options + [script ?? Self.script, how, directory, file]
        + words,
      output: output, limits: limits)
    #expect(ended == status, "\(how): \(text)")
  }

  /// Whether the run came to its end with the numbers of the uninterrupted one.
  private func expectSame(_ how: String) throws {
    let store = try store
    let (whole, run) = (try store.run(matching: "none"), try store.run(matching: how))
    #expect(run.outcome == RunSession.completed)
    #expect(try theta(how) == theta("none"))
    #expect(try RunReplay(whole, in: store, with: run, in: store).difference == nil)
  }

  @Test(
    "A run that was stopped goes on, bit for bit",
    arguments: [
      (how: "TERM", status: 143, outcome: "terminated", first: 5),
      (how: "INT", status: 130, outcome: "interrupted", first: 5),
      (how: "error", status: 1, outcome: "error: ", first: 5),
      (how: "KILL", status: -9, outcome: "", first: 0),
    ] as [(how: String, status: Int32, outcome: String, first: Int)])
  func goesOn(_ end: (how: String, status: Int32, outcome: String, first: Int)) throws {
    try run("none")
    try run(end.how, status: end.status)
    let stopped = try store.run(matching: end.how)
    #expect((stopped.outcome ?? "").hasPrefix(end.outcome))
    if end.outcome.isEmpty { #expect(try store.status(of: stopped) == .lost) }
    try run(end.how, options: ["--resume"])
    #expect(text.hasPrefix("step \(end.first)\n"))
    try expectSame(end.how)
    #expect(try store.runs().count == 2)
  }

  @Test("'runs resume' goes on with the recorded script and arguments")
  func resumesById() throws {
    try run("none")
    try run("INT", status: 130)
    let id = try store.run(matching: "INT").id
    let words = ["runs", "resume", id, "--directory", directory]
    #expect(try Program.run(words, output: output) == 1)
    #expect(text.contains("was made with --trusted"))
    #expect(try Program.run(words + ["--trusted"], output: output) == 0, "\(text)")
    try expectSame("INT")
    #expect(try Program.run(words + ["--trusted"], output: output) == 1)
    #expect(text.contains("the run \(id) is completed"))
  }

  @Test("A checkpoint that the script asks for is where the run goes on")
  func goesOnFromACheckpointByHand() throws {
    let script = Fixture.root + "/Tests/Scripts/checkpoint.lua"
    let words = ["--trusted", "--log", "none"]
    #expect(try Program.run(words + [script, directory], output: output) == -9, "\(text)")
    #expect(try Program.run(words + ["--resume", script, directory], output: output) == 0)
    #expect(text == "step 3\nstep 4\nstep 5\nstep 6\n")
  }

  @Test("What cannot go on says why")
  func refuses() throws {
    let copy = temporary.path + "/copy.lua"
    let source = try FileBytes.read(Self.script)
    overwrite(copy, source)
    try run("KILL", options: ["--resume"], script: copy, status: 1)
    #expect(text.contains("there is no record of runs"))
    try run("KILL", script: copy, status: -9)
    let id = try store.run(matching: "KILL").id
    try run("KILL", ["32"], options: ["--resume"], script: copy, status: 1)
    #expect(text.contains("the run \(id) had other arguments"))
    overwrite(copy, source + Array("-- changed".utf8))
    try run("KILL", options: ["--resume"], script: copy, status: 1)
    #expect(text.contains("the script has changed since the run \(id)"))
    try run("KILL", ["32"], options: ["--resume"], status: 1)
    #expect(text.contains("no run of \(Self.script) is on record"))
    overwrite(copy, source)
    try run("KILL", options: ["--resume"], script: copy)
    try run("KILL", options: ["--resume"], script: copy, status: 1)
    #expect(text.contains("the last run of this script, \(id), is completed"))
  }

  @Test("A damaged checkpoint gives way to the one before; without any the run does not go on")
  func damage() throws {
    try run("none", ["24", "1"])
    try run("TERM", ["24", "1"], status: 143)
    let folder = directory + "/" + (try store.run(matching: "TERM").folder) + "/checkpoints/1"
    let names = try Folder.names(in: folder).sorted()
    #expect(names == ["000004.checkpoint", "000005.checkpoint", "000006.checkpoint"])
    overwrite(folder + "/000006.checkpoint", [UInt8](repeating: 7, count: 1000))
    overwrite(folder + "/.bilevel-1-1.part", [1, 2, 3])
    try run("TERM", ["24", "1"], options: ["--resume"])
    #expect(text.contains("000006.checkpoint: is damaged"))
    #expect(text.contains("step 4\n") && !text.contains("step 3\n"))
    try expectSame("TERM")
    #expect(try !Folder.names(in: folder).contains(".bilevel-1-1.part"))

    try run("INT", ["24", "1"], status: 130)
    let other = directory + "/" + (try store.run(matching: "INT").folder) + "/checkpoints/1"
    for name in try Folder.names(in: other) { overwrite(other + "/" + name, [1]) }
    try run("INT", ["24", "1"], options: ["--resume"], status: 1)
    #expect(text.contains("holds no checkpoint that can be read"))
  }

  @Test("A full disk costs the checkpoints, not the run")
  func fullDisk() throws {
    try run("none", ["96", "1"])
    let whole = try theta("none")
    // 512 KiB suffice for everything but a checkpoint.
    try run("none", ["96", "1"], limits: "ulimit -f 1024")
    #expect(text.contains("no checkpoint was written"))
    #expect(text.contains("cannot write: File too large"))
    #expect(try theta("none") == whole)
    let folder = directory + "/" + (try store.run(matching: "last").folder)
    #expect((try? Folder.names(in: folder + "/checkpoints/1")) ?? [] == [])
  }
}
