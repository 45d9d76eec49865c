import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// s(k) = s₀ (log(k + 2)/log 2)^(−p), slower than any polynomial.
///
/// The published form is s₀ (log(k + 1))^(−p) from k = 2 on (Salehi, Mukherjee, Roberts & Ehrhardt 2025,
/// arXiv 2511.06774); here k starts at 0, and the division by log 2 makes s₀ the first value.
public struct LogarithmicSchedule: Schedule, Hashable {
  /// s₀ > 0, the first value.
  public var initial: Double
  /// p ≥ 0.
  public var power: Double

  /// s₀ (log(k + 2)/log 2)^(−p).
  public init(initial: Double, power: Double) {
    precondition(initial > 0 && initial.isFinite && power >= 0 && power.isFinite)
    self.initial = initial
    self.power = power
  }

  /// s₀ (log(k + 2)/log 2)^(−p).
  public func value(at step: Int) -> Double { initial * pow(log2(Double(step) + 2), -power) }
}

extension Schedule where Self == LogarithmicSchedule {
  /// s(k) = s₀ (log(k + 2)/log 2)^(−p).
  public static func logarithmic(initial: Double, power: Double) -> LogarithmicSchedule {
    LogarithmicSchedule(initial: initial, power: power)
  }
}

extension LogarithmicSchedule: Scriptable {
  /// `bl.schedule.logarithmic`.
  public static let declaration = Declaration(
    LogarithmicSchedule.self, "logarithmic", "initial (log(k + 2) / log 2)^-power.",
    example: "bl.schedule.logarithmic { initial = 1, power = 1 }"
  ) {
    Constructor(LogarithmicSchedule(initial: 1, power: 1)) {
      Field("initial", \.initial, .positive, "value at step 0")
      Field("power", \.power, .number(atLeast: 0), "how fast it falls")
    }
    ScheduleMembers.shared
  }
}
