import Kernels

/// Operations of a Fields-of-Experts energy on a batch of images, one thread.
struct RidgeSpeed: Measurement {
  var label: String
  var problem: RidgeProblem
  var isStandard: Bool

  var name: String { "ridge " + label }

  /// The standard problem: 25 images of 96 × 96, 48 filters of 7 × 7.
  static let special = [
    RidgeSpeed(label: "25x96x96 48 of 7x7", problem: RidgeProblem(), isStandard: true)
  ]

  /// Other sizes, boundaries, potentials and channels.
  static var general: [RidgeSpeed] {
    var cases: [RidgeSpeed] = []
    func add(_ label: String, _ change: (inout RidgeProblem) -> Void) {
      var problem = RidgeProblem()
      change(&problem)
      cases.append(RidgeSpeed(label: label, problem: problem, isStandard: false))
    }
    for boundary in Boundary.allCases where boundary != .zero {
      add(boundary.rawValue) { $0.description.boundary = boundary }
    }
    for potential in Potential.allCases where potential != .smoothedAbsolute {
      add(potential.rawValue) { $0.description.potential = potential }
    }
    for size in RidgeKernel.sizes where size != 7 {
      add("48 of \(size)x\(size)") { $0.description.size = size }
    }
    for filters in [8, 24, 30, 64] {
      add("\(filters) of 7x7") { $0.description.filters = filters }
    }
    add("3 channels") {
      $0.description.channels = 3
      $0.images = 8
    }
    // The last layer of a convex ridge regularizer, in Float32 by tiles: of the operations that the
    // formula has, a quarter is done.
    for potential in [Potential.huber, .logCosh] {
      add("2x321x481 64 of 5x5, 8 channels, \(potential.rawValue)") {
        ($0.images, $0.height, $0.width) = (2, 321, 481)
        $0.description.channels = 8
        $0.description.filters = 64
        $0.description.size = 5
        $0.description.potential = potential
      }
    }
    add("1x321x481") { ($0.images, $0.height, $0.width) = (1, 321, 481) }
    add("25x100x100") { ($0.height, $0.width) = (100, 100) }
    add("one 96x96 again and again") { $0.images = 1 }
    add("one 96x96 again and again, 48 of 3x3") { ($0.images, $0.description.size) = (1, 3) }
    return cases
  }

  func run(_ session: Session) {
    for single in [true, false] {
      var problem = problem
      problem.description.singlePrecision = single
      let bench = RidgeBatch(problem, session.instructionSet)
      measure(session, problem, "gradient", 2) { bench.gradient(wantsValue: false) }
      measure(session, problem, "gradient and value", 2) { bench.gradient(wantsValue: true) }
      measure(session, problem, "curvature", 1) { bench.prepareCurvature() }
      measure(session, problem, "Hessian product", 2) { bench.hessianProduct() }
      measure(session, problem, "mixed product", 4) { bench.mixedProduct() }
    }
  }

  private func measure(
    _ session: Session, _ problem: RidgeProblem, _ operation: String, _ convolutions: Double,
    _ work: () -> Void
  ) {
    let seconds = session.seconds(work)
    let gigaflops = 1e-9 * convolutions * problem.flopsPerConvolution / seconds
    let single = problem.description.singlePrecision
    let share = gigaflops / session.peak(single: single)
    session.report.add(
      Reading(
        name: "\(name): \(operation)", instructionSet: session.instructionSet, single: single,
        seconds: seconds, gigaflops: gigaflops, share: share,
        note: comparison(session, operation + (single ? " in Float32" : " in Float64"), share)))
  }

  /// What part of the standard problem's share of the peak this one reaches, if that is known.
  private func comparison(_ session: Session, _ operation: String, _ share: Double) -> String {
    if isStandard { session.standardShares[operation] = share }
    guard !isStandard, let standard = session.standardShares[operation] else { return "" }
    return "\((share / standard * 100).rounded() / 100) of the standard problem's"
  }
}

/// A batch of images and an energy.
struct RidgeProblem {
  var images = 25
  var height = 96
  var width = 96
  var description = RidgeKernel.Description(
    channels: 1, filters: 48, size: 7, boundary: .zero, potential: .smoothedAbsolute,
    singlePrecision: true)

  /// Multiplications and additions of one convolution of all images with all filters.
  var flopsPerConvolution: Double {
    2 * Double(description.taps * description.filters) * Double(images * height * width)
  }
}

/// The data of a problem, and a workspace for every image.
final class RidgeBatch {
  private let problem: RidgeProblem
  private let workspaces: [RidgeWorkspace]
  private let bytesPerImage: Int
  private let points: UnsafeMutableRawPointer
  private let directions: UnsafeMutableRawPointer
  private let results: UnsafeMutableRawPointer
  private var sums: [Double]

  init(_ problem: RidgeProblem, _ instructionSet: InstructionSet, workers: Int = 1) {
    self.problem = problem
    let description = problem.description
    var numbers = BenchNumbers(seed: 1)
    let kernel = RidgeKernel(
      description, coefficients: numbers.array(description.filters * description.taps),
      weights: numbers.array(description.filters).map { 1 + 0.1 * $0 },
      smoothing: numbers.array(description.filters).map { 0.5 + 0.1 * $0 },
      instructionSet: instructionSet)
    workspaces = (0..<problem.images).map { _ in
      RidgeWorkspace(kernel, height: problem.height, width: problem.width, workers: workers)
    }
    let count = description.channels * problem.height * problem.width
    let stride =
      description.singlePrecision ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
    bytesPerImage = count * stride
    func images() -> UnsafeMutableRawPointer {
      let memory = UnsafeMutableRawPointer.allocate(
        byteCount: problem.images * count * stride, alignment: 64)
      for i in 0..<(problem.images * count) {
        if description.singlePrecision {
          memory.assumingMemoryBound(to: Float.self)[i] = Float(numbers.next())
        } else {
          memory.assumingMemoryBound(to: Double.self)[i] = numbers.next()
        }
      }
      return memory
    }
    points = images()
    directions = images()
    results = images()
    sums = Array(repeating: 0, count: description.filters * (description.taps + 2))
    prepareCurvature()
  }

  deinit {
    points.deallocate()
    directions.deallocate()
    results.deallocate()
  }

  private func each(_ body: (RidgeWorkspace, Int) -> Void) {
    for (image, workspace) in workspaces.enumerated() { body(workspace, image * bytesPerImage) }
  }

  func gradient(wantsValue: Bool) {
    each { $0.gradient(points + $1, results + $1, wantsValue: wantsValue) }
  }

  func prepareCurvature() { each { $0.prepareCurvature(points + $1) } }

  func hessianProduct() { each { $0.hessianProduct(directions + $1, results + $1) } }

  func mixedProduct() {
    let description = problem.description
    sums.withUnsafeMutableBufferPointer { sums in
      let f = sums.baseAddress!
      let weights = f + description.filters * description.taps
      each {
        $0.mixedProduct(
          points + $1, directions + $1, coefficients: f, weights: weights,
          smoothing: weights + description.filters)
      }
    }
  }
}
