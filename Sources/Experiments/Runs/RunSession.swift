import Bilevel
import CPlatform
import Imaging
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A run that is being recorded: what a script holds as `run`.
///
/// It belongs to the thread of the script. The program finishes what the script did not.
public final class RunSession {
  /// What a script says of a run.
  public struct Options {
    /// What the run is called; the script's name when nil.
    public var name: String?
    /// The folder of the record.
    public var directory = "runs"
    /// What else the numbers depend on.
    public var notes: [String: String] = [:]
    /// When checkpoints are written.
    public var checkpoints = CheckpointSchedule()
    /// Whether to go on with the newest run of the same script and arguments that is not completed.
    public var resumes = false

    /// A run in `runs` that is called as the script.
    public init() {}
  }

  /// What is on record of it, but the facts that its end adds.
  public private(set) var record: RunRecord
  /// Where the record is.
  public let store: RunStore
  /// The position of the last line of the log; 0 where there is none.
  public internal(set) var position = 0
  /// Lines that are on record from before: a run that goes on does not write them again.
  private let keptLines: Int
  /// The path of the folder of its files.
  public let folder: String
  private let writer: RunWriter
  /// Held while the run goes on.
  private var lock: RunLock?
  /// What `platform_seconds` would have said at the start.
  private let origin: Double
  /// The runs of optimizers that were logged.
  private var sources: [StepSource] = []
  /// What shows the lines while they come.
  private var progress: ProgressReporter
  /// The last step of an optimizer that was logged.
  private var lastStep: (source: StepSource, iteration: Int)?
  private let checkpointSchedule: CheckpointSchedule
  /// The checkpoints of its optimizers, while it goes on.
  private(set) lazy var checkpoints = RunCheckpoints(
    in: folder + Self.checkpointFolder, checkpointSchedule, log: self
  ) { [id] in Warning.show("\($0) (the run \(id))") }

  /// Whether lines and files can be added.
  public var isOpen: Bool { record.outcome == nil }
  /// The run's own name among all runs.
  public var id: String { record.id }

  /// Begins a run: makes its folder and puts it on record.
  public init(_ options: Options) throws {
    let store = try RunStore(directory: options.directory)
    let invocation = Invocation.current
    let name = options.name ?? Self.name(of: invocation.script)
    let started = Clock.now
    let id = try Self.makeFolder(for: name, started, in: store.directory)
    record = RunRecord(
      id: id, name: name, script: invocation.script, scriptText: invocation.text,
      scriptHash: SHA256.hexadecimal(of: invocation.text.utf8), arguments: invocation.arguments,
      facts: RunFacts.merging(options.notes, into: RunFacts.atStart(invocation)), started: started,
      ended: nil, outcome: nil, process: Int(getpid()), host: Machine.host, folder: id)
    folder = try store.folder(of: record)
    lock = try Self.lock(folder, of: id)
    self.store = store
    checkpointSchedule = options.checkpoints
    keptLines = 0
    origin = platform_seconds()
    writer = RunWriter(store, id)
    progress = ProgressReporter(plan: ProgressPlan(name: name))
    record.facts["order"] = String(RunSessions.count + 1)
    do {
      try AtomicFile.write(Array(invocation.text.utf8), to: folder + "/script.lua")
      try store.begin(record)
    } catch {
      try? Folder.remove(folder)
      throw error
    }
    RunSessions.add(self)
  }

  /// Goes on with a run whose process is gone or has finished it: the script runs from its beginning, but
  /// lines that are on record are not written again, and optimizers go on from their checkpoints.
  ///
  /// What was logged after the last checkpoint is forgotten.
  public init(
    resuming run: RunRecord, in store: RunStore,
    checkpoints: CheckpointSchedule = CheckpointSchedule()
  ) throws {
    folder = try store.folder(of: run)
    lock = try Self.lock(folder, of: run.id)
    keptLines = try RunCheckpoints.keptLines(in: folder + Self.checkpointFolder)
    try store.truncate(run.id, after: keptLines)
    try store.reopen(run.id, process: Int(getpid()), host: Machine.host)
    record = run
    (record.ended, record.outcome) = (nil, nil)
    self.store = store
    checkpointSchedule = checkpoints
    origin = platform_seconds() - (try store.lastStep(of: run.id)?.seconds ?? 0)
    writer = RunWriter(store, run.id)
    progress = ProgressReporter(plan: ProgressPlan(name: run.name))
    RunSessions.add(self)
  }

  // MARK: What a run takes

  /// Adds a line to the log; it is on disk half a second later.
  public func log(_ values: [String: RecordedValue]) throws {
    try checkOpen("log")
    for name in StepRecord.ownNames where values[name] != nil {
      throw ScriptError("run:log: '\(name)' is a name that the record itself uses; choose another")
    }
    let step = StepRecord(
      index: position + 1, seconds: platform_seconds() - origin, values: values)
    guard step.index > keptLines else {
      position = step.index
      return
    }
    try writer.add(step)
    position = step.index
    progress.show(step)
  }

