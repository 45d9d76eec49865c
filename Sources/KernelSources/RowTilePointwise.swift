import KernelInterface

/// The pointwise operations for one potential, each with a loop of its own over the rows of responses.
enum RowTilePointwise<Phi: PotentialDerivatives, let P: Int> {
  typealias V = Phi.V
  typealias Block = RowTileBlock<V, P>

  @inline(never)
  static func run(_ block: Block) {
    let task = block.task
    for f in 0..<block.count {
      let k = block.first + f
      let phi = Phi(smoothing: task.smoothing.unsafelyUnwrapped[k], ratio: task.ratio)
      let beta = V.constant(task.weights.unsafelyUnwrapped[k])
      switch task.operation {
      case .value: addValue(block, f, phi, beta)
      case .gradient: gradient(block, f, phi, beta)
      case .gradientAndValue: addValueAndGradient(block, f, phi, beta)
      case .curvature: curvature(block, f, phi, beta)
      case .mixed: mixed(block, f, phi, beta)
      case .product: break
      }
    }
  }

  @inline(__always)
  private static func addValue(_ block: Block, _ f: Int, _ phi: Phi, _ beta: V) {
    for row in 0..<block.scratch.rows {
      let t = block.responses(f, row)
      let rowSum = block.scratch.rowSums + row * V.scalarCount
      var sum: V = load(rowSum)
      Block.columns { sum = sum.plus(beta, times: block.kept(phi.value(t[$0]), row, $0)) }
      store(sum, to: rowSum)
    }
  }

  @inline(__always)
  private static func gradient(_ block: Block, _ f: Int, _ phi: Phi, _ beta: V) {
    for row in 0..<block.scratch.rows {
      var t = block.responses(f, row)
      Block.columns { t[$0] = block.kept(beta * phi.first(t[$0]), row, $0) }
      block.goBack(t, f, row)
    }
  }

  @inline(__always)
  private static func addValueAndGradient(_ block: Block, _ f: Int, _ phi: Phi, _ beta: V) {
    for row in 0..<block.scratch.rows {
      var t = block.responses(f, row)
      let rowSum = block.scratch.rowSums + row * V.scalarCount
      var sum: V = load(rowSum)
      Block.columns {
        let (value, first) = phi.valueAndFirst(t[$0])
        sum = sum.plus(beta, times: block.kept(value, row, $0))
        t[$0] = block.kept(beta * first, row, $0)
      }
      store(sum, to: rowSum)
      block.goBack(t, f, row)
    }
  }

  @inline(__always)
  private static func curvature(_ block: Block, _ f: Int, _ phi: Phi, _ beta: V) {
    for row in 0..<block.scratch.rows {
      let t = block.responses(f, row)
      let factors = block.factors(f, row)
      Block.columns {
        let factor = block.kept(beta * phi.second(t[$0]), row, $0)
        store(factor, to: factors + $0 * V.scalarCount)
      }
    }
  }

  /// With a = C x and b = C q, β φ′(a) and β φ″(a) b go back; sums φ′(a) b and β ∂_ν φ′(a) b.
  @inline(__always)
  private static func mixed(_ block: Block, _ f: Int, _ phi: Phi, _ beta: V) {
    let k = block.first + f
    var (byWeight, bySmoothing) = (V.zero, V.zero)
    for row in 0..<block.scratch.rows {
      var a = block.responses(f, row)
      var b = block.otherResponses(f, row)
      Block.columns {
        let (first, second, firstBySmoothing) = phi.mixed(a[$0])
        let q = block.kept(b[$0], row, $0)
        byWeight = byWeight.plus(first, times: q)
        bySmoothing = bySmoothing.plus(firstBySmoothing, times: q)
        a[$0] = block.kept(beta * first, row, $0)
        b[$0] = (beta * second) * q
      }
      block.goBack(a, f, row)
      block.goBackToOther(b, f, row)
    }
    let weight = block.task.weights.unsafelyUnwrapped[k]
    block.task.sums.unsafelyUnwrapped[k] += laneSum(byWeight)
    block.task.smoothingSums.unsafelyUnwrapped[k] += weight * laneSum(bySmoothing)
  }
}
