import CPlatform
import Kernels

/// Something that the bench measures.
protocol Measurement {
  /// Name in the report.
  var name: String { get }
  /// Whether `--quick` includes it.
  var isStandard: Bool { get }
  /// Measures and reports.
  func run(_ session: Session)
}

/// One run of the bench with one instruction set.
final class Session {
  let options: Options
  let instructionSet: InstructionSet
  let report: Report
  private var peaks: [Bool: Double] = [:]
  /// Shares of the peak that the standard problem has reached, by operation and type.
  var standardShares: [String: Double] = [:]

  init(options: Options, instructionSet: InstructionSet, report: Report) {
    self.options = options
    self.instructionSet = instructionSet
    self.report = report
  }

  /// Repetitions, of which the fastest counts.
  let repetitions = 10

  /// Seconds of this thread's processor time: the least of all repetitions.
  func seconds(_ work: () -> Void) -> Double {
    work()
    var best = Double.infinity
    for _ in 0..<repetitions {
      let start = platform_thread_seconds()
      work()
      best = min(best, platform_thread_seconds() - start)
    }
    return best
  }

  /// Multiply-adds of this processor, in GFLOP/s; measured once.
  func peak(single: Bool) -> Double {
    if let known = peaks[single] { return known }
    let rounds = 1_000_000
    let table = instructionSet.table
    let lanes = single ? table.lanes.single : table.lanes.double
    var sum = 0.0
    let seconds = seconds {
      sum += single ? table.peak.single(rounds) : table.peak.double(rounds)
    }
    precondition(sum.isFinite, "The chains stay finite.")
    let peak = 2e-9 * Double(rounds * lanes * table.peak.chains) / seconds
    peaks[single] = peak
    return peak
  }
}

/// The processor's limit itself.
struct MultiplyAddPeak: Measurement {
  let name = "multiply-add peak"
  let isStandard = true

  func run(_ session: Session) {
    for single in [true, false] {
      session.report.add(
        Reading(
          name: name, instructionSet: session.instructionSet, single: single, seconds: nil,
          gigaflops: session.peak(single: single), share: 1))
    }
  }
}

/// Numbers that every run and every implementation can make: x ← 1664525 x + 1013904223 modulo
/// 2³², scaled to −1..<1.
struct BenchNumbers {
  private var state: UInt32

  init(seed: UInt32) { state = seed }

  mutating func next() -> Double {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Double(state) / 2_147_483_648 - 1
  }

  mutating func array(_ count: Int) -> [Double] { (0..<count).map { _ in next() } }

  /// Sum of the first thousand numbers of seed 1.
  static var checksum: Double {
    var numbers = BenchNumbers(seed: 1)
    return numbers.array(1000).reduce(0, +)
  }
}
