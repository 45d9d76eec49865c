import Bilevel
import Experiments
import Imaging
import TestSupport
import Testing

@Suite struct GoingOnTests {
  /// All that an uninterrupted run leaves behind.
  private struct Course: Equatable {
    var lines: [String]
    var theta: [UInt64]
    var cost: Cost
    var outcome: Outcome?
    var iteration: Int?
  }

  private func course(_ run: UpperLevelRun, _ log: ListedSteps) -> Course {
    Course(
      lines: log.lines, theta: run.state?.theta.values.map(\.bitPattern) ?? [],
      cost: run.state?.cost ?? Cost(), outcome: run.outcome, iteration: run.state?.iteration)
  }

  /// Drives a run, logging a line of its own after each step, up to the step with which it is left.
  private func drive(_ run: UpperLevelRun, _ log: ListedSteps, until last: Int = .max) throws {
    while let step = try run.next() {
      log.add("body of \(step.state.iteration)")
      if step.state.iteration == last { return }
    }
  }

  private func uninterrupted(_ arm: OptimizerArm) throws -> Course {
    let folder = try TemporaryFolder()
    let log = ListedSteps()
    let run = try arm.run(
      RunCheckpoints(in: folder.path, log: log), of: arm.problem())
    try drive(run, log)
    defer { try? Folder.remove(folder.path) }
    return course(run, log)
  }

  @Test(
    "A run left after any step goes on to the same end, with the same log",
    arguments: OptimizerArm.all)
  func goesOn(_ arm: OptimizerArm) throws {
    let whole = try uninterrupted(arm)
    #expect(whole.outcome == (arm.budget == nil ? .iterationLimit : .budget))
    let problem = try arm.problem()
    for every in [1, 2, 3] {
      for last in 0...(whole.iteration ?? 0) {
        let folder = try TemporaryFolder()
        let log = ListedSteps()
        try drive(
          try arm.run(RunCheckpoints(in: folder.path, log: log, every: every), of: problem), log,
          until: last)
        try log.reopen(for: folder.path)
        let checkpoints = RunCheckpoints(in: folder.path, log: log, every: every)
        let run = try arm.run(checkpoints, of: problem)
        try drive(run, log)
        #expect(course(run, log) == whole)
        try Folder.remove(folder.path)
      }
    }
  }

  @Test("Left again and again, one step at a time", arguments: OptimizerArm.all)
  func crawls(_ arm: OptimizerArm) throws {
    let whole = try uninterrupted(arm)
    let problem = try arm.problem()
    let folder = try TemporaryFolder()
    let log = ListedSteps()
    var run: UpperLevelRun
    repeat {
      try log.reopen(for: folder.path)
      let checkpoints = RunCheckpoints(in: folder.path, log: log)
      run = try arm.run(checkpoints, of: problem)
      for _ in 1...2 {
        if let step = try run.next() { log.add("body of \(step.state.iteration)") }
      }
    } while run.outcome == nil
    #expect(course(run, log) == whole)
    try Folder.remove(folder.path)
  }

  @Test("Finished optimizers are not computed again; those made in another's loop are told apart")
  func nests() throws {
    let inner = OptimizerArm.all[3]
    let outer = OptimizerArm.all[0]
    let problem = try outer.problem()
    let whole = try uninterrupted(inner)

    /// An outer run of two steps with an inner run to its end in each; stops after `limit` inner ends.
    func nested(_ folder: TemporaryFolder, _ log: ListedSteps, limit: Int) throws -> [Int] {
      try log.reopen(for: folder.path)
      let checkpoints = RunCheckpoints(in: folder.path, log: log)
      var handedOut: [Int] = []
      let run = try outer.run(checkpoints, of: problem)
      while let step = try run.next(), step.state.iteration < 3 {
        log.add("outer \(step.state.iteration)")
        let second = try inner.run(checkpoints, of: try inner.problem())
        var count = 0
        while try second.next() != nil { count += 1 }
        #expect(second.state?.theta.values.map(\.bitPattern) == whole.theta)
        handedOut.append(count)
        if handedOut.count == limit { break }
      }
      return handedOut
    }

    let (folder, log) = (try TemporaryFolder(), ListedSteps())
    #expect(try nested(folder, log, limit: .max) == [7, 7, 7])
    let lines = log.lines
    let (second, other) = (try TemporaryFolder(), ListedSteps())
    #expect(try nested(second, other, limit: 2) == [7, 7])
    // It goes on at the outer step 1, whose inner run had ended: that hands out its last step and ends.
    #expect(try nested(second, other, limit: .max) == [1, 7])
    #expect(other.lines == lines)
    try Folder.remove(folder.path)
    try Folder.remove(second.path)
  }
}
