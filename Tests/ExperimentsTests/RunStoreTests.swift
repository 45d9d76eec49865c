import Experiments
import Imaging
import Script
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite("The record of runs")
struct RunStoreTests {
  private let folder: TemporaryFolder
  private var directory: String { folder.path + "/runs" }

  init() throws { folder = try TemporaryFolder() }

  @Test("What was written reads back, the same bits, in another store")
  func readsBack() throws {
    let store = try RunStore(directory: directory)
    let run = sampleRun("a-1")
    try store.begin(run)
    let values: [String: RecordedValue] = [
      "integer": .integer(.min), "whole": .number(3), "tiny": .number(5e-324),
      "tenth": .number(0.1), "negative zero": .number(-0.0), "infinite": .number(-.infinity),
      "large": .number(.greatestFiniteMagnitude), "text": .text("é \" \\ \n\u{1}"),
      "ledger.energies": .integer(1),
    ]
    let steps = [StepRecord(index: 1, seconds: 0.1, values: values)] + sampleSteps(2...200)
    try store.append(steps, to: run.id)
    let artefact = ArtefactRecord(kind: "image", name: "x", file: "images/x.png", index: 7)
    try store.add(artefact, to: run.id)

    let other = try RunStore(existing: directory)
    #expect(try other.runs() == [run])
    #expect(try other.steps(of: run.id) == steps)
    #expect(try other.steps(of: run.id, after: 198).map(\.index) == [199, 200])
    #expect(try other.lastStep(of: run.id) == steps.last)
    #expect(try other.artefacts(of: run.id) == [artefact])
    #expect(try other.stepCounts() == [run.id: 200])
    guard case .number(let zero)? = try other.steps(of: run.id)[0].values["negative zero"] else {
      Issue.record("a number became something else")
      return
    }
    #expect(zero.sign == .minus)
  }

  @Test("NaN stays NaN")
  func keepsNaN() throws {
    let store = try RunStore(directory: directory)
    try store.begin(sampleRun("a"))
    try store.append([StepRecord(index: 1, seconds: 0, values: ["x": .number(.nan)])], to: "a")
    guard case .number(let number)? = try store.steps(of: "a")[0].values["x"] else {
      Issue.record("NaN became something else")
      return
    }
    #expect(number.isNaN)
  }

  @Test("A run is found by its id, a beginning of it, its last digits, or as the last one")
  func findsRuns() throws {
    let store = try RunStore(directory: directory)
    for (index, id) in ["foe-1-aaaa", "foe-2-bbbb", "tv-1-cccc", "tv"].enumerated() {
      try store.begin(sampleRun(id, started: Double(index)))
    }
    #expect(try store.run(matching: "foe-2").id == "foe-2-bbbb")
    #expect(try store.run(matching: "aaaa").id == "foe-1-aaaa")
    #expect(try store.run(matching: "tv").id == "tv")
    #expect(try store.run(matching: "last").id == "tv")
    expectError("'foe-' is the beginning of 2 runs: foe-1-aaaa, foe-2-bbbb") {
      try store.run(matching: "foe-")
    }
    expectError("no run is called 'x'; the newest are tv, tv-1-cccc") {
      try store.run(matching: "x")
    }
    expectError("no run is called ''") { try store.run(matching: "") }
  }

  @Test("A finished run can go on from an earlier line")
  func goesOn() throws {
    let store = try RunStore(directory: directory)
    try store.begin(sampleRun("a"))
    try store.append(sampleSteps(1...10), to: "a")
    for index in [4, 9] {
      try store.add(
        ArtefactRecord(kind: "image", name: "x", file: "x-\(index).png", index: index), to: "a")
    }
    try store.finish("a", "interrupted", at: 2e9)
    #expect(try store.run(matching: "a").outcome == "interrupted")
    #expect(try store.run(matching: "a").ended == 2e9)
    try store.truncate("a", after: 6)
    try store.reopen("a", process: 2, host: "there")
    let run = try store.run(matching: "a")
    #expect(run.outcome == nil && run.ended == nil && run.process == 2 && run.host == "there")
    #expect(try store.steps(of: "a").count == 6)
    #expect(try store.artefacts(of: "a").map(\.index) == [4])
    try store.append(sampleSteps(7...8), to: "a")
    #expect(try store.steps(of: "a") == sampleSteps(1...8))
  }

