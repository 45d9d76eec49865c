import Script

/// What watchers are told of runs: everything at first, then what is new.
///
/// The record is read at most once every half second, however many watch; nothing is read while nobody
/// does.
actor LiveNews {
  /// How far a watcher knows the runs.
  struct Knowledge: Sendable {
    fileprivate var runs: [String: Position] = [:]
    fileprivate var hasBegun = false

    fileprivate struct Position: Sendable, Equatable {
      /// Another process means that the run was resumed, and lines may have been forgotten.
      var process: Int
      var lines: Int
      var pictures: Int
      var status: RunStatus
      var facts: [String: String]
    }
  }

  /// Seconds between two looks at the record.
  static let interval = 0.5

  private let store: RunStore
  /// The runs that were asked for; where nil, those that are going on.
  private let chosen: [String]?
  private var runs: [ReportedRun] = []
  private var last: ContinuousClock.Instant?

  /// News of the given runs; where nil, of those that are going on and those that begin, or of the newest
  /// one where none does.
  init(of ids: [String]?, in store: RunStore) { (chosen, self.store) = (ids, store) }

  /// What is new to a watcher, as a server-sent event, and what it knows then; nil where nothing is new.
  func news(to known: Knowledge) throws -> (event: String, known: Knowledge)? {
    try refresh()
    let isSame = Set(known.runs.keys).isSubset(of: runs.map(\.record.id))
    guard known.hasBegun, isSame, runs.allSatisfy({ continues($0, known.runs[$0.record.id]) })
    else { return (event("runs", runs.map(\.json)), knowledge) }
    let changed = runs.filter { known.runs[$0.record.id] != position($0) }
    guard !changed.isEmpty else { return nil }
    return (event("news", changed.map { told($0, known.runs[$0.record.id]) }), knowledge)
  }

  private func continues(_ run: ReportedRun, _ known: Knowledge.Position?) -> Bool {
    guard let known else { return true }
    return known.process == run.record.process && known.lines <= run.steps.count
      && known.pictures <= run.pictures.count
  }

  /// A run that the watcher does not know is told as a whole.
  private func told(_ run: ReportedRun, _ known: Knowledge.Position?) -> String {
    guard let known else { return run.json }
    var news = run
    news.steps.removeFirst(known.lines)
    news.pictures.removeFirst(known.pictures)
    return news.newsJSON
  }

  private func event(_ name: String, _ runs: [String]) -> String {
    let data = ReportPage.escaped("{\"runs\":[\(runs.joined(separator: ","))]}")
    return "event: \(name)\ndata: \(data)\n\n"
  }

  private var knowledge: Knowledge {
    var knowledge = Knowledge()
    knowledge.hasBegun = true
    for run in runs { knowledge.runs[run.record.id] = position(run) }
    return knowledge
  }

  private func position(_ run: ReportedRun) -> Knowledge.Position {
    Knowledge.Position(
      process: run.record.process, lines: run.steps.count, pictures: run.pictures.count,
      status: run.status, facts: run.record.facts)
  }

  // MARK: The record

  private func refresh() throws {
    let now = ContinuousClock.now
    if let last, last.duration(to: now) < .seconds(Self.interval) { return }
    runs = try watched().map(upToDate)
    last = now
  }

  /// The records of the runs to tell of.
  private func watched() throws -> [RunRecord] {
    let all = try store.runs()
    if let chosen { return all.filter { chosen.contains($0.id) } }
    let known = Set(runs.map(\.record.id))
    let going = all.filter { known.contains($0.id) || store.status(of: $0) == .running }
    // The newest run keeps the page from being empty until another one begins.
    let isIdle = runs.isEmpty || runs.allSatisfy { $0.status != .running }
    let begun = going.filter { !known.contains($0.id) }
    if isIdle, !begun.isEmpty { return begun }
    return going.isEmpty ? Array(all.suffix(1)) : going
  }

  /// What is known of the run, with what was added since.
  private func upToDate(_ record: RunRecord) throws -> ReportedRun {
    let last = try store.lastStep(of: record.id)?.index ?? 0
    guard var run = runs.first(where: { $0.record.id == record.id }),
      run.record.process == record.process, last >= run.lastIndex
    else { return try ReportedRun(record, in: store) }
    run.record = record
    run.status = store.status(of: record)
    if last > run.lastIndex {
      run.steps += try store.steps(of: record.id, after: run.lastIndex)
    }
    try run.readPictures(from: store)
    return run
  }
}
