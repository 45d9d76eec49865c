import Script

/// s(k) = v₀ for k < c₁, v₁ for c₁ ≤ k < c₂, and so on.
public struct PiecewiseSchedule: Schedule, Hashable {
  /// v₀, v₁, …, each > 0.
  public var values: [Double]
  /// c₁ < c₂ < …: the steps at which the next value begins.
  public var changes: [Int]

  /// The values, each but the first from its change on.
  public init(values: [Double], changes: [Int]) {
    self.values = values
    self.changes = changes
    precondition(misfit == nil, misfit ?? "")
  }

  /// The value of the piece in which k lies.
  public func value(at step: Int) -> Double { values[changes.count { $0 <= step }] }

  /// What is wrong with the two lists, if anything.
  private var misfit: String? {
    if values.isEmpty || values.contains(where: { !($0 > 0) || !$0.isFinite }) {
      return "'values' must be numbers > 0, at least one"
    }
    if changes.count != values.count - 1 {
      return "'changes' must hold one step less than 'values' (\(values.count - 1)), got "
        + "\(changes.count)"
    }
    let isIncreasing = zip([0] + changes, changes).allSatisfy { $0 < $1 }
    return isIncreasing ? nil : "'changes' must be steps >= 1 in increasing order"
  }
}

extension Schedule where Self == PiecewiseSchedule {
  /// The values, each but the first from its change on.
  public static func piecewise(values: [Double], changes: [Int]) -> PiecewiseSchedule {
    PiecewiseSchedule(values: values, changes: changes)
  }
}

extension PiecewiseSchedule: Scriptable {
  /// `bl.schedule.piecewise`.
  public static let declaration = Declaration(
    PiecewiseSchedule.self, "piecewise", "One value after the other.",
    example: "bl.schedule.piecewise { values = { 1, 0.1, 0.01 }, changes = { 100, 1000 } }"
  ) {
    Constructor(PiecewiseSchedule(values: [1], changes: [])) {
      Field("values", \.values, .list(of: .positive), "the values", required: true)
      Field(
        "changes", \.changes, .list(of: .integer(atLeast: 1)),
        "the steps at which the second, third, … value begins")
    } check: { schedule in
      if let misfit = schedule.misfit { throw ScriptError("bl.schedule.piecewise: " + misfit) }
    }
    ScheduleMembers.shared
  }
}
