import Script

/// A schedule times a number, or held above or below one: `s * 2`, `s:floor(1e-6)`.
public struct ModifiedSchedule: Schedule {
  /// What is done to each value.
  public enum Modification: Sendable, Hashable {
    /// c s(k), c > 0.
    case times(Double)
    /// max(s(k), v), v > 0.
    case floor(Double)
    /// min(s(k), v), v > 0.
    case ceiling(Double)
  }

  private let base: any Schedule
  private let modification: Modification

  /// The schedule with each value modified.
  public init(_ base: any Schedule, _ modification: Modification) {
    self.base = base
    self.modification = modification
  }

  /// The modified value.
  public func value(at step: Int) throws -> Double {
    let value = try base.value(at: step)
    switch modification {
    case .times(let factor): return factor * value
    case .floor(let bound): return max(value, bound)
    case .ceiling(let bound): return min(value, bound)
    }
  }
}

extension ModifiedSchedule: Scriptable {
  /// What `s * 2`, `s:floor(v)` and `s:ceiling(v)` answer.
  public static let declaration = Declaration(
    ModifiedSchedule.self, "schedule", "A schedule times a number, or held above or below one."
  ) {
    Text<ModifiedSchedule> { schedule in
      switch schedule.modification {
      case .times(let factor): "\(schedule.base.text) * \(Value.number(factor))"
      case .floor(let bound): "\(schedule.operand):floor(\(Value.number(bound)))"
      case .ceiling(let bound): "\(schedule.operand):ceiling(\(Value.number(bound)))"
      }
    }
    ScheduleMembers.shared
  }

  /// The base before a colon, which binds stronger than a product.
  private var operand: String {
    if let base = base as? ModifiedSchedule, case .times = base.modification {
      return "(\(base.text))"
    }
    return base.text
  }
}
