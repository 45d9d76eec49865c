import CPlatform
import Dispatch
import Kernels

/// What a second thread brings, by wall time, which means nothing on a busy machine.
///
/// The standard batch shares its images, a large image its rows.
struct WorkerSpeed: Measurement {
  let name = "two threads"
  let isStandard = false

  func run(_ session: Session) {
    for single in [true, false] {
      var problem = RidgeProblem()
      problem.description.singlePrecision = single
      var half = problem
      half.images = problem.images / 2
      let batches = [half, half].map { RidgeBatch($0, session.instructionSet) }
      compare(session, single, "gradient of 2x12 images") {
        for batch in batches { batch.gradient(wantsValue: false) }
      } two: {
        let shared = Shared(batches: batches)
        DispatchQueue.concurrentPerform(iterations: 2) {
          shared.batches[$0].gradient(wantsValue: false)
        }
      }
      problem.images = 1
      (problem.height, problem.width) = (321, 481)
      let one = RidgeBatch(problem, session.instructionSet)
      let two = RidgeBatch(problem, session.instructionSet, workers: 2)
      compare(session, single, "gradient of 321x481 by strips") {
        one.gradient(wantsValue: false)
      } two: {
        two.gradient(wantsValue: false)
      }
    }
  }

  private func compare(
    _ session: Session, _ single: Bool, _ label: String, one: () -> Void, two: () -> Void
  ) {
    let serial = wallSeconds(session, one)
    let parallel = wallSeconds(session, two)
    let ratio = (serial / parallel * 100).rounded() / 100
    session.report.add(
      Reading(
        name: "\(name): \(label)", instructionSet: session.instructionSet, single: single,
        seconds: parallel, note: "\(ratio) times as fast as one (wall time)"))
  }

  private func wallSeconds(_ session: Session, _ work: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<session.repetitions {
      let start = platform_seconds()
      work()
      best = min(best, platform_seconds() - start)
    }
    return best
  }

  /// Batches of which every thread uses another one.
  private struct Shared: @unchecked Sendable {
    let batches: [RidgeBatch]
  }
}
