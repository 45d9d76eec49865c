import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// s(k) = s₀ (k + 1)^(−p).
///
/// Stochastic descent with steps of power q in (1/2, 1) converges with accuracies of power p > (1 − q)/2
/// at the rate of exact gradients (Salehi, Mukherjee, Roberts & Ehrhardt 2025, arXiv 2511.06774).
public struct PolynomialSchedule: Schedule, Hashable {
  /// s₀ > 0, the first value.
  public var initial: Double
  /// p ≥ 0.
  public var power: Double

  /// s₀ (k + 1)^(−p).
  public init(initial: Double, power: Double) {
    precondition(initial > 0 && initial.isFinite && power >= 0 && power.isFinite)
    self.initial = initial
    self.power = power
  }

  /// s₀ (k + 1)^(−p).
  public func value(at step: Int) -> Double { initial * pow(Double(step) + 1, -power) }
}

extension Schedule where Self == PolynomialSchedule {
  /// s(k) = s₀ (k + 1)^(−p).
  public static func polynomial(initial: Double, power: Double) -> PolynomialSchedule {
    PolynomialSchedule(initial: initial, power: power)
  }
}

extension PolynomialSchedule: Scriptable {
  /// `bl.schedule.polynomial`.
  public static let declaration = Declaration(
    PolynomialSchedule.self, "polynomial", "initial (k + 1)^-power.",
    example: "bl.schedule.polynomial { initial = 1, power = 0.5 }"
  ) {
    Constructor(PolynomialSchedule(initial: 1, power: 0.5)) {
      Field("initial", \.initial, .positive, "value at step 0")
      Field("power", \.power, .number(atLeast: 0), "how fast it falls")
    }
    ScheduleMembers.shared
  }
}
