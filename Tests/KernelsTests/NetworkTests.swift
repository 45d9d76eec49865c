import Kernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A network, an image size and an instruction set to test with.
struct NetworkCase: Sendable, CustomTestStringConvertible {
  var description: NetworkKernel.Description
  var height: Int
  var width: Int
  var set: InstructionSet

  var testDescription: String {
    "\(set.rawValue) \(description.singlePrecision ? "Float" : "Double") "
      + "\(description.channels)x\(height)x\(width) \(description.features) of "
      + "\(description.size) \(description.activation.rawValue)"
  }

  static func all(single: Bool) -> [NetworkCase] {
    InstructionSet.available.flatMap { set in
      Activation.allCases.flatMap { activation in
        [
          (1, 7, 5, 13, 19), (3, 12, 3, 21, 33), (2, 5, 7, 3, 2), (1, 32, 5, 26, 9),
          (2, 12, 5, 7, 70),
        ].map { channels, features, size, height, width in
          NetworkCase(
            description: .init(
              channels: channels, features: features, size: size, activation: activation,
              singlePrecision: single), height: height, width: width, set: set)
        }
      }
    }
  }

  /// Wx, bx, Wz, bz, w, τ: some Wz negative, some w too.
  func parameters() -> [Double] {
    var numbers = TestNumbers(seed: 23)
    let offsets = description.offsets
    var values = numbers.array(offsets.count)
    for i in offsets.second..<offsets.secondBiases {
      values[i] = 4 * (values[i] + 0.7) / Double(description.features * description.size)
    }
    values[offsets.smoothing] = 0.3
    return values
  }

  func with(single: Bool, _ set: InstructionSet) -> NetworkCase {
    var other = self
    other.description.singlePrecision = single
    other.set = set
    return other
  }
}

/// A workspace as functions of arrays, in whichever precision it has.
struct NetworkAccess {
  let workspace: NetworkWorkspace
  let count: Int

  init(_ example: NetworkCase, workers: Int = 1) {
    let kernel = NetworkKernel(
      example.description, parameters: example.parameters(), instructionSet: example.set)
    workspace = NetworkWorkspace(
      kernel, height: example.height, width: example.width, workers: workers)
    count = example.description.channels * example.height * example.width
  }

  private var single: Bool { workspace.kernel.description.singlePrecision }

  private func input<R>(_ x: [Double], _ body: (UnsafeRawPointer) -> R) -> R {
    single
      ? x.map(Float.init).withUnsafeBytes { body($0.baseAddress!) }
      : x.withUnsafeBytes { body($0.baseAddress!) }
  }

  /// What `body` adds to an image of ones.
  private func added(_ body: (UnsafeMutableRawPointer) -> Void) -> [Double] {
    if single {
      var image = [Float](repeating: 1, count: count)
      image.withUnsafeMutableBytes { body($0.baseAddress!) }
      return image.map { Double($0) - 1 }
    }
    var image = [Double](repeating: 1, count: count)
    image.withUnsafeMutableBytes { body($0.baseAddress!) }
    return image.map { $0 - 1 }
  }

  private func sums(_ body: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
    var sums = [Double](repeating: 0, count: workspace.kernel.description.offsets.count)
    sums.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    return sums
  }

  func value(_ x: [Double]) -> Double { input(x) { workspace.value($0) } }

  /// All results at x, with q, d and a direction of parameters, by name.
  func results(_ x: [Double], _ q: [Double], _ d: [Double], _ theta: [Double]) -> [(
    String, [Double]
  )] {
    input(x) { x in
      input(q) { q in
        input(d) { d in
          var value = 0.0
          let gradient = added { value = workspace.gradient(x, $0) }
          workspace.prepareCurvature(x)
          // What was prepared outlives other operations.
          let mixed = sums { workspace.mixedProduct(x, q, to: $0) }
          let third = added { workspace.thirdProduct(x, q, d, $0) }
          let variation = sums { workspace.mixedVariation(x, q, d, to: $0) }
          let direction = theta.withUnsafeBufferPointer { theta in
            added { workspace.mixedDirection(x, theta.baseAddress!, $0) }
          }
          let product = added { workspace.hessianProduct(q, $0) }
          return [
            ("value", [workspace.value(x)]), ("gradient's value", [value]),
            ("gradient", gradient), ("Hessian product", product), ("mixed product", mixed),
            ("mixed direction", direction), ("third product", third),
            ("mixed variation", variation),
          ]
        }
      }
    }
  }
}