  @Test("A batch is written as a whole or not at all")
  func appendsWholeBatches() throws {
    let store = try RunStore(directory: directory)
    try store.begin(sampleRun("a"))
    try store.append(sampleSteps(1...3), to: "a")
    #expect(throws: FileError.self) {
      try store.append(sampleSteps(4...6) + sampleSteps(3...3), to: "a")
    }
    #expect(try store.steps(of: "a").count == 3)
    expectError("the run b is not on record") { try store.append(sampleSteps(1...1), to: "b") }
  }

  @Test("Removing a run takes its lines, files and folder, and follows no links")
  func removes() throws {
    let store = try RunStore(directory: directory)
    let run = sampleRun("a")
    try store.begin(run)
    try store.append(sampleSteps(1...3), to: "a")
    try AtomicFile.write([1], to: directory + "/a/images/x.png")
    try AtomicFile.write([2], to: directory + "/kept")
    symlink("../kept", directory + "/a/link")
    try store.remove(run)
    #expect(try store.runs().isEmpty && store.stepCounts().isEmpty)
    #expect(!Folder.exists(at: directory + "/a"))
    #expect(try FileBytes.read(directory + "/kept") == [2])
  }

  @Test("A record that points out of its directory is refused")
  func staysInside() throws {
    let store = try RunStore(directory: directory)
    for outside in ["", ".", "..", "../x", "x/y", "/tmp"] {
      var run = sampleRun("run\(outside.count)\(outside.hash)")
      run.folder = outside
      try store.begin(run)
      expectError("outside of the directory") { try store.folder(of: run) }
      expectError("outside of the directory") { try store.remove(run) }
    }
    for file in ["../x", "/x", "a/../../x", "a//b", ""] {
      let artefact = ArtefactRecord(kind: "image", name: "x", file: file, index: 0)
      expectError("outside of its folder") { try store.file(artefact, of: sampleRun("a")) }
    }
  }

  @Test("Several stores begin one database at once and lose nothing")
  func sharesOneDatabase() async throws {
    let directory = directory
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          let store = try RunStore(directory: directory)
          try store.begin(sampleRun("run-\(writer)"))
          for batch in 0..<25 {
            try store.append(sampleSteps(4 * batch + 1...4 * batch + 4), to: "run-\(writer)")
          }
        }
      }
      try await group.waitForAll()
    }
    let store = try RunStore(existing: directory)
    for writer in 0..<4 {
      #expect(try store.steps(of: "run-\(writer)") == sampleSteps(1...100))
    }
  }

  // MARK: What goes wrong

  @Test("A missing record is an error that says how to make or find one")
  func missing() throws {
    expectError("there is no record of runs; bl.run { directory = … } makes one") {
      try RunStore(existing: directory)
    }
  }

  @Test("A damaged database is a clear error")
  func damaged() throws {
    try AtomicFile.write(Array(repeating: 7, count: 8192), to: directory + "/" + RunStore.fileName)
    expectError("runs.sqlite: the database is damaged") { try RunStore(directory: directory) }
    expectError("runs.sqlite: the database is damaged") { try RunStore(existing: directory) }
  }

  @Test("A database damaged in the middle is a clear error")
  func damagedInside() throws {
    do {
      let store = try RunStore(directory: directory)
      try store.begin(sampleRun("a"))
      try store.append(sampleSteps(1...2000), to: "a")
    }
    let path = directory + "/" + RunStore.fileName
    var bytes = try FileBytes.read(path)
    for index in 4096..<bytes.count { bytes[index] = 0xA5 }
    try AtomicFile.write(bytes, to: path)
    for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
    expectError("the database is damaged") { try RunStore(existing: directory).steps(of: "a") }
  }

  @Test("The tables of a later version are refused")
  func later() throws {
    var bytes: [UInt8]
    let path = directory + "/" + RunStore.fileName
    do { _ = try RunStore(directory: directory) }
    bytes = try FileBytes.read(path)
    bytes[63] = 99  // user_version, bytes 60 to 63 of the header
    try AtomicFile.write(bytes, to: path)
    for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
    expectError("was written by a later version of the program (tables of version 99)") {
      try RunStore(directory: directory)
    }
  }
}

/// Expects an error whose text contains the words.
func expectError<Result>(
  _ words: String, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Result
) {
  do {
    _ = try body()
    Issue.record("no error, expected: \(words)", sourceLocation: location)
  } catch {
    #expect("\(error)".contains(words), sourceLocation: location)
  }
}
