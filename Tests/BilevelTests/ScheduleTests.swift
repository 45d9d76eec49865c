import Bilevel
import Script
import Testing

@Suite struct ScheduleTests {
  @Test("Values in closed form", arguments: [0, 1, 2, 7, 1000])
  func values(k: Int) throws {
    let n = Double(k)
    func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-14 * abs(b) }
    #expect(ConstantSchedule(0.3).value(at: k) == 0.3)
    // Roots and logarithms by other means than the power function.
    #expect(
      isClose(
        PolynomialSchedule(initial: 0.2, power: 0.5).value(at: k), 0.2 / (n + 1).squareRoot()))
    #expect(
      isClose(
        PolynomialSchedule(initial: 0.2, power: 3).value(at: k),
        0.2 / ((n + 1) * (n + 1) * (n + 1))))
    let product = (0..<min(k, 50)).reduce(5.0) { value, _ in value * 0.9 }
    #expect(
      abs(GeometricSchedule(initial: 5, ratio: 0.9).value(at: min(k, 50)) - product)
        < 1e-13 * product)
  }

  @Test(
    "The logarithmic schedule starts at its initial value and halves at k = 2, 4 times at k = 14")
  func logarithmic() {
    let schedule = LogarithmicSchedule(initial: 8, power: 1)
    #expect(schedule.value(at: 0) == 8)
    #expect(schedule.value(at: 2) == 4)
    #expect(schedule.value(at: 14) == 2)
    #expect(LogarithmicSchedule(initial: 8, power: 2).value(at: 2) == 2)
  }

  @Test("Pieces begin at their changes")
  func piecewise() {
    let schedule = PiecewiseSchedule(values: [3, 2, 1], changes: [10, 20])
    #expect([0, 9, 10, 19, 20, 999].map { schedule.value(at: $0) } == [3, 3, 2, 2, 1, 1])
  }

  @Test("Products and bounds")
  func modifications() throws {
    let base = GeometricSchedule(initial: 1, ratio: 0.5)
    #expect(try ModifiedSchedule(base, .times(4)).value(at: 2) == 1)
    #expect(try ModifiedSchedule(base, .floor(0.3)).value(at: 1) == 0.5)
    #expect(try ModifiedSchedule(base, .floor(0.3)).value(at: 5) == 0.3)
    #expect(try ModifiedSchedule(base, .ceiling(0.7)).value(at: 0) == 0.7)
  }

  @Test("A function is called with the step; what is no number is an error")
  func functions() throws {
    let double = FunctionSchedule(
      NativeFunction("double") { [.number(2 * ($0.first?.asNumber ?? 0))] })
    #expect(try double.value(at: 21) == 42)
    let wrong = FunctionSchedule(NativeFunction("wrong") { _ in [.string("much")] })
    #expect(throws: Mismatch.self) { try wrong.value(at: 0) }
  }
}