@Suite struct NetworkTests {
  /// The formula, loop by loop.
  private func naiveValue(_ example: NetworkCase, _ x: [Double]) -> Double {
    let (description, values) = (example.description, example.parameters())
    let offsets = description.offsets
    func layer(_ inputs: Int, _ z: [Double], _ weights: Int, _ biases: Int) -> [Double] {
      let convolution = ConvolutionCase(
        description: .init(
          inputChannels: inputs, outputChannels: description.features, size: description.size,
          boundary: .zero, singlePrecision: false), height: example.height,
        width: example.width, set: example.set)
      let count = convolution.description.weightCount
      let pixels = example.height * example.width
      let sums = NaiveConvolution(convolution)
        .forward(z, Array(values[weights..<weights + count]))
      return sums.indices.map { sums[$0] + values[biases + $0 / pixels] }
    }
    func activation(_ t: Double) -> Double {
      let tau = values[offsets.smoothing]
      switch description.activation {
      case .smoothedRamp: return t <= 0 ? 0 : (t < tau ? t * t / (2 * tau) : t - tau / 2)
      case .softplus: return max(t, 0) + tau * log1p(exp(-abs(t) / tau))
      }
    }
    let z = layer(description.channels, x, 0, offsets.firstBiases).map(activation)
    let u = layer(description.features, z, offsets.second, offsets.secondBiases)
    let pixels = example.height * example.width
    return u.indices.reduce(0) {
      $0 + values[offsets.weights + $1 / pixels] * activation(u[$1])
    }
  }

  @Test(arguments: NetworkCase.all(single: false))
  func valueIsTheFormula(_ example: NetworkCase) {
    let access = NetworkAccess(example)
    var numbers = TestNumbers(seed: 3)
    let x = numbers.array(access.count)
    #expect(relativeError([access.value(x)], [naiveValue(example, x)]) < 1e-12)
  }

  /// Far from 0 as near it: softplus has its own branches there.
  @Test(arguments: [1e-6, 1e-2, 1, 30, 1e4], [false, true])
  func valueIsTheFormulaFarOut(_ scale: Double, _ single: Bool) {
    for example in NetworkCase.all(single: single) where example.set == .preferred {
      let access = NetworkAccess(example)
      var numbers = TestNumbers(seed: 4)
      let x = numbers.array(access.count).map { scale * $0 }
      let error = relativeError([access.value(x)], [naiveValue(example, x)])
      #expect(error < (single ? 2e-5 : 1e-12), "\(example.testDescription)")
    }
  }

  /// Float32 against Float64, whose derivatives are checked by finite differences elsewhere.
  @Test(arguments: NetworkCase.all(single: true))
  func singlePrecisionAgrees(_ example: NetworkCase) {
    compare(example, example.with(single: false, .preferred), tolerance: 2e-4)
  }

  @Test(arguments: NetworkCase.all(single: false))
  func instructionSetsAgree(_ example: NetworkCase) {
    compare(example, example.with(single: false, .baseline), tolerance: 1e-11)
  }

  private func compare(_ first: NetworkCase, _ second: NetworkCase, tolerance: Double) {
    // The smoothed ReLU's second derivative jumps: a pixel may be on the other side by rounding.
    if first.description.activation == .smoothedRamp && first.description.singlePrecision {
      return compareValues(first, second, tolerance)
    }
    let results = Self.results(NetworkAccess(first), first)
    for (ours, theirs) in zip(results, Self.results(NetworkAccess(second), second)) {
      let isZero = theirs.1.allSatisfy { $0 == 0 }
      #expect(
        isZero ? ours.1.allSatisfy { $0 == 0 } : relativeError(ours.1, theirs.1) < tolerance,
        "\(ours.0)")
    }
  }

  private func compareValues(_ first: NetworkCase, _ second: NetworkCase, _ tolerance: Double) {
    let results = Self.results(NetworkAccess(first), first)
    let others = Self.results(NetworkAccess(second), second)
    for (ours, theirs) in zip(results, others).prefix(3) {
      #expect(relativeError(ours.1, theirs.1) < tolerance, "\(ours.0)")
    }
  }

  private static func results(
    _ access: NetworkAccess, _ example: NetworkCase
  ) -> [(String, [Double])] {
    var numbers = TestNumbers(seed: 9)
    let (x, q, d) = (
      numbers.array(access.count), numbers.array(access.count), numbers.array(access.count)
    )
    return access.results(x, q, d, numbers.array(example.description.offsets.count))
  }

  /// The same bits however many threads share a call, on images of several bands, and whatever was
  /// computed before.
  @Test(arguments: [false, true], [2, 3])
  func sameBitsForAllWorkers(_ single: Bool, _ workers: Int) {
    for activation in Activation.allCases {
      let example = NetworkCase(
        description: .init(
          channels: 2, features: 20, size: 5, activation: activation, singlePrecision: single),
        height: 83, width: 21, set: .preferred)
      let alone = NetworkAccess(example)
      let one = Self.results(alone, example)
      for (a, b) in zip(one, Self.results(alone, example)) { #expect(a.1 == b.1, "\(a.0) again") }
      let several = Self.results(NetworkAccess(example, workers: workers), example)
      for (a, b) in zip(one, several) { #expect(a.1 == b.1, "\(a.0)") }
    }
  }
}
