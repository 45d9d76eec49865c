import Script

/// s(k) = v.
public struct ConstantSchedule: Schedule, Hashable {
  /// v > 0.
  public let value: Double

  /// The same value at every step.
  public init(_ value: Double) {
    precondition(value > 0 && value.isFinite, "A schedule's value is positive and finite.")
    self.value = value
  }

  /// v.
  public func value(at step: Int) -> Double { value }
}

extension Schedule where Self == ConstantSchedule {
  /// s(k) = v.
  public static func constant(_ value: Double) -> ConstantSchedule { ConstantSchedule(value) }
}

extension ConstantSchedule: Scriptable {
  /// `bl.schedule.constant`.
  public static let declaration = Declaration(
    ConstantSchedule.self, "constant", "The same value at every step; a plain number means it too.",
    example: "bl.schedule.constant(1e-2)"
  ) {
    Constructor(Argument("v", .positive, "the value")) { ConstantSchedule($0) }
    Text<ConstantSchedule> { "constant(\(Value.number($0.value)))" }
    ScheduleMembers.shared
  }
}
