import Script

/// What is on record of one run of a script.
public struct RunRecord: Sendable, Equatable {
  /// The run's own name among all runs: `name-yyyymmdd-hhmmss-xxxx`.
  public var id: String
  /// What the script calls the run.
  public var name: String
  /// The script's name as it was given.
  public var script: String
  /// The script's text.
  public var scriptText: String
  /// SHA-256 of the text, in hexadecimal digits.
  public var scriptHash: String
  /// The arguments after the script's name.
  public var arguments: [String]
  /// The facts that the numbers depend on, by name: version, precision, seed, threads, hashes of data,
  /// and the options and descriptions that the script noted.
  public var facts: [String: String]
  /// Seconds since 1970.
  public var started: Double
  /// Seconds since 1970; nil while the run goes on, or where it ended without a word.
  public var ended: Double?
  /// Why it ended; nil while it goes on.
  public var outcome: String?
  /// The number of the process.
  public var process: Int
  /// The name of the machine.
  public var host: String
  /// The folder of its files, below that of the database.
  public var folder: String

  /// A record from its parts.
  public init(
    id: String, name: String, script: String, scriptText: String, scriptHash: String,
    arguments: [String], facts: [String: String], started: Double, ended: Double? = nil,
    outcome: String? = nil, process: Int, host: String, folder: String
  ) {
    (self.id, self.name, self.folder) = (id, name, folder)
    (self.script, self.scriptText, self.scriptHash) = (script, scriptText, scriptHash)
    (self.arguments, self.facts) = (arguments, facts)
    (self.started, self.ended, self.outcome) = (started, ended, outcome)
    (self.process, self.host) = (process, host)
  }
}

/// One logged line of a run: a step of an optimizer, or numbers and words that the script gave.
public struct StepRecord: Sendable, Equatable {
  /// The position in the run's log, from 1.
  public var index: Int
  /// Seconds since the start of the run.
  public var seconds: Double
  /// For a step of an optimizer the fields of `step` (`k`, `loss`, `loss_bound`, `cost`, …).
  public var values: [String: RecordedValue]

  /// A line from its parts.
  public init(index: Int, seconds: Double, values: [String: RecordedValue]) {
    (self.index, self.seconds, self.values) = (index, seconds, values)
  }
}

/// A value of a log.
public enum RecordedValue: Sendable, Equatable {
  case integer(Int)
  case number(Double)
  case text(String)
}

/// A file that a run left behind.
public struct ArtefactRecord: Sendable, Equatable {
  /// `image`, `plot`, `parameters`, `checkpoint` or `report`.
  public var kind: String
  /// What the script calls it.
  public var name: String
  /// Below the run's folder.
  public var file: String
  /// The position in the log when it was made.
  public var index: Int

  /// A file from what is said of it.
  public init(kind: String, name: String, file: String, index: Int) {
    (self.kind, self.name, self.file, self.index) = (kind, name, file, index)
  }
}
