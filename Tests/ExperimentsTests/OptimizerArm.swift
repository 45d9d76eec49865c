import Bilevel
import Experiments
import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An optimizer with what it is run with.
struct OptimizerArm: Sendable, CustomTestStringConvertible {
  let name: String
  let method: any UpperLevelMethod
  var batches: MiniBatches?
  var redraws = false
  var fullLossEvery: Int?
  var budget: Int?

  var testDescription: String { name }

  static let all = [
    OptimizerArm(name: "maid", method: MAID()),
    OptimizerArm(name: "maid, budget within a step", method: MAID(), budget: 450),
    OptimizerArm(name: "hoag", method: HOAG()),
    OptimizerArm(
      name: "iadam, batches, redrawn noise", method: IAdam(),
      batches: MiniBatches(size: .constant(2), seed: 5), redraws: true, fullLossEvery: 2),
    OptimizerArm(
      name: "isgd, growing batches", method: ISGD(),
      batches: MiniBatches(size: .geometric(initial: 1, ratio: 1.3), seed: 5)),
    OptimizerArm(name: "dfols", method: DFOLS()),
  ]

  func problem(tiny: Bool = false) throws -> BilevelProblem {
    var options = DeadLeaves.Options()
    options.count = tiny ? 2 : 5
    options.size = tiny ? Extent(height: 3, width: 4) : Extent(height: 12, width: 14)
    options.seed = 1
    let data = Observations(
      of: DeadLeaves(options, .float64), noise: GaussianNoise(sigma: 0.1, seed: 2),
      redraws: redraws)
    var model = BilevelProblem.Model(regularizer: TotalVariation())
    model.executor = ThreadExecutor(threads: 1)
    return try BilevelProblem(model, data: data)
  }

  /// The run that goes on from the checkpoints of the next optimizer, or begins.
  func run(_ checkpoints: RunCheckpoints, of problem: BilevelProblem) throws -> UpperLevelRun {
    let objective = BilevelObjective(problem, estimator: method.hypergradient)
    var plan = RunPlan()
    plan.maximumIterations = 6
    plan.budget = budget
    plan.batches = batches
    plan.fullLossEvery = fullLossEvery
    let observer = try checkpoints.observer()
    let run =
      observer.start.map { UpperLevelRun(method, of: objective, at: $0, plan: plan) }
      ?? UpperLevelRun(method, of: objective, from: problem.initialParameters(), plan: plan)
    run.observer = observer
    return run
  }
}

/// A log in memory that outlives the runs that write to it, as a record on the disk does.
final class ListedSteps: StepLog {
  private(set) var lines: [String] = []
  var lineCount = 0

  func log(_ step: UpperLevelStep) throws {
    let full = step.fullLoss.map { "\($0.value) \($0.bound)" } ?? "-"
    add(
      "\(step.state.iteration) \(step.state.theta.values) \(step.state.loss?.value ?? 0) "
        + "\(step.psnr ?? 0) \(full) \(step.ledger.cost) \(step.spent.cost)")
  }

  func add(_ line: String) {
    lineCount += 1
    if lineCount > lines.count { lines.append(line) }
    #expect(lines[lineCount - 1] == line)
  }

  func meet(_ step: UpperLevelStep) throws {}
  func flush() throws {}

  /// What a process that goes on finds.
  func reopen(for path: String) throws {
    lines.removeLast(lines.count - (try RunCheckpoints.keptLines(in: path)))
    lineCount = 0
  }
}

extension RunCheckpoints {
  /// One after each step.
  convenience init(in path: String, log: ListedSteps, every steps: Int = 1) {
    var schedule = CheckpointSchedule()
    schedule.steps = steps
    self.init(in: path, schedule, log: log) { Issue.record("\($0)") }
  }
}

/// Writes in place, as no program of ours does.
func overwrite(_ path: String, _ bytes: [UInt8]) {
  guard let file = fopen(path, "wb") else { return }
  fwrite(bytes, 1, bytes.count, file)
  fclose(file)
}
