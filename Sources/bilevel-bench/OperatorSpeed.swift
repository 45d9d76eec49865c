import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Fourier transforms, convolutions and projections of square planes.
///
/// Operations of a transform of n points are counted as 5 n log₂ n, half of that for real ones, whatever
/// is done.
struct OperatorSpeed: Measurement {
  let name = "operators"
  let isStandard = false

  /// Extents of the planes that are transformed: powers of 2, small primes, a large prime.
  private static let sides = [64, 128, 256, 320, 321, 481, 509, 512, 1024]
  /// Extent of the planes that are blurred and projected.
  private static let side = 256
  private static let angles = 60
  private static let kernels = [5, 9, 13, 25]

  func run(_ session: Session) {
    for single in [true, false] {
      for side in Self.sides { transforms(session, single, side) }
      for extent in Self.kernels { convolutions(session, single, extent) }
      projections(session, single)
    }
  }

  private func transforms(_ session: Session, _ single: Bool, _ side: Int) {
    let count = side * side
    let (real, imaginary) = (Plane(count, single), Plane(count, single))
    let operations = Int(5 * Double(count) * log2(Double(count)))
    let complex = FourierPlane(
      height: side, width: side, isReal: false, singlePrecision: single,
      instructions: session.instructionSet)
    report(session, single, "FFT \(side)x\(side)", operations) {
      complex.transform(real.start, imaginary.start)
    }
    let half = FourierPlane(
      height: side, width: side, isReal: true, singlePrecision: single,
      instructions: session.instructionSet)
    report(session, single, "real FFT \(side)x\(side)", operations / 2) {
      half.transform(real.start)
    }
    report(session, single, "inverse real FFT \(side)x\(side)", operations / 2) {
      half.inverse(into: imaginary.start)
    }
  }

  private func convolutions(_ session: Session, _ single: Bool, _ extent: Int) {
    let (x, y) = (Plane(Self.side * Self.side, single), Plane(Self.side * Self.side, single))
    let kernel = Array(repeating: 1 / Double(extent * extent), count: extent * extent)
    let operations = 2 * Self.side * Self.side * extent * extent
    let direct = PlaneConvolution(
      height: Self.side, width: Self.side, rows: extent, columns: extent, boundary: .reflect,
      singlePrecision: single, instructions: session.instructionSet)
    direct.setKernel(kernel)
    let label = "\(Self.side)x\(Self.side) with \(extent)x\(extent)"
    report(session, single, "convolution, direct, \(label)", operations) {
      direct.apply(x.start, into: y.start)
    }
    let fourier = FourierConvolution(
      height: Self.side, width: Self.side, rows: extent, columns: extent, kernel: kernel,
      boundary: .reflect, singlePrecision: single, instructions: session.instructionSet)
    report(session, single, "convolution, by FFT, \(label)", operations) {
      fourier.apply(x.start, into: y.start)
    }
  }

  private func projections(_ session: Session, _ single: Bool) {
    let geometry = ProjectionGeometry(
      height: Self.side, width: Self.side,
      angles: (0..<Self.angles).map { .pi * Double($0) / Double(Self.angles) }, detectors: 363)
    let projection = ParallelProjection(
      geometry, singlePrecision: single, instructions: session.instructionSet)
    let (x, y) = (
      Plane(Self.side * Self.side, single), Plane(Self.angles * geometry.detectors, single)
    )
    let operations = 6 * Self.side * Self.side * Self.angles
    let label = "\(Self.side)x\(Self.side), \(Self.angles) angles"
    report(session, single, "projection \(label)", operations) {
      projection.apply(x.start, into: y.start)
    }
    report(session, single, "back projection \(label)", operations) {
      projection.applyAdjoint(y.start, into: x.start)
    }
  }

  private func report(
    _ session: Session, _ single: Bool, _ label: String, _ operations: Int, _ work: () -> Void
  ) {
    let seconds = session.seconds(work)
    let gigaflops = 1e-9 * Double(operations) / seconds
    session.report.add(
      Reading(
        name: "\(name): \(label)", instructionSet: session.instructionSet, single: single,
        seconds: seconds,
        gigaflops: gigaflops, share: gigaflops / session.peak(single: single)))
  }

  /// Small numbers in one element type.
  private final class Plane {
    let start: UnsafeMutableRawPointer

    init(_ count: Int, _ single: Bool) {
      var numbers = BenchNumbers(seed: 1)
      start = .allocate(byteCount: count * (single ? 4 : 8), alignment: 64)
      for i in 0..<count {
        let value = 0.01 * numbers.next()
        if single {
          start.storeBytes(of: Float(value), toByteOffset: 4 * i, as: Float.self)
        } else {
          start.storeBytes(of: value, toByteOffset: 8 * i, as: Double.self)
        }
      }
    }

    deinit { start.deallocate() }
  }
}
