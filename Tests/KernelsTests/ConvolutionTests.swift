import Kernels
import Testing

/// A convolution, an image size and an instruction set to test with.
struct ConvolutionCase: Sendable, CustomTestStringConvertible {
  var description: ConvolutionKernel.Description
  var height: Int
  var width: Int
  var set: InstructionSet

  var testDescription: String {
    "\(set.rawValue) \(description.singlePrecision ? "Float" : "Double") "
      + "\(description.inputChannels) to \(description.outputChannels) of \(description.size) "
      + "\(description.boundary.rawValue) \(height)x\(width)"
  }

  /// Accepted relative error: some roundings of the element type.
  var tolerance: Double { description.singlePrecision ? 2e-5 : 1e-13 }

  /// Every boundary and size, several channels, odd images, in both precisions.
  static let all: [ConvolutionCase] = InstructionSet.available.flatMap { set in
    [false, true].flatMap { single in
      Boundary.allCases.flatMap { boundary in
        [
          (1, 4, 5, 21, 33), (4, 8, 5, 13, 14), (8, 64, 5, 7, 19), (3, 5, 3, 5, 3),
          (3, 5, 7, 52, 9),
          (2, 7, 9, 11, 20), (1, 2, 11, 17, 13), (2, 1, 13, 15, 40), (32, 32, 5, 9, 8),
        ].map { input, output, size, height, width in
          ConvolutionCase(
            description: .init(
              inputChannels: input, outputChannels: output, size: size, boundary: boundary,
              singlePrecision: single), height: height, width: width, set: set)
        }
      }
    }
  }
}

/// A convolution by its formula, in Float64.
struct NaiveConvolution {
  let description: ConvolutionKernel.Description
  let height: Int
  let width: Int
  let coefficients: [Double]

  init(_ example: ConvolutionCase) {
    description = example.description
    height = example.height
    width = example.width
    var numbers = TestNumbers(seed: 17)
    coefficients = numbers.array(description.weightCount)
  }

  var inputCount: Int { description.inputChannels * height * width }
  var outputCount: Int { description.outputChannels * height * width }

  private func source(_ i: Int, _ n: Int) -> Int? {
    if i >= 0 && i < n { return i }
    switch description.boundary {
    case .zero: return nil
    case .periodic: return ((i % n) + n) % n
    case .reflect: return i < 0 ? -i : 2 * (n - 1) - i
    }
  }

  /// Calls `body(output, input, weight)` for all that a weight connects.
  private func eachTap(_ body: (Int, Int, Int) -> Void) {
    let size = description.size
    let radius = description.radius
    for o in 0..<description.outputChannels {
      for c in 0..<description.inputChannels {
        for a in 0..<size {
          for b in 0..<size {
            let weight = ((o * description.inputChannels + c) * size + a) * size + b
            for i in 0..<height {
              guard let row = source(i + a - radius, height) else { continue }
              for j in 0..<width {
                guard let column = source(j + b - radius, width) else { continue }
                body((o * height + i) * width + j, (c * height + row) * width + column, weight)
              }
            }
          }
        }
      }
    }
  }

  func forward(_ x: [Double], _ weights: [Double]) -> [Double] {
    var y = [Double](repeating: 0, count: outputCount)
    eachTap { y[$0] += weights[$2] * x[$1] }
    return y
  }

  func adjoint(_ y: [Double], _ weights: [Double]) -> [Double] {
    var x = [Double](repeating: 0, count: inputCount)
    eachTap { x[$1] += weights[$2] * y[$0] }
    return x
  }

  func weightGradient(_ x: [Double], _ y: [Double]) -> [Double] {
    var g = [Double](repeating: 0, count: coefficients.count)
    eachTap { g[$2] += y[$0] * x[$1] }
    return g
  }
}

/// A workspace as functions of arrays, in whichever precision it has.
struct ConvolutionAccess {
  let workspace: ConvolutionWorkspace
  let naive: NaiveConvolution

  init(_ example: ConvolutionCase, workers: Int = 1) {
    naive = NaiveConvolution(example)
    let kernel = ConvolutionKernel(
      example.description, coefficients: naive.coefficients, instructionSet: example.set)
    workspace = ConvolutionWorkspace(
      kernel, height: example.height, width: example.width, workers: workers)
  }

  private var single: Bool { workspace.kernel.description.singlePrecision }

  private func input<R>(_ x: [Double], _ body: (UnsafeRawPointer) -> R) -> R {
    single
      ? x.map(Float.init).withUnsafeBytes { body($0.baseAddress!) }
      : x.withUnsafeBytes { body($0.baseAddress!) }
  }

  private func changed(
    _ start: [Double], _ body: (UnsafeMutableRawPointer) -> Void
  ) -> [Double] {
    if single {
      var image = start.map(Float.init)
      image.withUnsafeMutableBytes { body($0.baseAddress!) }
      return image.map(Double.init)
    }
    var image = start
    image.withUnsafeMutableBytes { body($0.baseAddress!) }
    return image
  }

