import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How large ‖W‖² is for a stack of convolutions W, and ∂ log ‖W‖²/∂(its coefficients).
struct StackNorm: Sendable {
  /// ‖W‖², or what stands for it.
  let value: Double
  /// The derivatives of its logarithm, in the order of the coefficients.
  let logarithmDerivatives: [Double]
}

// MARK: By Fourier transform

extension StackNorm {
  /// Points of the grid of frequencies along each axis.
  static let gridPoints = 256

  /// The largest λ_max(Ŵ(ω)*Ŵ(ω)) over a grid of frequencies, where Ŵ is the product of the layers'
  /// symbols: ‖W‖² of periodic images of 256 × 256 pixels.
  ///
  /// For other boundaries it is an estimate: within reach of the border every layer is cropped before
  /// the next one sees it. At the largest frequency with the unit eigenvector u,
  /// ∂λ = 2 Re ⟨Ŵu, (∂Ŵ)u⟩.
  static func fourier(_ stack: ConvolutionStack, _ coefficients: [Double]) -> StackNorm {
    let symbol = StackSymbol(stack, coefficients)
    let peak = symbol.peak()
    let passes = symbol.passes(peak)
    let value = passes.output.reduce(0) { $0 + $1.squaredMagnitude }
    let scale = value > 0 ? 2 / value : 0
    return StackNorm(
      value: value, logarithmDerivatives: passes.derivatives.map { scale * $0 })
  }
}

/// A complex number.
struct ComplexNumber: Sendable {
  var real = 0.0
  var imaginary = 0.0

  var squaredMagnitude: Double { real * real + imaginary * imaginary }
  var conjugate: ComplexNumber { ComplexNumber(real: real, imaginary: -imaginary) }

  static func + (a: ComplexNumber, b: ComplexNumber) -> ComplexNumber {
    ComplexNumber(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
  }

  static func * (a: ComplexNumber, b: ComplexNumber) -> ComplexNumber {
    ComplexNumber(
      real: a.real * b.real - a.imaginary * b.imaginary,
      imaginary: a.real * b.imaginary + a.imaginary * b.real)
  }

  static func * (a: Double, b: ComplexNumber) -> ComplexNumber {
    ComplexNumber(real: a * b.real, imaginary: a * b.imaginary)
  }

  /// e^(2πi k/n).
  static func root(_ k: Int, of n: Int) -> ComplexNumber {
    let angle = 2 * .pi * Double(k) / Double(n)
    return ComplexNumber(real: cos(angle), imaginary: sin(angle))
  }
}

/// Ŵ(ω) of a stack.
private struct StackSymbol {
  let stack: ConvolutionStack
  let coefficients: [Double]

  init(_ stack: ConvolutionStack, _ coefficients: [Double]) {
    self.stack = stack
    self.coefficients = coefficients
  }

  /// A frequency of the grid with the eigenvector of Ŵ*Ŵ.
  struct Peak {
    var row = 0
    var column = 0
    var vector: [ComplexNumber]
  }

  /// Where λ_max(Ŵ*Ŵ) is largest; the first in the order of the grid where several are.
  func peak() -> Peak {
    let grid = NormalGrid(normal(), channels: stack.imageChannels, points: StackNorm.gridPoints)
    let best = grid.peak()
    return Peak(row: best.row, column: best.column, vector: best.vector)
  }

  /// The kernel of WᵀW on the infinite grid: channels × channels × extent².
  private func normal() -> PlaneMatrix {
    let last = layer(stack.count - 1)
    var product = last.adjoint.times(last)
    for index in (0..<stack.count - 1).reversed() {
      let inner = layer(index)
      product = inner.adjoint.times(product.times(inner))
    }
    return product
  }

  private func layer(_ index: Int) -> PlaneMatrix {
    PlaneMatrix(
      rows: stack.channels[index], columns: stack.inputs(of: index), extent: stack.sizes[index],
      elements: Array(coefficients[stack.range(of: index)]))
  }

