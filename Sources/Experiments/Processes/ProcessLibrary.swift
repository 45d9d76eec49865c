import Bilevel
import Script

/// What this folder opens to scripts.
public enum ProcessLibrary: ScriptLibrary {
  /// `bl.processes`.
  public static let entries: [Entry] = [.function(processes)]

  private static let processes = Function(
    "processes", "Runs scripts in processes of their own, some at a time, and waits for them all.",
    Argument(
      "",
      .record(ProcessBatch()) {
        Field(
          elements: "processes", \.jobs, .list(of: job), "the scripts, in order of their starts")
        Field(
          "at_once", \.atOnce, .optional(.integer(atLeast: 1, atMost: 256)),
          "how many run at a time; as many as there are processors when absent")
        Field(
          "watch", \.watch, .optional(.function),
          "called with the place of a script in the list and each line that it prints; true ends it"
        )
        Field(
          "time_limit", \.timeLimit, .optional(.number(above: 0)), "a process is ended after this",
          unit: "seconds")
      }, "named arguments"),
    returns:
      "a list of { script, arguments, ended, status, output, errors, seconds } in the order given",
    details: """
      Nothing but this program can be started, on a script, with the trust that it has itself, in \
      the same working directory, without any input. Each process has its share of the processors, and of \
      the memory where that is limited; a script that was started so cannot start others. 'ended' is "finished", "failed", \
      "stopped" or "time limit"; a failure is no error here. 'status' is the exit status, or minus the \
      number of the signal that ended it; 'output' and 'errors' are the last MiB and 64 KiB of what was \
      printed. Processes that are to end are asked to, and killed after five seconds. Ctrl-C ends them \
      all.
      """,
    example: """
      local results = bl.processes {
        { script = "Scripts/foe_denoise.lua", arguments = { "--filters", 8, "--smoke" } },
        { script = "Scripts/foe_denoise.lua", arguments = { "--filters", 16, "--smoke" } },
        at_once = 2,
      }
      """
  ) { batch in
    guard let program = ChildProgram.current else {
      throw ScriptError("bl.processes: this program cannot start processes; bilevel-lua can")
    }
    guard !ChildProgram.isChild else {
      throw ScriptError("bl.processes: a script that was started by a script cannot start others")
    }
    do { return try batch.run(program) } catch is Interruption { return [] }
  }

  private static let job = Kind<ProcessBatch.Job>.record(ProcessBatch.Job()) {
    Field("script", \.script, word, "its name, as on the command line", required: true)
    Field("arguments", \.arguments, .list(of: word), "what follows the name")
  }

  /// A string or a number, as a word of a command line.
  private static var word: Kind<String> {
    let words = "a string or a number"
    return Kind(
      words, type: .either(.string, .number),
      read: { value in
        switch value {
        case .string(let text) where !text.utf8.contains(0): return text
        case .integer, .number: return value.description
        default: throw Mismatch(expected: words, got: value)
        }
      }, write: { .string($0) })
  }
}
