import Bilevel
import Imaging
import Script
import Tensors

/// What `run:plot` takes: anything that saves itself as a file of one type.
public protocol SavedPlot {
  /// The ending of the file's name, without a point: `png`.
  var fileType: String { get }
  /// Writes the file, whole or not at all.
  func save(to path: String) throws
}

extension Picture: SavedPlot {
  /// Pixels.
  public var fileType: String { "png" }
}

extension Plot: SavedPlot {
  /// Drawn lines.
  public var fileType: String { "svg" }
}

extension RunSession: Scriptable {
  /// `bl.run`.
  public static let declaration = Declaration(
    RunSession.self, "run", "A record of what a script does: its steps, numbers and files.",
    details: """
      The script's text, its arguments, the versions, seeds and settings, and every logged line are \
      kept in one database, runs.sqlite, that several processes may write at once; files in a folder \
      of the run. 'bilevel-lua runs' lists, shows, compares, exports and replays runs. A run that the \
      script does not finish is finished when the script ends.

      Optimizers that log to it (log = run) leave checkpoints: every minute, at Ctrl-C, at SIGTERM and \
      at their end. 'bilevel-lua runs resume ID' or 'bilevel-lua --resume script' goes on from there, \
      bit for bit: the script runs from its beginning, finished optimizers end at once, an unfinished \
      one hands out the step of its last checkpoint again and then the next.
      """,
    example: """
      local run = bl.run { name = "foe_denoise", notes = { sigma = 0.1 } }
      run:log { psnr = 30.1 }
      run:finish()
      """
  ) {
    Constructor(Options()) {
      Field("name", \.name, .optional(.string), "what it is called; as the script when absent")
      Field("directory", \.directory, .outputPath, "the folder of the record")
      Field("notes", \.notes, notesKind, "what else the numbers depend on, by name")
      Field(
        "checkpoint_every", \.checkpoints.seconds, .positive,
        "time from one checkpoint of the optimizers that log to it to the next", unit: "s")
      Field(
        "checkpoint_steps", \.checkpoints.steps, .optional(.integer(atLeast: 1)),
        "steps from one checkpoint to the next, whatever the time")
      Field(
        "resume", \.resumes, .boolean,
        "go on with the newest run of this script and its arguments that is not completed")
    } build: {
      try RunSession.begin($0)
    }
    Text<RunSession> { "run \($0.id), \($0.position) lines, \($0.record.outcome ?? "open")" }
    Property("id", \.id, "the run's own name among all runs")
    Property("name", \.record.name, "what the script calls it")
    Property("directory", \.folder, "the folder of its files")
    Property("lines", \.position, "how many lines were logged")
    logging
    files
    reporting
    Method(
      "checkpoint", "Writes a checkpoint of an optimizer now, beside the scheduled ones.",
      Argument("steps", .object(UpperLevelRun.self), "from optimizer:steps(…, { log = run })")
    ) { try $0.checkpoint($1) }
    Method(
      "finish", "Ends the run; nothing more can be added.",
      Argument("outcome", .string, default: completed, "how it ended")
    ) { try $0.finish($1) }
  }

  private static var logging: [Member] {
    Member.shared(by: RunSession.self) {
      Method(
        "log", "Adds a line to the log: a step of an optimizer, or numbers and words by name.",
        Argument("line", lineKind, "a step, or a table; tables inside are flattened: 'test.psnr'"),
        details: """
          Of a step all fields that are numbers or words are kept, as 'loss' and 'ledger.energies'. \
          Truth is kept as 1 or 0. Lines are written in batches, within half a second.
          """,
        example: "run:log { epoch = 3, psnr = 30.1 }"
      ) { run, line in
        switch line {
        case .step(let step): try run.log(step)
        case .values(let values): try run.log(values)
        }
      }
      Method(
        "note", "Adds facts that the numbers depend on: options, descriptions.",
        Argument("facts", notesKind, "by name; objects are kept as the call that made them"),
        example: "run:note { sigma = 0.1, regularizer = R }"
      ) { try $0.note($1) }
    }
  }

  private static var files: [Member] {
    Member.shared(by: RunSession.self) {
      Method(
        "image", "Keeps an image as a PNG file.", Argument("name", .string, "what it is called"),
        Argument("image", .object(Tensor.self), "{1 or 3, height, width} or {height, width}"),
        example: "run:image(\"restored\", x)"
      ) { run, name, image in
        try run.add("image", name, in: "images", suffix: "png") {
          try ImageFile.writePNG(image, to: $0)
        }
      }
      Method(
        "parameters", "Keeps parameters as a .safetensors file.",
        Argument("theta", .object(Parameters.self), "the parameters"),
        Argument("name", .string, default: "theta", "what they are called")
      ) { run, theta, name in
        try run.add("parameters", name, in: "parameters", suffix: "safetensors") {
          try theta.save(to: $0)
        }
      }
      Method(
        "plot", "Keeps a plot or a picture as a file.",
        Argument("plot", .object((any SavedPlot).self, "a plot or a picture"), "from bl.plot"),
        Argument("name", .string, default: "plot", "what it is called")
      ) { run, plot, name in
        try run.add("plot", name, in: "plots", suffix: plot.fileType) { try plot.save(to: $0) }
      }
    }
  }

  // MARK: Kinds

  private enum Line {
    case step(UpperLevelStep)
    case values([String: RecordedValue])
  }

  private static let lineWords = "a step of an optimizer or a table of named values"

  private static let lineKind = Kind<Line>(
    lineWords,
    read: { value in
      if case .object(let object) = value, let step = object.content as? UpperLevelStep {
        return .step(step)
      }
      guard case .table(let table) = value, table.elements.isEmpty else {
        throw Mismatch(expected: lineWords, got: value)
      }
      var values: [String: RecordedValue] = [:]
      for (name, value) in table.fields {
        try RecordedValue.record(value, as: name, in: &values)
      }
      return .values(values)
    },
    write: { _ in .none })

  /// Named values of any kind but functions, as texts.
  private static let notesKind = Kind<[String: String]>(
    "a table of named values",
    read: { value in
      guard case .table(let table) = value, table.elements.isEmpty else {
        throw Mismatch(expected: "a table of named values", got: value)
      }
      var notes: [String: String] = [:]
      for (name, value) in table.fields {
        switch value {
        case .none: break
        case .string(let text): notes[name] = text
        case .function:
          throw Mismatch(expected: "a number, a string, a table or an object", got: value)
            .inside(name)
        default: notes[name] = value.description
        }
      }
      return notes
    },
    write: { notes in
      .table(Table(fields: notes.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    })
}

/// What this room opens to scripts of runs.
public enum RunLibrary: ScriptLibrary {
  /// `bl.run`.
  public static let entries: [Entry] = [.type(RunSession.self)]
}
