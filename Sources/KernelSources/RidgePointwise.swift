import KernelInterface

/// The pointwise passes for one potential.
enum RidgePointwisePass<Phi: PotentialDerivatives> {
  typealias V = Phi.V
  typealias Element = Phi.V.Scalar
  typealias Mask = V.MaskStorage

  static var lanes: Int { V.scalarCount }

  @inline(__always)
  static func run(_ pass: RidgePointwise) {
    switch pass.operation {
    case .value: value(pass)
    case .gradient: gradient(pass)
    case .gradientAndValue: gradientAndValue(pass)
    case .curvature: curvature(pass)
    case .mixed: mixed(pass)
    case .mixedDirection: mixedDirection(pass)
    case .third: third(pass)
    case .mixedVariation: mixedVariation(pass)
    }
  }

  // MARK: Loops

  /// Calls `vector(offset, keep)` for every vector of a row, `keep` naming the lanes that are
  /// columns of the image.
  @inline(__always)
  static func eachVector(_ pass: RidgePointwise, _ row: Int, _ vector: (Int, Mask) -> Void) {
    let whole = pass.columns / lanes
    var offset = row * pass.first.rowStride
    let all = Mask(repeating: -1)
    for _ in 0..<whole {
      vector(offset, all)
      offset += pass.first.vectorStride
    }
    let rest = pass.columns - whole * lanes
    if rest > 0 {
      var keep = Mask.zero
      for lane in 0..<rest { keep[lane] = -1 }
      vector(offset, keep)
    }
  }

  @inline(__always)
  static func eachFilter(
    _ pass: RidgePointwise, _ filter: (Int, Phi, V, Int) -> Void
  ) {
    for k in 0..<pass.filters {
      filter(
        k, Phi(smoothing: pass.smoothing[k], ratio: pass.ratio), V.constant(pass.weights[k]),
        k * pass.first.filterStride)
    }
  }

  @inline(__always)
  static func operand(_ address: UnsafeMutableRawPointer?, _ offset: Int)
    -> UnsafeMutablePointer<Element>
  {
    address.unsafelyUnwrapped.assumingMemoryBound(to: Element.self) + offset
  }

  @inline(__always)
  static func kept(_ x: V, _ keep: Mask) -> V { V(bits: x.bits & keep) }

  // MARK: Operations

  @inline(__always)
  static func value(_ pass: RidgePointwise) {
    for row in 0..<pass.rows {
      var sum = V.zero
      eachFilter(pass) { k, phi, beta, offset in
        let a = operand(pass.first.start, offset)
        eachVector(pass, row) { i, keep in
          sum = sum.plus(beta, times: kept(phi.value(load(a + i)), keep))
        }
      }
      pass.sums.unsafelyUnwrapped[row] += laneSum(sum)
    }
  }

  @inline(__always)
  static func gradient(_ pass: RidgePointwise) {
    eachFilter(pass) { k, phi, beta, offset in
      let a = operand(pass.first.start, offset)
      for row in 0..<pass.rows {
        eachVector(pass, row) { i, keep in
          store(kept(beta * phi.first(load(a + i)), keep), to: a + i)
        }
      }
    }
  }

  @inline(__always)
  static func gradientAndValue(_ pass: RidgePointwise) {
    for row in 0..<pass.rows {
      var sum = V.zero
      eachFilter(pass) { k, phi, beta, offset in
        let a = operand(pass.first.start, offset)
        eachVector(pass, row) { i, keep in
          let (value, first) = phi.valueAndFirst(load(a + i))
          sum = sum.plus(beta, times: kept(value, keep))
          store(kept(beta * first, keep), to: a + i)
        }
      }
      pass.sums.unsafelyUnwrapped[row] += laneSum(sum)
    }
  }

