import KernelInterface

/// Sums of derivatives by the spectra, by parts of an image that do not depend on the number of workers.
///
/// While a part goes by, a vector stands for every number of the spectra; at its end lanes are added in
/// Float64, then parts in their order.
final class RowTileDerivatives {
  private let spectra: RowTileSpectra
  private let bands: Int
  private let parts: Int
  private let lanes: Int
  private let vectors: [Memory]  // by worker
  private let partSums: Memory  // by part: of the spectra, β and ν
  private let total: Memory

  /// At most so many parts, each of whole bands.
  private static let mostParts = 4

  init(_ spectra: RowTileSpectra, _ layout: RowTileLayout, lanes: Int, _ workers: Int) {
    self.spectra = spectra
    self.lanes = lanes
    bands = layout.bands
    parts = min(bands, Self.mostParts)
    let (count, stride) = (spectra.count, spectra.description.elementStride)
    vectors = (0..<workers).map { _ in Memory(count: count * lanes, stride: stride) }
    let perPart = count + 2 * spectra.description.filters
    partSums = Memory(count: parts * perPart, stride: MemoryLayout<Double>.stride)
    total = Memory(count: count, stride: MemoryLayout<Double>.stride)
  }

  private func sums(_ part: Int) -> RidgeSums {
    let filters = spectra.description.filters
    let start = partSums.doubles + part * (spectra.count + 2 * filters)
    return RidgeSums(
      coefficients: start, weights: start + spectra.count,
      smoothing: start + spectra.count + filters)
  }

  /// Calls `body` for the bands of every part with the sums for β and ν and the vectors of the spectra to
  /// add to, and adds what comes to `sums`.
  func sum(
    _ shares: WorkerShares, into sums: RidgeSums,
    _ body: (Range<Int>, _ worker: Int, RidgeSums, UnsafeMutableRawPointer) -> Void
  ) {
    let workers = shares.workers
    partSums.start.initializeMemory(as: UInt8.self, repeating: 0, count: partSums.byteCount)
    shares.divide(workers) { [self] range in
      for worker in range {
        for part in (worker * parts / workers)..<((worker + 1) * parts / workers) {
          let memory = vectors[worker]
          memory.start.initializeMemory(as: UInt8.self, repeating: 0, count: memory.byteCount)
          let bands = (part * bands / parts)..<((part + 1) * bands / parts)
          body(bands, worker, self.sums(part), memory.start)
          addLanes(memory, to: self.sums(part).coefficients)
        }
      }
    }
    addParts(to: sums)
  }

  private func addParts(to sums: RidgeSums) {
    let filters = spectra.description.filters
    total.start.initializeMemory(as: UInt8.self, repeating: 0, count: total.byteCount)
    for part in 0..<parts {
      let part = self.sums(part)
      for i in 0..<spectra.count { total.doubles[i] += part.coefficients[i] }
      for k in 0..<filters {
        sums.weights[k] += part.weights[k]
        sums.smoothing[k] += part.smoothing[k]
      }
    }
    spectra.addDerivatives(UnsafePointer(total.doubles), to: sums.coefficients)
  }

  private func addLanes(_ memory: Memory, to sums: UnsafeMutablePointer<Double>) {
    if spectra.description.singlePrecision {
      addLanes(memory.start.assumingMemoryBound(to: Float.self), sums)
    } else {
      addLanes(memory.doubles, sums)
    }
  }

  private func addLanes<Element: BinaryFloatingPoint>(
    _ vectors: UnsafeMutablePointer<Element>, _ sums: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<spectra.count {
      var sum = 0.0
      for lane in 0..<lanes { sum += Double(vectors[i * lanes + lane]) }
      sums[i] += sum
    }
  }
}
