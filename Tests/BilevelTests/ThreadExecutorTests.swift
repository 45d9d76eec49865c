import Bilevel
import Synchronization
import Tensors
import TestSupport
import Testing

/// Notes how far passes over 37 samples come; other tests' passes have other sizes.
private final class Watcher: SampleObserver {
  let events = Mutex<[Int]>([])

  func samples(finished: Int, of count: Int) {
    if count == 37 { events.withLock { $0.append(finished) } }
  }
}

private struct Failure: Error, Equatable { let index: Int }

@Suite struct ThreadExecutorTests {
  @Test(arguments: [1, 2, 3, 8])
  func resultsComeInSampleOrder(threads: Int) throws {
    let executor = ThreadExecutor(threads: threads)
    #expect(try executor.map(100) { index, _ in index * index } == (0..<100).map { $0 * $0 })
    #expect(try executor.map(0) { index, _ in index } == [])
  }

  @Test(arguments: [1, 2, 3, 8])
  func firstErrorIsThrown(threads: Int) {
    for _ in 0..<20 {
      #expect(throws: Failure(index: 3)) {
        try ThreadExecutor(threads: threads).map(50) { index, _ in
          if index == 3 || index > 4 { throw Failure(index: index) }
          return index
        }
      }
    }
  }

  @Test func errorEndsTheWork() {
    let count = Atomic(0)
    #expect(throws: Failure.self) {
      try ThreadExecutor(threads: 2).map(1000) { index, _ in
        count.wrappingAdd(1, ordering: .relaxed)
        throw Failure(index: index)
      }
    }
    #expect(count.load(ordering: .relaxed) <= 2)
  }

  @Test func workspacesAreKept() throws {
    let executor = ThreadExecutor(threads: 1)
    let first = try executor.map(2) { _, workspace in ObjectIdentifier(workspace) }
    let second = try executor.map(1) { _, workspace in ObjectIdentifier(workspace) }
    #expect(Set(first + second).count == 1)
  }

  @Test func fewSamplesShareTheWorkers() {
    let executor = ThreadExecutor(threads: 8)
    #expect(executor.workersPerSample(1) == 8)
    #expect(executor.workersPerSample(3) == 2)
    #expect(executor.workersPerSample(25) == 1)
  }

  @Test func hypergradientsDoNotDependOnTheThreads() throws {
    let mean = try [1, 2, 3].map { threads in
      let samples = try ThreadExecutor(threads: threads).map(9) { index, workspace in
        var random = RandomSource(seed: 77, stream: UInt64(index))
        let energy = SmoothedRidgeEnergy.random(&random)
        let sample = SampleProblem(
          energy: energy, loss: SquaredL2Loss(), truth: Tensor(zeros: [12]),
          initial: Tensor(zeros: [12]))
        return Implicit().hypergradient(
          sample, accuracy: Accuracy(lowerLevel: 1e-3, linearSystem: 1e-3), from: nil,
          budget: .max, workspace: workspace)
      }
      return HypergradientMean(samples, correct: false)
    }
    for other in mean.dropFirst() {
      #expect(other.z.map(\.bitPattern) == mean[0].z.map(\.bitPattern))
      #expect(other.loss.bitPattern == mean[0].loss.bitPattern)
      #expect(other.errorEstimate == mean[0].errorEstimate)
      #expect(other.cost == mean[0].cost)
    }
  }

  @Test(.serialized, arguments: [1, 3])
  func passesAreObserved(threads: Int) throws {
    let watcher = Watcher()
    SampleObservation.observer = watcher
    defer { SampleObservation.observer = nil }
    _ = try ThreadExecutor(threads: threads).map(37) { index, _ in index }
    let events = watcher.events.withLock { $0 }
    #expect(events.first == 0)
    #expect(events.sorted() == Array(0...37))
  }
}
