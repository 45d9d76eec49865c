import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// s(k) = s₀ rᵏ.
///
/// It leaves the range of numbers after some 700/|log r| steps; `floor` and `ceiling` keep it in.
public struct GeometricSchedule: Schedule, Hashable {
  /// s₀ > 0, the first value.
  public var initial: Double
  /// r > 0.
  public var ratio: Double

  /// s₀ rᵏ.
  public init(initial: Double, ratio: Double) {
    precondition(initial > 0 && initial.isFinite && ratio > 0 && ratio.isFinite)
    self.initial = initial
    self.ratio = ratio
  }

  /// s₀ rᵏ.
  public func value(at step: Int) -> Double { initial * pow(ratio, Double(step)) }
}

extension Schedule where Self == GeometricSchedule {
  /// s(k) = s₀ rᵏ.
  public static func geometric(initial: Double, ratio: Double) -> GeometricSchedule {
    GeometricSchedule(initial: initial, ratio: ratio)
  }
}

extension GeometricSchedule: Scriptable {
  /// `bl.schedule.geometric`.
  public static let declaration = Declaration(
    GeometricSchedule.self, "geometric", "initial ratio^k.",
    example: "bl.schedule.geometric { initial = 0.1, ratio = 0.9 }:floor(1e-6)"
  ) {
    Constructor(GeometricSchedule(initial: 1, ratio: 0.9)) {
      Field("initial", \.initial, .positive, "value at step 0")
      Field("ratio", \.ratio, .positive, "factor from step to step")
    }
    ScheduleMembers.shared
  }
}