  /// Adds a step of an optimizer to the log, and its optimizer and problem to the facts.
  ///
  /// A step that was logged last is not added again.
  public func log(_ step: UpperLevelStep) throws {
    if let lastStep, lastStep.source === step.source, lastStep.iteration == step.state.iteration {
      return
    }
    try meet(step)
    try log(step.recordedValues())
  }

  /// Takes the optimizer and the problem of the step into the facts.
  public func meet(_ step: UpperLevelStep) throws {
    lastStep = (step.source, step.state.iteration)
    guard !sources.contains(where: { $0 === step.source }) else { return }
    sources.append(step.source)
    try note(RunFacts.of(step.source, number: sources.count))
    progress = ProgressReporter(plan: ProgressPlan(step.source.plan, name: record.name))
  }

  /// Adds facts that the numbers depend on.
  public func note(_ facts: [String: String]) throws {
    try checkOpen("note")
    record.facts = RunFacts.merging(facts, into: record.facts)
    try store.update(facts: record.facts, of: id)
  }

  /// Adds a file that `write` makes at the path it is given, to be found by kind and name.
  ///
  /// Its name tells the position in the log: `images/denoised-000012.png`.
  public func add(
    _ kind: String, _ name: String, in subfolder: String, suffix: String,
    write: (_ path: String) throws -> Void
  ) throws {
    try checkOpen(kind)
    let digits = String(position)
    let number = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    let file = "\(subfolder)/\(Self.fileName(name))-\(number).\(suffix)"
    try Folder.create(folder + "/" + subfolder)
    try write(folder + "/" + file)
    try writer.flush()  // a file is never ahead of the lines it belongs to
    try store.add(ArtefactRecord(kind: kind, name: name, file: file, index: position), to: id)
  }

  /// Writes what is in memory.
  public func flush() throws { try writer.flush() }

  /// Ends the run.
  ///
  /// Lines that the database does not take go to `unsaved.jsonl` in the run's folder, or to the folder
  /// of temporary files; the error says so.
  public func finish(_ outcome: String = RunSession.completed) throws {
    guard isOpen else { return }
    checkpoints.close()
    record.outcome = outcome
    record.ended = Clock.now
    RunSessions.remove(self)
    defer { lock = nil }
    progress.finish(outcome)
    do { try writer.flush() } catch { throw saveElsewhere(error) }
    record.facts.merge(RunFacts.atEnd()) { $1 }
    try store.update(facts: record.facts, of: id)
    try store.finish(id, outcome, at: record.ended ?? Clock.now)
  }

  /// The outcome of a run that came to its end.
  public static let completed = "completed"

  private func saveElsewhere(_ reason: any Error) -> ScriptError {
    let steps = writer.pending
    let text = steps.map { $0.json + "\n" }.joined()
    try? store.finish(id, (record.outcome ?? "ended") + ", log incomplete")
    let what =
      "\(steps.count) lines of the log of the run \(id) are not in the database (\(reason))"
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    for path in [folder + "/unsaved.jsonl", temporary + "/unsaved-\(id).jsonl"] {
      guard (try? AtomicFile.write(Array(text.utf8), to: path)) != nil else { continue }
      return ScriptError("\(what); they are in \(path)")
    }
    return ScriptError("\(what) and are lost: they cannot be written elsewhere either")
  }

  func checkOpen(_ method: String) throws {
    guard let outcome = record.outcome else { return }
    throw ScriptError(
      "run:\(method): the run \(id) has ended (\(outcome)); bl.run { … } begins another")
  }
}

// MARK: Names

extension RunSession {
  /// `foe_denoise` for `Scripts/foe_denoise.lua`.
  private static func name(of script: String) -> String {
    let base = script.split(separator: "/").last.map(String.init) ?? script
    return base.hasSuffix(".lua") ? String(base.dropLast(4)) : base
  }

  /// A name with nothing in it that means something in paths or to shells: underscores in its place.
  static func fileName(_ name: String) -> String {
    var plain = ""
    for scalar in name.unicodeScalars {
      let isPlain =
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || ".-".unicodeScalars.contains(scalar)
      if isPlain { plain.unicodeScalars.append(scalar) } else if plain.last != "_" { plain += "_" }
    }
    let name = plain.drop { $0 == "." || $0 == "-" }.prefix(longestName)
    return name.isEmpty ? "run" : String(name)
  }

  private static let longestName = 60

  /// Makes a folder that no other run has, and so the id: `name-yyyymmdd-hhmmss-xxxx`.
  private static func makeFolder(
    for name: String, _ started: Double, in directory: String
  ) throws -> String {
    while true {
      let digits = String(UInt16.random(in: .min ... .max), radix: 16)
      let random = String(repeating: "0", count: 4 - digits.count) + digits
      let id = "\(fileName(name))-\(Clock.text(started, "%Y%m%d-%H%M%S"))-\(random)"
      if mkdir(directory + "/" + id, 0o777) == 0 { return id }
      guard errno == EEXIST else {
        throw FileError(directory + "/" + id, cannot: "create the folder", errno: errno)
      }
    }
  }

  private static func lock(_ folder: String, of id: String) throws -> RunLock {
    guard let lock = try RunLock(folder: folder) else {
      throw ScriptError("the run \(id) is still going on, in another process or in this one")
    }
    return lock
  }
}