  /// Ŵu and the derivatives of ‖Ŵu‖²/2 by all coefficients.
  func passes(_ peak: Peak) -> (output: [ComplexNumber], derivatives: [Double]) {
    var states = [peak.vector]
    for layer in 0..<stack.count { states.append(forward(layer, states[layer], peak)) }
    var derivatives = [Double](repeating: 0, count: stack.weightCount)
    var cotangent = states[stack.count]
    for layer in (0..<stack.count).reversed() {
      cotangent = backward(layer, states[layer], cotangent, peak, &derivatives)
    }
    return (states[stack.count], derivatives)
  }

  /// Calls `body(output, input, coefficient, e^(iω·(a, b)))` for all coefficients of a layer.
  private func eachTap(
    _ layer: Int, _ peak: Peak, _ body: (Int, Int, Int, ComplexNumber) -> Void
  ) {
    let (size, points) = (stack.sizes[layer], StackNorm.gridPoints)
    var index = stack.offsets[layer]
    for output in 0..<stack.channels[layer] {
      for input in 0..<stack.inputs(of: layer) {
        for a in 0..<size {
          for b in 0..<size {
            let phase = (a * peak.row + b * peak.column) % points
            body(output, input, index, .root(phase, of: points))
            index += 1
          }
        }
      }
    }
  }

  private func forward(_ layer: Int, _ state: [ComplexNumber], _ peak: Peak) -> [ComplexNumber] {
    var result = [ComplexNumber](repeating: ComplexNumber(), count: stack.channels[layer])
    eachTap(layer, peak) { output, input, index, wave in
      result[output] = result[output] + coefficients[index] * (wave * state[input])
    }
    return result
  }

  /// The cotangent of the layer's input; adds Re(conj(cotangent_o) e^(iω·(a, b)) state_c).
  private func backward(
    _ layer: Int, _ state: [ComplexNumber], _ cotangent: [ComplexNumber], _ peak: Peak,
    _ derivatives: inout [Double]
  ) -> [ComplexNumber] {
    var result = [ComplexNumber](repeating: ComplexNumber(), count: state.count)
    eachTap(layer, peak) { output, input, index, wave in
      derivatives[index] += (cotangent[output].conjugate * (wave * state[input])).real
      result[input] =
        result[input] + coefficients[index] * (wave.conjugate * cotangent[output])
    }
    return result
  }
}

/// A matrix of small square images that multiplies by convolution.
private struct PlaneMatrix {
  let rows: Int
  let columns: Int
  let extent: Int
  var elements: [Double]  // rows × columns × extent²

  /// The transpose of mirrored images.
  var adjoint: PlaneMatrix {
    var result = PlaneMatrix(rows: columns, columns: rows, extent: extent, elements: elements)
    let plane = extent * extent
    for row in 0..<rows {
      for column in 0..<columns {
        for i in 0..<plane {
          result.elements[(column * rows + row) * plane + plane - 1 - i] =
            elements[(row * columns + column) * plane + i]
        }
      }
    }
    return result
  }

  /// The product, whose images are larger.
  func times(_ other: PlaneMatrix) -> PlaneMatrix {
    let span = extent + other.extent - 1
    var result = PlaneMatrix(
      rows: rows, columns: other.columns, extent: span,
      elements: [Double](repeating: 0, count: rows * other.columns * span * span))
    result.elements.withUnsafeMutableBufferPointer { target in
      elements.withUnsafeBufferPointer { left in
        other.elements.withUnsafeBufferPointer { right in
          for row in 0..<rows {
            for column in 0..<other.columns {
              for k in 0..<columns {
                Self.addConvolution(
                  left.baseAddress! + (row * columns + k) * extent * extent, extent,
                  right.baseAddress! + (k * other.columns + column) * other.extent * other.extent,
                  other.extent,
                  to: target.baseAddress! + (row * other.columns + column) * span * span)
              }
            }
          }
        }
      }
    }
    return result
  }

