import Kernels

/// A workspace as functions of arrays, in whichever precision it has.
struct RidgeAccess {
  let workspace: RidgeWorkspace
  let channels: Int

  init(_ naive: NaiveRidge, _ instructionSet: InstructionSet, workers: Int = 1) {
    workspace = RidgeWorkspace(
      naive.kernel(instructionSet), height: naive.height, width: naive.width, workers: workers)
    channels = naive.description.channels
  }

  private var single: Bool { workspace.kernel.description.singlePrecision }

  private func input<R>(_ x: [Double], _ body: (UnsafeRawPointer) -> R) -> R {
    single
      ? x.map(Float.init).withUnsafeBytes { body($0.baseAddress!) }
      : x.withUnsafeBytes { body($0.baseAddress!) }
  }

  /// What `body` adds to an image that holds `start`.
  private func added(
    _ count: Int, start: Double = 0, _ body: (UnsafeMutableRawPointer) -> Void
  ) -> [Double] {
    if single {
      var image = [Float](repeating: Float(start), count: count)
      image.withUnsafeMutableBytes { body($0.baseAddress!) }
      return image.map(Double.init)
    }
    var image = [Double](repeating: start, count: count)
    image.withUnsafeMutableBytes { body($0.baseAddress!) }
    return image
  }

  func value(_ x: [Double]) -> Double { input(x) { workspace.value($0) } }

  func gradient(_ x: [Double], start: Double = 0) -> [Double] {
    input(x) { x in
      added(channels * pixels, start: start) { workspace.gradient(x, $0, wantsValue: false) }
    }
  }

  func gradientAndValue(_ x: [Double]) -> (gradient: [Double], value: Double) {
    var value = 0.0
    let gradient = input(x) { x in
      added(channels * pixels) { value = workspace.gradient(x, $0, wantsValue: true) }
    }
    return (gradient, value)
  }

  func prepareCurvature(_ x: [Double]) { input(x) { workspace.prepareCurvature($0) } }

  func hessianProduct(_ v: [Double]) -> [Double] {
    input(v) { v in added(channels * pixels) { workspace.hessianProduct(v, $0) } }
  }

  func thirdProduct(_ x: [Double], _ q: [Double], _ d: [Double]) -> [Double] {
    input(x) { x in
      input(q) { q in
        input(d) { d in added(channels * pixels) { workspace.thirdProduct(x, q, d, $0) } }
      }
    }
  }

  func mixedProduct(_ x: [Double], _ q: [Double]) -> [Double] {
    parameterSums { f, beta, nu in
      input(x) { x in
        input(q) { workspace.mixedProduct(x, $0, coefficients: f, weights: beta, smoothing: nu) }
      }
    }
  }

  func mixedVariation(_ x: [Double], _ q: [Double], _ d: [Double]) -> [Double] {
    parameterSums { f, beta, nu in
      input(x) { x in
        input(q) { q in
          input(d) {
            workspace.mixedVariation(x, q, $0, coefficients: f, weights: beta, smoothing: nu)
          }
        }
      }
    }
  }

  func mixedDirection(_ x: [Double], _ direction: [Double]) -> [Double] {
    let description = workspace.kernel.description
    return input(x) { x in
      added(channels * pixels) { image in
        direction.withUnsafeBufferPointer {
          let f = $0.baseAddress!
          let beta = f + description.filters * description.taps
          workspace.mixedDirection(
            x, coefficients: f, weights: beta, smoothing: beta + description.filters, image)
        }
      }
    }
  }

  func responses(_ x: [Double], _ filter: Int) -> [Double] {
    input(x) { x in added(pixels) { workspace.responses(x, filter: filter, $0) } }
  }

  func adjoint(_ response: [Double], _ filter: Int) -> [Double] {
    input(response) { response in
      added(channels * pixels) { workspace.adjoint(response, filter: filter, $0) }
    }
  }

  private var pixels: Int { workspace.height * workspace.width }

  private func parameterSums(
    _ body: (
      UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>
    ) -> Void
  ) -> [Double] {
    let description = workspace.kernel.description
    var sums = [Double](repeating: 0, count: description.filters * (description.taps + 2))
    sums.withUnsafeMutableBufferPointer {
      let f = $0.baseAddress!
      let beta = f + description.filters * description.taps
      body(f, beta, beta + description.filters)
    }
    return sums
  }
}

/// max |a − b| / max |b|.
func relativeError(_ a: [Double], _ b: [Double]) -> Double {
  let largest = b.map(\.magnitude).max() ?? 0
  let difference = zip(a, b).map { ($0 - $1).magnitude }.max() ?? 0
  return a.contains { !$0.isFinite } ? .infinity : difference / max(largest, 1e-300)
}