  func forward(_ x: [Double]) -> [Double] {
    let start = [Double](repeating: 7, count: naive.outputCount)
    return input(x) { x in changed(start) { workspace.forward(x, $0) } }
  }

  func forward(_ x: [Double], _ weights: [Double]) -> [Double] {
    let start = [Double](repeating: 0, count: naive.outputCount)
    return input(x) { x in
      changed(start) { y in
        weights.withUnsafeBufferPointer {
          workspace.forward(x, y, coefficients: $0.baseAddress!)
        }
      }
    }
  }

  func adjoint(_ y: [Double], addedTo start: [Double]) -> [Double] {
    input(y) { y in changed(start) { workspace.addAdjoint(y, to: $0) } }
  }

  func adjoint(_ y: [Double], _ weights: [Double]) -> [Double] {
    let start = [Double](repeating: 0, count: naive.inputCount)
    return input(y) { y in
      changed(start) { x in
        weights.withUnsafeBufferPointer {
          workspace.addAdjoint(y, to: x, coefficients: $0.baseAddress!)
        }
      }
    }
  }

  func weightGradient(_ x: [Double], _ y: [Double], start: Double = 0) -> [Double] {
    var gradient = [Double](repeating: start, count: naive.coefficients.count)
    gradient.withUnsafeMutableBufferPointer { g in
      input(x) { x in input(y) { workspace.addWeightGradient(x, $0, to: g.baseAddress!) } }
    }
    return gradient
  }
}

@Suite struct ConvolutionTests {
  @Test(arguments: ConvolutionCase.all)
  func agreesWithFormulas(_ example: ConvolutionCase) {
    let access = ConvolutionAccess(example)
    let naive = access.naive
    var numbers = TestNumbers(seed: 3)
    let (x, y) = (numbers.array(naive.inputCount), numbers.array(naive.outputCount))
    let others = numbers.array(naive.coefficients.count)
    let tolerance = example.tolerance
    // Twice: what one pass leaves in the scratch must not disturb the next.
    for _ in 0..<2 {
      let forward = naive.forward(x, naive.coefficients)
      #expect(relativeError(access.forward(x), forward) < tolerance)
      let sum = zip(x, naive.adjoint(y, naive.coefficients)).map { $0 + $1 }
      #expect(relativeError(access.adjoint(y, addedTo: x), sum) < tolerance)
      let gradient = naive.weightGradient(x, y)
      #expect(relativeError(access.weightGradient(x, y), gradient) < tolerance)
      let shifted = gradient.map { $0 + 3 }
      #expect(relativeError(access.weightGradient(x, y, start: 3), shifted) < tolerance)
      #expect(relativeError(access.forward(x, others), naive.forward(x, others)) < tolerance)
      #expect(relativeError(access.adjoint(y, others), naive.adjoint(y, others)) < tolerance)
    }
  }

  /// ⟨K x, y⟩ = ⟨x, Kᵀ y⟩ = ⟨w, ∂⟨K x, y⟩/∂w⟩.
  @Test(arguments: ConvolutionCase.all.filter { !$0.description.singlePrecision })
  func adjointIsExact(_ example: ConvolutionCase) {
    let access = ConvolutionAccess(example)
    let naive = access.naive
    var numbers = TestNumbers(seed: 5)
    let (x, y) = (numbers.array(naive.inputCount), numbers.array(naive.outputCount))
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    func norm(_ a: [Double]) -> Double { product(a, a).squareRoot() }
    let forward = access.forward(x)
    let left = product(forward, y)
    let right = product(x, access.adjoint(y, addedTo: x.map { _ in 0 }))
    let byWeights = product(naive.coefficients, access.weightGradient(x, y))
    #expect(abs(left - right) <= 1e-13 * norm(forward) * norm(y))
    #expect(abs(left - byWeights) <= 1e-13 * norm(forward) * norm(y))
  }

  /// The same bits however many threads share a call, on images of several bands.
  @Test(arguments: Boundary.allCases, [false, true])
  func sameBitsForAllWorkers(_ boundary: Boundary, _ single: Bool) {
    for (input, output, size) in [(4, 8, 5), (2, 20, 3), (1, 7, 13)] {
      let example = ConvolutionCase(
        description: .init(
          inputChannels: input, outputChannels: output, size: size, boundary: boundary,
          singlePrecision: single), height: 83, width: 21, set: .preferred)
      let one = ConvolutionAccess(example)
      var numbers = TestNumbers(seed: 11)
      let x = numbers.array(one.naive.inputCount)
      let y = numbers.array(one.naive.outputCount)
      for workers in [2, 3] {
        let several = ConvolutionAccess(example, workers: workers)
        #expect(one.forward(x) == several.forward(x))
        #expect(one.adjoint(y, addedTo: x) == several.adjoint(y, addedTo: x))
        #expect(one.weightGradient(x, y) == several.weightGradient(x, y))
      }
    }
  }
}
