import Kernels

/// A convolution with several channels in and out, one thread: forward, adjoint and weight gradient.
struct ConvolutionSpeed: Measurement {
  var inputs: Int
  var outputs: Int
  var height: Int
  var width: Int
  var isStandard: Bool

  var name: String { "convolution \(inputs) to \(outputs) of 5x5, \(height)x\(width)" }

  /// The last layer of a ridge regularizer's filters, the hidden layer of a network, and their first.
  static let all = [
    ConvolutionSpeed(inputs: 8, outputs: 64, height: 64, width: 64, isStandard: true),
    ConvolutionSpeed(inputs: 8, outputs: 64, height: 321, width: 481, isStandard: false),
    ConvolutionSpeed(inputs: 32, outputs: 32, height: 64, width: 64, isStandard: false),
    ConvolutionSpeed(inputs: 1, outputs: 32, height: 64, width: 64, isStandard: false),
    ConvolutionSpeed(inputs: 4, outputs: 8, height: 64, width: 64, isStandard: false),
  ]

  func run(_ session: Session) {
    for single in [true, false] {
      let description = ConvolutionKernel.Description(
        inputChannels: inputs, outputChannels: outputs, size: 5, boundary: .zero,
        singlePrecision: single)
      var numbers = BenchNumbers(seed: 1)
      let kernel = ConvolutionKernel(
        description, coefficients: numbers.array(description.weightCount),
        instructionSet: session.instructionSet)
      let workspace = ConvolutionWorkspace(kernel, height: height, width: width)
      let x = BenchBuffer(inputs * height * width, single)
      let y = BenchBuffer(outputs * height * width, single)
      let result = BenchBuffer(max(inputs, outputs) * height * width, single)
      let sums = BenchBuffer(description.weightCount, false)
      let operations = 2 * Double(description.weightCount * height * width)
      session.report(name + ": forward", single, operations) {
        workspace.forward(x.start, result.start)
      }
      session.report(name + ": adjoint", single, operations) {
        workspace.addAdjoint(y.start, to: result.start)
      }
      session.report(name + ": weight gradient", single, operations) {
        workspace.addWeightGradient(
          x.start, y.start, to: sums.start.assumingMemoryBound(to: Double.self))
      }
    }
  }
}

/// An input-convex network of 32 maps, filters 5 × 5, one thread.
struct NetworkSpeed: Measurement {
  var height: Int
  var width: Int
  var activation: Activation
  var isStandard: Bool

  var name: String { "network 1 to 32 to 32, \(height)x\(width), \(activation.rawValue)" }

  /// Training crops, a whole photograph, and the smooth activation.
  static let all = [
    NetworkSpeed(height: 64, width: 64, activation: .smoothedRamp, isStandard: true),
    NetworkSpeed(height: 321, width: 481, activation: .smoothedRamp, isStandard: false),
    NetworkSpeed(height: 64, width: 64, activation: .softplus, isStandard: false),
  ]

  private static let features = 32

  func run(_ session: Session) {
    for single in [true, false] {
      let description = NetworkKernel.Description(
        channels: 1, features: Self.features, size: 5, activation: activation,
        singlePrecision: single)
      let kernel = NetworkKernel(
        description, parameters: parameters(description), instructionSet: session.instructionSet)
      let workspace = NetworkWorkspace(kernel, height: height, width: width)
      let x = BenchBuffer(height * width, single)
      let q = BenchBuffer(height * width, single)
      let result = BenchBuffer(height * width, single)
      let sums = BenchBuffer(description.offsets.count, false)
      // Operations of one convolution of either layer.
      let first = 2.0 * Double(description.offsets.firstBiases * height * width)
      let second =
        2.0 * Double(Self.features * Self.features * 25) * Double(height * width)
      session.report(name + ": value", single, first + second) { _ = workspace.value(x.start) }
      session.report(name + ": gradient and value", single, 2 * (first + second)) {
        workspace.gradient(x.start, result.start)
      }
      session.report(name + ": curvature", single, first + 2 * second) {
        workspace.prepareCurvature(x.start)
      }
      session.report(name + ": Hessian product", single, 2 * (first + second)) {
        workspace.hessianProduct(q.start, result.start)
      }
      session.report(name + ": mixed product", single, 4 * first + 6 * second) {
        workspace.mixedProduct(
          x.start, q.start, to: sums.start.assumingMemoryBound(to: Double.self))
      }
    }
  }

  /// Wx, bx, Wz ≥ 0, bz, w and τ, so small that sums of results stay finite.
  private func parameters(_ description: NetworkKernel.Description) -> [Double] {
    var numbers = BenchNumbers(seed: 2)
    let offsets = description.offsets
    var values = numbers.array(offsets.count)
    for i in offsets.second..<offsets.secondBiases { values[i] = 0.001 * (1 + values[i]) }
    for i in offsets.weights..<offsets.smoothing { values[i] = 0.001 }
    values[offsets.smoothing] = 0.01
    return values
  }
}

extension Session {
  /// Measures and reports work of so many multiplications and additions.
  func report(_ name: String, _ single: Bool, _ operations: Double, _ work: () -> Void) {
    let seconds = seconds(work)
    let gigaflops = 1e-9 * operations / seconds
    report.add(
      Reading(
        name: name, instructionSet: instructionSet, single: single, seconds: seconds,
        gigaflops: gigaflops, share: gigaflops / peak(single: single)))
  }
}

/// Small numbers in one element type.
final class BenchBuffer {
  let start: UnsafeMutableRawPointer

  init(_ count: Int, _ single: Bool) {
    var numbers = BenchNumbers(seed: 1)
    start = .allocate(byteCount: count * (single ? 4 : 8), alignment: 64)
    for (i, value) in numbers.array(count).enumerated() {
      if single {
        start.storeBytes(of: Float(0.01 * value), toByteOffset: 4 * i, as: Float.self)
      } else {
        start.storeBytes(of: 0.01 * value, toByteOffset: 8 * i, as: Double.self)
      }
    }
  }

  deinit { start.deallocate() }
}
