import Experiments
import Testing

@Suite("Progress")
struct ProgressTests {
  private func step(_ k: Int, cost: Int, seconds: Double, loss: Double = 1.5) -> StepRecord {
    StepRecord(
      index: k + 1, seconds: seconds,
      values: [
        "k": .integer(k), "loss": .number(loss), "loss_bound": .number(0.01),
        "psnr": .number(28.414), "cost": .integer(cost), "seconds": .number(seconds),
      ])
  }

  private func estimate(_ plan: ProgressPlan, _ steps: [StepRecord]) -> ProgressEstimate {
    var estimate = ProgressEstimate(plan)
    for step in steps { estimate.note(step) }
    return estimate
  }

  @Test("Time left is that of the nearest limit, at the pace so far")
  func timeLeft() {
    let steps = [step(0, cost: 100, seconds: 1), step(2, cost: 300, seconds: 3)]
    let budget = estimate(ProgressPlan(name: "a", budget: 1300), steps)
    #expect(budget.left == 10 && budget.fraction == 300.0 / 1300)
    let count = estimate(ProgressPlan(name: "a", steps: 6), steps)
    #expect(count.left == 4 && count.fraction == 2.0 / 6)
    let time = estimate(ProgressPlan(name: "a", seconds: 12), steps)
    #expect(time.left == 9 && time.fraction == 0.25)
    let all = estimate(ProgressPlan(name: "a", budget: 1300, steps: 6, seconds: 12), steps)
    #expect(all.left == 4 && all.elapsed == 3)
    let none = estimate(ProgressPlan(name: "a"), steps)
    #expect(none.left == nil && none.fraction == nil)
    #expect(estimate(ProgressPlan(name: "a", budget: 10), [steps[0]]).left == nil)
  }

  @Test("A resumed run counts its own steps")
  func resumedRun() {
    let steps = [step(11, cost: 1100, seconds: 1), step(12, cost: 1200, seconds: 2)]
    let estimate = estimate(ProgressPlan(name: "a", steps: 4), steps)
    #expect(estimate.fraction == 0.5 && estimate.left == 2)
  }

  @Test("A pipe gets a heading once, then a line a step, of the columns' widths")
  func plainLines() {
    let view = PlainProgress(ProgressPlan(name: "foe"))
    let first = view.lines(of: step(0, cost: 5, seconds: 0.25))
    #expect(first.count == 2)
    #expect(first[0].hasPrefix("   k       loss   ± bound   PSNR"))
    #expect(first[1].hasPrefix("   0     1.5000      0.01  28.41         -"))
    #expect(first[0].count == first[1].count)
    #expect(view.lines(of: step(1, cost: 50, seconds: 0.5)).count == 1)
    let note = StepRecord(index: 3, seconds: 1, values: ["psnr": .number(30.5), "a": .text("b")])
    #expect(view.lines(of: note) == ["foe: psnr = 30.5, a = b"])
  }

  @Test("JSON has every value, in an order that does not change")
  func jsonLines() {
    let view = JSONProgress(ProgressPlan(name: "a \"b\""))
    let record = StepRecord(
      index: 2, seconds: 0.5,
      values: ["zeta": .number(.nan), "k": .integer(1), "loss": .number(0.1), "note": .text("π\\")])
    let expected =
      #"{"k":1,"line":2,"line_seconds":0.5,"loss":0.1,"note":"π\\","run":"a \"b\"","zeta":null}"#
    #expect(view.line(of: record) == expected)
  }

  @Test("The live block says where the run stands and how far it is")
  func liveLines() {
    let view = LiveProgress(ProgressPlan(name: "foe", budget: 1000))
    view.show(step(0, cost: 100, seconds: 1))
    view.show(step(4, cost: 500, seconds: 5, loss: 12.34567))
    view.show(StepRecord(index: 6, seconds: 5, values: ["test_psnr": .number(29.1)]))
    let lines = view.lines
    view.close()
    #expect(lines.count == 3)
    #expect(lines[0] == "foe  step 4   loss 12.3457 ± 0.01   PSNR 28.41 dB")
    #expect(lines[1].hasPrefix("cost 500 of 1000   "))
    #expect(lines[1].hasSuffix(" 50 %   left 0:05   elapsed 0:05"))
    #expect(lines[2] == "test_psnr 29.1")
  }

  @Test(
    "Bars are as wide as asked for, whatever the part", arguments: [-1, 0, 0.31, 0.999, 1, 2, .nan])
  func bars(_ fraction: Double) {
    for width in [1, 8, 30] {
      #expect(TerminalText.bar(fraction, width: width, unicode: true).count == width)
      #expect(TerminalText.bar(fraction, width: width, unicode: false).count == width + 2)
    }
    #expect(TerminalText.bar(0.5, width: 4, unicode: true) == "██░░")
    #expect(TerminalText.bar(0.5, width: 4, unicode: false) == "[##..]")
  }

  @Test("Lines fit into the terminal, wide characters counted as two")
  func fitting() {
    #expect(TerminalText.fitted("loss 1 ± 2", to: 8, unicode: true) == "loss 1 ±")
    #expect(TerminalText.fitted("loss 1 ± 2", to: 80, unicode: false) == "loss 1 +- 2")
    #expect(TerminalText.fitted("日本語", to: 5, unicode: true) == "日本")
    #expect(TerminalText.fitted("a\u{1B}[2Jb\nc", to: 80, unicode: true) == "a[2Jbc")
    #expect(TerminalText.fitted("", to: 0, unicode: true) == "")
  }
}
