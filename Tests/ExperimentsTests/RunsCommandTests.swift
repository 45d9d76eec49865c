import Experiments
import Imaging
import TestSupport
import Testing

/// Scripts and commands in processes of their own, on one folder of runs.
@Suite("The command 'runs'")
struct RunsCommandTests {
  private let temporary: TemporaryFolder
  private var directory: String { temporary.path + "/runs" }
  private var output: String { temporary.path + "/output" }
  private static let script = Fixture.root + "/Tests/Scripts/runs.lua"

  init() throws { temporary = try TemporaryFolder() }

  private func run(_ part: String, _ options: [String] = [], status: Int32 = 0) throws {
    let ended = try Program.run(
      options + [Self.script, directory, part], output: output)
    #expect(ended == status, "\(part): \(text)")
  }

  private func command(_ words: String..., status: Int32 = 0) throws -> String {
    let ended = try Program.run(["runs"] + words + ["--directory", directory], output: output)
    #expect(ended == status, "\(words): \(text)")
    return text
  }

  private var text: String {
    String(decoding: (try? FileBytes.read(output)) ?? [], as: UTF8.self)
  }

  @Test("A training is on record with everything it logged")
  func records() throws {
    try run("train")
    let store = try RunStore(existing: directory)
    let run = try store.run(matching: "train")
    #expect(run.outcome == "completed" && store.status(of: run) == .ended("completed"))
    #expect(run.arguments == [directory, "train"])
    #expect(Array(run.scriptText.utf8) == (try FileBytes.read(Self.script)))
    #expect(run.facts["seed"] == "5" && run.facts["note.seed"] == "7")
    #expect(run.facts["sigma"] == "0.1" && run.facts["noise"] == "none()")
    #expect(run.facts["optimizer"]?.hasPrefix("maid { ") == true)
    #expect(run.facts["regularizer"]?.hasPrefix("fields_of_experts { ") == true)
    #expect(run.facts["problem_fingerprint"]?.count == 16)
    let steps = try store.steps(of: run.id)
    #expect(steps.map(\.index) == Array(1...6))
    #expect(steps[4].values["k"] == .integer(4))
    for name in ["loss", "loss_bound", "eps", "seconds", "ledger.energies", "spent.gradients"] {
      #expect(steps[4].values[name] != nil, "\(name)")
    }
    #expect(steps[5].values["test.psnr"] == .number(30.25))
    #expect(steps[5].values["good"] == .integer(1) && steps[5].values["word"] == .text("fine"))
    let artefacts = try store.artefacts(of: run.id)
    #expect(
      artefacts.map(\.file).sorted() == [
        "images/noise-000006.png", "parameters/theta-000006.safetensors",
        "plots/odd_name_.._-000006.png",
      ])
    for artefact in artefacts {
      #expect(try !FileBytes.read(store.file(artefact, of: run)).isEmpty)
    }
  }

  @Test("minimize logs to a run, and every optimizer is on record")
  func minimizes() throws {
    try run("minimize")
    let facts = try RunStore(existing: directory).run(matching: "last").facts
    #expect(facts["optimizer"]?.hasPrefix("maid { ") == true)
    #expect(facts["optimizer_2"]?.hasPrefix("hoag { ") == true)
    #expect(facts["problem_fingerprint"] == facts["problem_fingerprint_2"])
  }

  @Test("A replay is the same bit for bit, or names the first value that is not")
  func replays() throws {
    try run("train")
    #expect(try command("replay", "train").contains("the same bit for bit: 6 lines, "))
    let runs = try RunStore(existing: directory).runs()
    #expect(runs.count == 2 && runs[1].facts["replay_of"] == runs[0].id)
    try run("unlike")
    let answer = try command("replay", "unlike", status: 3)
    #expect(answer.contains("different: line 3 (k = 3): 'clock' is "), "\(answer)")
    try run("fails", status: 1)
    #expect(try command("replay", "fails").contains("1 lines"))
  }

  @Test("What a trusted script could do is not given away by its record")
  func replaysInTheSameTrust() throws {
    try run("unlike", ["--trusted"])
    #expect(try command("replay", "last", status: 1).contains("add it if you trust the script"))
  }

  @Test("A run is finished however its script ends, and lost where it was killed")
  func outcomes() throws {
    try run("fails", status: 1)
    try run("leaves")
    try run("lost", ["--trusted"], status: -9)
    let store = try RunStore(existing: directory)
    let failed = try store.run(matching: "fails").outcome
    #expect(failed?.hasPrefix("error: ") == true && failed?.hasSuffix("on purpose") == true)
    #expect(try store.run(matching: "leaves").outcome == "left by os.exit")
    #expect(try store.steps(of: store.run(matching: "leaves").id).count == 1)
    let lost = try store.run(matching: "lost")
    #expect(lost.outcome == nil && store.status(of: lost) == .lost)
    #expect(try store.steps(of: lost.id).count == 200)
    #expect(try command("list").contains("lost"))
  }

  @Test("Where the disk is full the user is told at once, and no line is lost without a word")
  func limitedFiles() throws {
    // The limit is also that of the file of what the program says.
    let status = try Program.run(
      ["--log", "none", Self.script, directory, "large"], output: output, limits: "ulimit -f 4000")
    #expect(status == 1)
    #expect(text.contains("warning: ") && text.contains("is kept in memory and tried again"))
    let store = try RunStore(existing: directory)
    let run = try store.run(matching: "large")
    let written = try store.steps(of: run.id).count
    #expect(text.contains("\(20000 - written) lines of the log of the run \(run.id) are not in"))
    #expect(run.outcome == nil || run.outcome == "completed, log incomplete")
    guard text.contains("/unsaved.jsonl") else {
      #expect(text.contains("and are lost"))
      return
    }
    let rest = try FileBytes.read(store.folder(of: run) + "/unsaved.jsonl")
    #expect(rest.count { $0 == 10 } == 20000 - written)
  }

  @Test("Errors of scripts name the argument, and leave the run as it was")
  func misuse() throws { try run("misuse") }

  @Test("The commands tell of runs, and of what is wrong")
  func commands() throws {
    #expect(try command("list", status: 1).contains("there is no record of runs"))
    try run("train")
    try run("unlike")
    let list = try command("list")
    #expect(list.split(separator: "\n").count == 3 && list.contains("completed"))
    let shown = try command("show", "train")
    for word in ["sha256", "optimizer", "images/noise-000006.png", "test.psnr", "30.25"] {
      #expect(shown.contains(word), "\(word)")
    }
    let compared = try command("compare", "train", "unlike")
    #expect(compared.contains("arguments") && compared.contains("clock"), "\(compared)")
    #expect(try command("compare", "train", status: 64).contains("two runs or more"))
    #expect(try command("show", "nothing", status: 1).contains("no run is called 'nothing'"))
    let id = try RunStore(existing: directory).run(matching: "train").id
    #expect(try command("rm", "train", status: 1).contains("means the run \(id) now"))
    _ = try command("rm", id)
    #expect(try command("list").split(separator: "\n").count == 2)
  }

  @Test("Exports read back exactly")
  func exports() throws {
    try run("train")
    let store = try RunStore(existing: directory)
    let steps = try store.steps(of: store.run(matching: "last").id)
    let lines = try command("export", "last", "--jsonl").split(separator: "\n")
    for (line, step) in zip(lines, steps) {
      guard case .object(let members)? = JSONValue(parsing: String(line)) else {
        Issue.record("no JSON: \(line)")
        continue
      }
      #expect(members.count == step.values.count + 2)
      for (name, value) in members {
        if case .number(let number) = value, name != "line_seconds" {
          #expect(step.values[name] == .number(number), "\(name)")
        }
      }
    }
    let table = try command("export", "last", "--csv").split(separator: "\n")
    #expect(table.count == 7 && table[0].hasPrefix("line,line_seconds,accepted,bound,"))
    #expect(table[6].contains("0.3333333333333333"))
  }

  @Test("Four processes log to one database and lose nothing")
  func concurrency() async throws {
    let (directory, output) = (directory, output)
    try await withThrowingTaskGroup(of: Int32.self) { group in
      for writer in 1...4 {
        group.addTask {
          try Program.run(
            [Self.script, directory, "many", String(writer), "2"], output: output + String(writer))
        }
      }
      for try await status in group { #expect(status == 0) }
    }
    let store = try RunStore(existing: directory)
    for writer in 1...4 {
      let steps = try store.steps(of: store.run(matching: "many-\(writer)").id)
      let total = steps.last?.values["total"]
      #expect(total == .integer(steps.count - 1) && steps.count > 100)
      #expect(steps.dropLast().allSatisfy { $0.values["k"] == .integer($0.index) })
    }
  }
}