  private static func addConvolution(
    _ a: UnsafePointer<Double>, _ m: Int, _ b: UnsafePointer<Double>, _ n: Int,
    to target: UnsafeMutablePointer<Double>
  ) {
    let span = m + n - 1
    for i in 0..<m {
      for k in 0..<n {
        let row = target + (i + k) * span
        for j in 0..<m {
          let factor = a[i * m + j]
          for l in 0..<n { row[j + l] += factor * b[k * n + l] }
        }
      }
    }
  }
}

/// Ŵ*Ŵ on half of a grid of frequencies; the other half is the conjugate.
private struct NormalGrid {
  let channels: Int
  let points: Int
  private var values: [[ComplexNumber]]  // channels², each points × (points/2 + 1)

  private var columns: Int { points / 2 + 1 }

  init(_ normal: PlaneMatrix, channels: Int, points: Int) {
    self.channels = channels
    self.points = points
    let waves = (0..<points).map { ComplexNumber.root($0, of: points) }
    let plane = normal.extent * normal.extent
    values = (0..<channels * channels).map { pair in
      Self.transform(
        Array(normal.elements[pair * plane..<(pair + 1) * plane]), normal.extent, waves)
    }
  }

  /// Σ_t ρ[t] e^(iω·t) for t around the middle: rows first, then columns.
  private static func transform(
    _ plane: [Double], _ extent: Int, _ waves: [ComplexNumber]
  ) -> [ComplexNumber] {
    let points = waves.count
    let columns = points / 2 + 1
    let middle = extent / 2
    func wave(_ t: Int, _ k: Int) -> ComplexNumber { waves[((t * k) % points + points) % points] }
    var rows = [ComplexNumber](repeating: ComplexNumber(), count: extent * columns)
    for i in 0..<extent {
      for v in 0..<columns {
        var sum = ComplexNumber()
        for j in 0..<extent { sum = sum + plane[i * extent + j] * wave(j - middle, v) }
        rows[i * columns + v] = sum
      }
    }
    var result = [ComplexNumber](repeating: ComplexNumber(), count: points * columns)
    for u in 0..<points {
      for i in 0..<extent {
        let factor = wave(i - middle, u)
        for v in 0..<columns {
          result[u * columns + v] = result[u * columns + v] + factor * rows[i * columns + v]
        }
      }
    }
    return result
  }

  /// The frequency with the largest eigenvalue, and its unit eigenvector.
  func peak() -> (row: Int, column: Int, vector: [ComplexNumber]) {
    var best = 0
    var largest = -Double.infinity
    // The largest trace first: it leaves few frequencies that need a closer look.
    let traces = (0..<points * columns).map(trace)
    let first = traces.indices.max { traces[$0] < traces[$1] } ?? 0
    if channels == 1 {
      best = first
    } else {
      largest = eigenvector(first).value
      best = first
      for index in traces.indices where traces[index] > largest {
        let value = eigenvector(index).value
        if value > largest { (best, largest) = (index, value) }
      }
    }
    return (best / columns, best % columns, eigenvector(best).vector)
  }

  private func trace(_ index: Int) -> Double {
    (0..<channels).reduce(0) { $0 + values[$1 * (channels + 1)][index].real }
  }

  /// The largest eigenpair of A + iB by that of the symmetric [[A, −B], [B, A]].
  private func eigenvector(_ index: Int) -> (value: Double, vector: [ComplexNumber]) {
    let n = channels
    if n == 1 { return (values[0][index].real, [ComplexNumber(real: 1)]) }
    let system = SymmetricEigensystem(count: 2 * n) { i, j in
      let entry = values[(i % n) * n + j % n][index]
      return (i < n) == (j < n) ? entry.real : (i < n ? -entry.imaginary : entry.imaginary)
    }
    let vector = system.vectors[2 * n - 1]
    return (
      system.values[2 * n - 1],
      (0..<n).map { ComplexNumber(real: vector[$0], imaginary: vector[n + $0]) }
    )
  }
}
