import Bilevel
import Tensors
import TestSupport
import Testing

@Suite struct NMAPGTests {
  /// The published pseudocode, written down once more on plain arrays: x after some iterations.
  private struct Plain {
    let energy: any Energy
    var usedX = 0

    func value(_ x: [Double]) -> Double { energy.value(at: Tensor(x, shape: energy.shape)) }

    func gradient(_ x: [Double]) -> [Double] {
      var gradient = Tensor(zeros: energy.shape)
      energy.gradient(at: Tensor(x, shape: energy.shape), into: &gradient)
      return gradient.elements
    }

    func combine(_ a: Double, _ x: [Double], _ b: Double, _ y: [Double]) -> [Double] {
      zip(x, y).map { a * $0 + b * $1 }
    }

    func quotient(_ r: [Double], _ s: [Double]) -> Double {
      let (rr, rs) = (
        zip(r, r).reduce(0) { $0 + $1.0 * $1.1 }, zip(r, s).reduce(0) { $0 + $1.0 * $1.1 }
      )
      return max(1, rr / max(abs(rs), 1e-12))
    }

    mutating func run(from x0: [Double], _ iterations: Int) -> [Double] {
      let (eta, delta, rho) = (0.8, 0.1, 0.9)
      var (x, previous, z, y) = (x0, x0, x0, x0)
      var gradientY = gradient(x0)
      var (t, tOld, q, c, l) = (1.0, 0.0, 1.0, value(x0), 10.0)
      for i in 0..<iterations {
        let (lastY, lastGradient) = (y, gradientY)
        y = combine(
          1, combine(1, x, tOld / t, combine(1, z, -1, x)), (tOld - 1) / t,
          combine(1, x, -1, previous))
        gradientY = gradient(y)
        if i > 0 { l = quotient(combine(1, gradientY, -1, lastGradient), combine(1, y, -1, lastY)) }
        let fy = value(y)
        var fz = 0.0
        var squared = 0.0
        for _ in 0..<150 {
          z = combine(1, y, -1 / l, gradientY)
          squared = pow2(distance(z, y))
          fz = value(z)
          if fz <= max(fy, c) - delta * squared { break }
          l /= rho
        }
        var next = z
        var best = fz
        if fz > c - delta * squared {
          usedX += 1
          let g = gradient(x)
          var lx = i > 0 ? quotient(combine(1, g, -1, lastGradient), combine(1, x, -1, lastY)) : l
          var v = x
          var fv = 0.0
          for _ in 0..<150 {
            v = combine(1, x, -1 / lx, g)
            fv = value(v)
            let bound = c - delta * pow2(distance(v, x))
            if fv <= bound + 1e-4 * abs(bound) { break }
            lx /= rho
          }
          if fv < fz { (next, best) = (v, fv) }
        }
        (previous, x) = (x, next)
        tOld = t
        t = ((4 * t * t + 1).squareRoot() + 1) / 2
        c = (eta * q * c + best) / (eta * q + 1)
        q = eta * q + 1
      }
      return x
    }
  }

  @Test func followsThePublishedCode() {
    var usedX = 0
    for seed in 0..<20 {
      var random = RandomSource(seed: UInt64(seed))
      let energy: any Energy =
        seed % 2 == 0
        ? SmoothedRidgeEnergy.random(stiffness: 300, &random)
        : QuadraticEnergy(
          spectrum: (0..<12).map { 1 + 5 * Double($0 * $0) }, theta: [1], &random)
      let start = (0..<12).map { _ in 3 * random.normal() }
      for iterations in [1, 2, 3, 5, 8, 12, 20, 40] {
        let solution = NMAPG(maximumIterations: iterations, stop: .relativeChange).solve(
          energy, from: Tensor(start, shape: [12]), accuracy: 0, budget: .max,
          workspace: Workspace())
        if solution.outcome == .stalled { break }
        #expect(solution.iterations == iterations)
        var plain = Plain(energy: energy)
        let expected = plain.run(from: start, iterations)
        usedX += plain.usedX
        #expect(
          distance(solution.x.elements, expected) <= 1e-7 * norm(expected),
          "seed \(seed), \(iterations) iterations")
      }
    }
    #expect(usedX > 0)
  }

  @Test func aRelativeChangeIsNoCertificate() {
    var uncertified = 0
    for seed in 0..<50 {
      var random = RandomSource(seed: UInt64(seed))
      let energy = CountingEnergy(SmoothedRidgeEnergy.random(stiffness: 100, &random))
      let minimizer = Reference(energy, loss: SquaredL2Loss(), truth: Tensor(zeros: [12])).minimizer
      for accuracy in [1e-1, 1e-2, 1e-4] {
        let before = energy.cost
        let solution = NMAPG(stop: .relativeChange).solve(
          energy, from: Tensor(zeros: [12]), accuracy: accuracy, budget: .max,
          workspace: Workspace())
        let distance = solution.x.squaredDistance(to: minimizer).squareRoot()
        #expect(distance <= solution.errorBound)
        #expect((solution.outcome == .converged) == (solution.errorBound <= accuracy))
        #expect(solution.outcome == .converged || solution.outcome == .uncertified)
        #expect(solution.cost.gradients == energy.cost.gradients - before.gradients)
        #expect(solution.cost.energies == energy.cost.energies - before.energies)
        uncertified += solution.outcome == .uncertified ? 1 : 0
      }
    }
    #expect(uncertified > 0)
  }
}

private func pow2(_ value: Double) -> Double { value * value }
