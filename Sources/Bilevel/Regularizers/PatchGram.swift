import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Bounds of the linear map w ↦ (Σ_p w_p x_c[p + a])_{c,a}: a weighted sum of all patches of an image.
struct PatchGram {
  let size: Int
  let boundary: Boundary

  /// A bound of the spectral norm.
  ///
  /// The square of the norm is λ_max of the Gram matrix of the patches. Patches around positions outside
  /// of the image add positive semidefinite terms, so the Gram matrix of all patches of the extended
  /// image on a ground of zeros, whose entries are values of its autocorrelation, is an upper bound.
  func norm(of image: Tensor) -> Double {
    let radius = size / 2
    let channels = image.shape[0]
    let height = image.shape[1] + 2 * radius
    let width = image.shape[2] + 2 * radius
    let extended = extend(image, radius, height, width)
    let count = channels * size * size
    let lags = autocorrelation(extended, channels, height, width)
    let span = 2 * size - 1
    var gram = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in 0..<count {
        let (c, a) = i.quotientAndRemainder(dividingBy: size * size)
        let (d, b) = j.quotientAndRemainder(dividingBy: size * size)
        let row = b / size - a / size + size - 1
        let column = b % size - a % size + size - 1
        gram[i * count + j] = lags[((c * channels + d) * span + row) * span + column]
      }
    }
    return Self.largestEigenvalue(gram, count).squareRoot()
  }

  private func extend(_ image: Tensor, _ radius: Int, _ height: Int, _ width: Int) -> [Double] {
    let map = BoundaryMap(boundary, radius: radius)
    let (channels, rows, columns) = (image.shape[0], image.shape[1], image.shape[2])
    let elements = image.elements
    var extended = [Double](repeating: 0, count: channels * height * width)
    for c in 0..<channels {
      for i in 0..<height {
        guard let row = map.pixel(at: i - radius, of: rows) else { continue }
        for j in 0..<width {
          guard let column = map.pixel(at: j - radius, of: columns) else { continue }
          extended[(c * height + i) * width + j] = elements[(c * rows + row) * columns + column]
        }
      }
    }
    return extended
  }

  /// Σ_p x_c[p] x_d[p + t] for |t| < size in each axis.
  private func autocorrelation(
    _ x: [Double], _ channels: Int, _ height: Int, _ width: Int
  ) -> [Double] {
    let span = 2 * size - 1
    var lags = [Double](repeating: 0, count: channels * channels * span * span)
    x.withUnsafeBufferPointer { x in
      for c in 0..<channels {
        for d in 0..<channels {
          for t in 0..<span * span {
            let down = t / span - size + 1
            let right = t % span - size + 1
            // The lag −t of (d, c) is the same number.
            if (c, d, t) > (d, c, span * span - 1 - t) { continue }
            var sum = 0.0
            for i in max(0, -down)..<min(height, height - down) {
              let first = x.baseAddress! + (c * height + i) * width
              let second = x.baseAddress! + (d * height + i + down) * width + right
              let columns = max(0, -right)..<min(width, width - right)
              var row = SIMD8<Double>.zero
              var j = columns.lowerBound
              while j + 8 <= columns.upperBound {
                let a = UnsafeRawPointer(first + j).loadUnaligned(as: SIMD8<Double>.self)
                let b = UnsafeRawPointer(second + j).loadUnaligned(as: SIMD8<Double>.self)
                row += a * b
                j += 8
              }
              sum += row.sum()
              while j < columns.upperBound {
                sum += first[j] * second[j]
                j += 1
              }
            }
            lags[(c * channels + d) * span * span + t] = sum
            lags[(d * channels + c) * span * span + span * span - 1 - t] = sum
          }
        }
      }
    }
    return lags
  }

  /// λ_max ≤ (tr A^p)^(1/p), p a power of two, for a positive semidefinite A.
  static func largestEigenvalue(_ matrix: [Double], _ n: Int) -> Double {
    var trace = 0.0
    for i in 0..<n { trace += matrix[i * n + i] }
    guard trace > 0 else { return 0 }
    var a = matrix.map { $0 / trace }
    var logarithm = log(trace)
    var exponent = 1.0
    var product = a
    for _ in 0..<squarings(n) {
      multiplySymmetric(a, n, into: &product)
      exponent *= 2
      logarithm *= 2
      var trace = 0.0
      for i in 0..<n { trace += product[i * n + i] }
      logarithm += log(trace)
      for i in product.indices { a[i] = product[i] / trace }
    }
    return exp(logarithm / exponent)
  }

  /// Six squarings bound a spectrum of 49 equal eigenvalues within 6 %; large matrices get fewer.
  private static func squarings(_ n: Int) -> Int { n <= 64 ? 6 : n <= 160 ? 4 : 2 }

  private static func multiplySymmetric(_ a: [Double], _ n: Int, into product: inout [Double]) {
    a.withUnsafeBufferPointer { a in
      product.withUnsafeMutableBufferPointer { product in
        for i in 0..<n {
          for j in i..<n {
            var sum = 0.0
            for k in 0..<n { sum += a[i * n + k] * a[j * n + k] }
            product[i * n + j] = sum
            product[j * n + i] = sum
          }
        }
      }
    }
  }
}
