import Bilevel
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

func exponential(_ value: Double) -> Double { exp(value) }
func logarithm(_ value: Double) -> Double { log(value) }

/// What is true of a small energy, by dense Newton steps and elimination in Float64.
public struct Reference {
  /// x̂.
  public let minimizer: Tensor
  /// ℓ(x̂).
  public let loss: Double
  /// ∇f = −Ĵᵀ Ĥ⁻¹ ∇ℓ(x̂).
  public let hypergradient: [Double]

  /// Solves the energy, which must be of Float64, to rounding.
  public init(_ energy: any Energy, loss: any UpperLoss, truth: Tensor) {
    var x = Tensor(zeros: energy.shape)
    var gradient = x
    var value = energy.gradient(at: x, into: &gradient)
    // Damped: a full Newton step may overshoot where the curvature varies.
    for _ in 0..<500 where gradient.norm > 1e-14 * energy.smoothness {
      let hessian = DenseMatrix(of: energy.curvature(at: x), energy.shape, .float64)
      let step = Tensor(hessian.solve(gradient.elements), shape: energy.shape)
      let decrement = gradient.dot(step)
      var (length, next, nextGradient) = (1.0, x, gradient)
      while true {
        next.setCombination(1, x, -length, step)
        let nextValue = energy.gradient(at: next, into: &nextGradient)
        let noise = 1e-14 * abs(value)
        if nextValue <= value - length / 4 * decrement + noise || length < 1e-6 {
          value = nextValue
          break
        }
        length /= 2
      }
      let finished = decrement < 1e-30 || nextGradient.norm >= gradient.norm && length < 1e-6
      (x, gradient) = (next, nextGradient)
      if finished { break }
    }
    minimizer = x
    self.loss = loss.gradient(at: x, truth: truth, into: &gradient)
    let hessian = DenseMatrix(of: energy.curvature(at: x), energy.shape, .float64)
    let q = Tensor(hessian.solve(gradient.elements), shape: energy.shape)
    var z = [Double](repeating: 0, count: energy.parameterCount)
    energy.addMixedProduct(at: x, q, to: &z)
    hypergradient = z.map { -$0 }
  }
}