  @inline(__always)
  static func curvature(_ pass: RidgePointwise) {
    eachFilter(pass) { k, phi, beta, offset in
      let a = operand(pass.first.start, offset)
      for row in 0..<pass.rows {
        eachVector(pass, row) { i, keep in
          store(kept(beta * phi.second(load(a + i)), keep), to: a + i)
        }
      }
    }
  }

  @inline(__always)
  static func mixed(_ pass: RidgePointwise) {
    eachFilter(pass) { k, phi, beta, offset in
      let a = operand(pass.first.start, offset)
      let b = operand(pass.second, offset)
      var weightSum = V.zero
      var smoothingSum = V.zero
      for row in 0..<pass.rows {
        eachVector(pass, row) { i, keep in
          let (first, second, firstBySmoothing) = phi.mixed(load(a + i))
          let q = kept(load(b + i), keep)
          weightSum = weightSum.plus(first, times: q)
          smoothingSum = smoothingSum.plus(firstBySmoothing, times: q)
          store(kept(beta * first, keep), to: a + i)
          store((beta * second) * q, to: b + i)
        }
      }
      addSums(pass, k, weightSum, smoothingSum)
    }
  }

  @inline(__always)
  static func mixedDirection(_ pass: RidgePointwise) {
    eachFilter(pass) { k, phi, beta, offset in
      let a = operand(pass.first.start, offset)
      let b = operand(pass.second, offset)
      let weightDirection = pass.weightDirections.unsafelyUnwrapped[k]
      let smoothingDirection = pass.smoothingDirections.unsafelyUnwrapped[k]
      let byWeight = V.constant(weightDirection)
      let bySmoothing = V.constant(pass.weights[k] * smoothingDirection)
      for row in 0..<pass.rows {
        eachVector(pass, row) { i, keep in
          let (first, second, firstBySmoothing) = phi.mixed(load(a + i))
          var sum = byWeight * first
          sum = sum.plus(beta * second, times: load(b + i))
          sum = sum.plus(bySmoothing, times: firstBySmoothing)
          store(kept(sum, keep), to: a + i)
          store(kept(beta * first, keep), to: b + i)
        }
      }
    }
  }

  @inline(__always)
  static func third(_ pass: RidgePointwise) {
    eachFilter(pass) { k, phi, beta, offset in
      let a = operand(pass.first.start, offset)
      let b = operand(pass.second, offset)
      let d = operand(pass.third, offset)
      for row in 0..<pass.rows {
        eachVector(pass, row) { i, keep in
          let product: V = load(b + i) * load(d + i)
          store(kept(beta * phi.higher(load(a + i)).third * product, keep), to: a + i)
        }
      }
    }
  }

  @inline(__always)
  static func mixedVariation(_ pass: RidgePointwise) {
    eachFilter(pass) { k, phi, beta, offset in
      let a = operand(pass.first.start, offset)
      let b = operand(pass.second, offset)
      let d = operand(pass.third, offset)
      var weightSum = V.zero
      var smoothingSum = V.zero
      for row in 0..<pass.rows {
        eachVector(pass, row) { i, keep in
          let (second, third, secondBySmoothing) = phi.higher(load(a + i))
          let q = kept(load(b + i), keep)
          let e = kept(load(d + i), keep)
          let product = q * e
          weightSum = weightSum.plus(second, times: product)
          smoothingSum = smoothingSum.plus(secondBySmoothing, times: product)
          store((beta * third) * product, to: a + i)
          store((beta * second) * q, to: b + i)
          store((beta * second) * e, to: d + i)
        }
      }
      addSums(pass, k, weightSum, smoothingSum)
    }
  }

  @inline(__always)
  static func addSums(_ pass: RidgePointwise, _ k: Int, _ byWeight: V, _ bySmoothing: V) {
    pass.sums.unsafelyUnwrapped[k] += laneSum(byWeight)
    pass.smoothingSums.unsafelyUnwrapped[k] += pass.weights[k] * laneSum(bySmoothing)
  }
}
