import Script

/// A positive quantity that depends on the step k = 0, 1, …: an accuracy, a step size, a batch size.
///
/// Law: a function of k alone, so that a resumed run meets the same values. Optimizers ask at most once
/// per step.
public protocol Schedule: Sendable {
  /// s(k).
  func value(at step: Int) throws -> Double
}

extension Schedule {
  /// s(k), which must be finite and positive; `name` is the argument that the schedule was given for.
  func positiveValue(at step: Int, for name: String) throws -> Double {
    let got: String
    do {
      let value = try value(at: step)
      if value > 0, value.isFinite { return value }
      got = Value.number(value).description
    } catch let mismatch as Mismatch {
      guard case .expected(_, let other, _) = mismatch.reason else { throw mismatch }
      got = other
    }
    throw ScriptError(
      "the schedule '\(name)' must give a number > 0, got \(got) at step \(step) "
        + "(s:floor(v) keeps a schedule above v)")
  }

  /// As a script would write it.
  var text: String {
    (self as? any Scriptable).map { Value.object($0).description } ?? "function"
  }
}

extension Kind where T == any Schedule {
  /// A number, which stands for a constant schedule; a schedule; or a function of the step.
  static var schedule: Kind {
    let words = "a number > 0, a schedule or a function of the step"
    return Kind(
      words, type: .either(.either(.number, .function), .noun("schedule")),
      read: { value in
        switch value {
        case .function(let function): return FunctionSchedule(function)
        case .object(let object):
          if let schedule = object.content as? any Schedule { return schedule }
        default:
          if let number = value.asNumber, number > 0, number.isFinite {
            return ConstantSchedule(number)
          }
        }
        throw Mismatch(expected: words, got: value)
      },
      write: { schedule in
        switch schedule {
        case let constant as ConstantSchedule: .number(constant.value)
        case let function as FunctionSchedule: .function(function.function)
        case let schedule as any Scriptable: schedule.scriptValue
        default: .none
        }
      })
  }
}

/// What all schedules answer in scripts.
enum ScheduleMembers {
  static var shared: [Member] {
    Member.shared(by: (any Schedule).self) {
      Operator(
        call: "s(k): the value at a step.",
        Argument("k", .integer(atLeast: 0), "number of the step, from 0"), returns: "a number"
      ) { schedule, step in try schedule.value(at: step) }
      Method(
        "floor", "max(s(k), v).", Argument("v", .positive, "least value"), returns: "a schedule",
        example: "bl.schedule.polynomial { initial = 1, power = 0.5 }:floor(1e-6)"
      ) { ModifiedSchedule($0, .floor($1)) }
      Method(
        "ceiling", "min(s(k), v).", Argument("v", .positive, "largest value"),
        returns: "a schedule"
      ) { ModifiedSchedule($0, .ceiling($1)) }
      SchedulePlot.method
      Operator(.multiply, "A number > 0 times a schedule.", Factor.kind, Factor.kind) { a, b in
        switch (a, b) {
        case (.schedule(let schedule), .number(let factor)),
          (.number(let factor), .schedule(let schedule)):
          return ModifiedSchedule(schedule, .times(factor))
        default: throw ScriptError("schedules are multiplied by numbers > 0 only")
        }
      }
      Operator(.divide, "A schedule divided by a number > 0.", schedule, .positive) {
        ModifiedSchedule($0, .times(1 / $1))
      }
    }
  }

  private static let schedule = Kind<any Schedule>.object((any Schedule).self, "a schedule")

  /// One side of a product.
  private enum Factor {
    case number(Double)
    case schedule(any Schedule)

    static let kind = Kind<Factor>(
      "a number > 0 or a schedule", type: .either(.number, .noun("schedule")),
      read: { value in
        if case .object(let object) = value, let schedule = object.content as? any Schedule {
          return .schedule(schedule)
        }
        return .number(try Kind<Double>.positive.worded("a number > 0 or a schedule").read(value))
      },
      write: { _ in .none })
  }
}

/// The schedules that are open to scripts.
public enum ScheduleCatalogue {
  /// One line for each member.
  public static let group = Entry.group(
    "schedule", "Quantities that change from step to step: accuracies, step sizes, batch sizes.",
    [
      .type(ConstantSchedule.self), .type(PolynomialSchedule.self),
      .type(LogarithmicSchedule.self), .type(GeometricSchedule.self),
      .type(PiecewiseSchedule.self), .type(ModifiedSchedule.self),
    ])
}
