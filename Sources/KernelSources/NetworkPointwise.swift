import KernelInterface

/// Entry points: the choice of the element type and of the activation.
enum NetworkEntry {
  static func pointwise(_ pass: NetworkPointwise) {
    switch (pass.single, pass.activation) {
    case (true, .smoothedRamp): NetworkPointwisePass<SmoothedRamp<Vector32>>.run(pass)
    case (true, .softplus): NetworkPointwisePass<Softplus<Vector32>>.run(pass)
    case (false, .smoothedRamp): NetworkPointwisePass<SmoothedRamp<Vector64>>.run(pass)
    case (false, .softplus): NetworkPointwisePass<Softplus<Vector64>>.run(pass)
    }
  }
}

/// The pointwise passes for one activation.
enum NetworkPointwisePass<A: ActivationDerivatives> {
  typealias V = A.V
  typealias Pointer = UnsafeMutablePointer<A.V.Scalar>
  typealias Mask = V.MaskStorage

  @inline(__always)
  static func run(_ pass: NetworkPointwise) {
    switch pass.operation {
    case .sum: sum(pass)
    case .product: product(pass)
    case .combination: combination(pass)
    case .activate: activate(pass)
    case .activateWithSlope: activateWithSlope(pass)
    case .activateWithCurvature: activateWithCurvature(pass)
    case .mixedForward: mixedForward(pass)
    case .mixedBackward: mixedBackward(pass)
    case .directionForward: directionForward(pass)
    case .directionBackward: directionBackward(pass)
    case .higherForward: higherForward(pass)
    case .higherBackward: higherBackward(pass)
    case .output: output(pass)
    case .outputWithCurvature: outputWithCurvature(pass)
    case .outputMixed: outputMixed(pass)
    case .outputDirection: outputDirection(pass)
    case .outputHigher: outputHigher(pass)
    }
  }

  // MARK: Loops

  /// Calls `vector(offset, keep)` for every vector of a row of a map, `keep` naming the lanes that are
  /// columns of the image.
  @inline(__always)
  static func eachVector(
    _ pass: NetworkPointwise, _ channel: Int, _ row: Int, _ vector: (Int, Mask) -> Void
  ) {
    let lanes = V.scalarCount
    let whole = pass.columns / lanes
    var offset = channel * pass.channelStride + row * pass.rowStride
    for _ in 0..<whole {
      vector(offset, Mask(repeating: -1))
      offset += lanes
    }
    let rest = pass.columns - whole * lanes
    if rest > 0 {
      var keep = Mask.zero
      for lane in 0..<rest { keep[lane] = -1 }
      vector(offset, keep)
    }
  }

  @inline(__always)
  static func eachVector(
    _ pass: NetworkPointwise, _ channel: Int, _ vector: (Int, Mask) -> Void
  ) {
    for row in 0..<pass.rows { eachVector(pass, channel, row, vector) }
  }

  @inline(__always)
  static func pointer(_ address: UnsafeMutableRawPointer?) -> Pointer {
    address.unsafelyUnwrapped.assumingMemoryBound(to: A.V.Scalar.self)
  }

  @inline(__always)
  static func kept(_ x: V, _ keep: Mask) -> V { V(bits: x.bits & keep) }

  /// Adds to the sums of a channel.
  @inline(__always)
  static func add(
    _ pass: NetworkPointwise, _ channel: Int, weight: V, bias: V, smoothing: V
  ) {
    let sums = pass.sums.unsafelyUnwrapped + 3 * channel
    sums[0] += laneSum(weight)
    sums[1] += laneSum(bias)
    sums[2] += laneSum(smoothing)
  }

  // MARK: Any layer

  @inline(__always)
  static func sum(_ pass: NetworkPointwise) {
    let (a, b, c) = (pointer(pass.a), pointer(pass.b), pointer(pass.c))
    for channel in 0..<pass.channels {
      eachVector(pass, channel) { i, keep in
        let (first, second): (V, V) = (load(b + i), load(c + i))
        store(kept(first + second, keep), to: a + i)
      }
    }
  }

  @inline(__always)
  static func product(_ pass: NetworkPointwise) {
    let (a, b, c) = (pointer(pass.a), pointer(pass.b), pointer(pass.c))
    for channel in 0..<pass.channels {
      eachVector(pass, channel) { i, keep in
        let (first, second): (V, V) = (load(b + i), load(c + i))
        store(kept(first * second, keep), to: a + i)
      }
    }
  }

  @inline(__always)
  static func combination(_ pass: NetworkPointwise) {
    let (a, b, c, d) = (pointer(pass.a), pointer(pass.b), pointer(pass.c), pointer(pass.d))
    for channel in 0..<pass.channels {
      eachVector(pass, channel) { i, keep in
        let (x, y, z, w): (V, V, V, V) = (load(a + i), load(b + i), load(c + i), load(d + i))
        store(kept((z * w).plus(x, times: y), keep), to: a + i)
      }
    }
  }

  // MARK: The first layer

  @inline(__always)
  static func activate(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let a = pointer(pass.a)
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      eachVector(pass, channel) { i, keep in
        store(kept(activation.jet(load(a + i) + bias).value, keep), to: a + i)
      }
    }
  }

  @inline(__always)
  static func activateWithSlope(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b) = (pointer(pass.a), pointer(pass.b))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      eachVector(pass, channel) { i, keep in
        let jet = activation.jet(load(a + i) + bias)
        store(kept(jet.value, keep), to: a + i)
        store(kept(jet.first, keep), to: b + i)
      }
    }
  }

  @inline(__always)
  static func activateWithCurvature(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b, c) = (pointer(pass.a), pointer(pass.b), pointer(pass.c))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      eachVector(pass, channel) { i, keep in
        let jet = activation.jet(load(a + i) + bias)
        store(kept(jet.value, keep), to: a + i)
        store(kept(jet.first, keep), to: b + i)
        store(kept(jet.second, keep), to: c + i)
      }
    }
  }

  @inline(__always)
  static func mixedForward(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b, c, d) = (pointer(pass.a), pointer(pass.b), pointer(pass.c), pointer(pass.d))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      eachVector(pass, channel) { i, keep in
        let jet = activation.jet(load(a + i) + bias)
        store(kept(jet.value, keep), to: c + i)
        store(kept(jet.first * load(b + i), keep), to: d + i)
      }
    }
  }

  @inline(__always)
  static func mixedBackward(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b, c, d) = (pointer(pass.a), pointer(pass.b), pointer(pass.c), pointer(pass.d))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      var sum = V.zero
      var bySmoothing = V.zero
      eachVector(pass, channel) { i, keep in
        let t: V = load(a + i) + bias
        let jet = activation.jet(t)
        let h: V = kept(load(c + i), keep)
        let k: V = kept(load(d + i), keep)
        let bend = h * (jet.second * load(b + i))
        let p = kept(bend.plus(k, times: jet.first), keep)
        sum += p
        let scaled = jet.value.plus(V.zero - t, times: jet.first)
        bySmoothing = bySmoothing.plus(scaled, times: k).plus(V.zero - t, times: bend)
        store(h * jet.first, to: c + i)
        store(p, to: d + i)
      }
      add(pass, channel, weight: V.zero, bias: sum, smoothing: bySmoothing)
    }
  }

  @inline(__always)
  static func directionForward(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b, c, d) = (pointer(pass.a), pointer(pass.b), pointer(pass.c), pointer(pass.d))
    let tau = V.constant(pass.smoothingDirection)
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      let biasDirection = V.constant(pass.biasDirections.unsafelyUnwrapped[channel])
      eachVector(pass, channel) { i, keep in
        let t: V = load(a + i) + bias
        let jet = activation.jet(t)
        let move: V = load(b + i) + biasDirection
        let scaled = jet.value.plus(V.zero - t, times: jet.first)
        store(move, to: b + i)
        store(kept(jet.value, keep), to: c + i)
        store(kept((scaled * tau).plus(jet.first, times: move), keep), to: d + i)
      }
    }
  }

  @inline(__always)
  static func directionBackward(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b, c, d) = (pointer(pass.a), pointer(pass.b), pointer(pass.c), pointer(pass.d))
    let tau = V.constant(-pass.smoothingDirection)
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      eachVector(pass, channel) { i, keep in
        let t: V = load(a + i) + bias
        let jet = activation.jet(t)
        let h: V = load(c + i)
        let before: V = load(b + i)
        let move = before.plus(t, times: tau)
        store(kept(h * jet.first, keep), to: c + i)
        let bend = (h * jet.second) * move
        store(kept(bend.plus(load(d + i), times: jet.first), keep), to: d + i)
      }
    }
  }

  // MARK: The last layer

  @inline(__always)
  static func output(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let a = pointer(pass.a)
    for row in 0..<pass.rows {
      var sum = V.zero
      for channel in 0..<pass.channels {
        let bias = V.constant(pass.biases[channel])
        let weight = V.constant(pass.weights[channel])
        eachVector(pass, channel, row) { i, keep in
          let jet = activation.jet(load(a + i) + bias)
          sum = sum.plus(weight, times: kept(jet.value, keep))
          store(kept(weight * jet.first, keep), to: a + i)
        }
      }
      pass.rowSums.unsafelyUnwrapped[row] += laneSum(sum)
    }
  }

  @inline(__always)
  static func outputWithCurvature(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b) = (pointer(pass.a), pointer(pass.b))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      let weight = V.constant(pass.weights[channel])
      eachVector(pass, channel) { i, keep in
        let jet = activation.jet(load(a + i) + bias)
        store(kept(weight * jet.first, keep), to: a + i)
        store(kept(weight * jet.second, keep), to: b + i)
      }
    }
  }

  @inline(__always)
  static func outputMixed(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b) = (pointer(pass.a), pointer(pass.b))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      let weight = V.constant(pass.weights[channel])
      var byWeight = V.zero
      var byBias = V.zero
      var bySmoothing = V.zero
      eachVector(pass, channel) { i, keep in
        let u: V = load(a + i) + bias
        let jet = activation.jet(u)
        let r: V = load(b + i)
        let first = kept(weight * jet.first, keep)
        let p = kept((weight * jet.second) * r, keep)
        byWeight = byWeight.plus(first, times: r)
        byBias += p
        bySmoothing = bySmoothing.plus(V.zero - u, times: p)
        store(first, to: a + i)
        store(p, to: b + i)
      }
      add(pass, channel, weight: byWeight, bias: byBias, smoothing: bySmoothing)
    }
  }

  @inline(__always)
  static func outputDirection(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b, c) = (pointer(pass.a), pointer(pass.b), pointer(pass.c))
    let tau = V.constant(-pass.smoothingDirection)
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      let weight = V.constant(pass.weights[channel])
      let biasDirection = V.constant(pass.biasDirections.unsafelyUnwrapped[channel])
      let weightDirection = V.constant(pass.weightDirections.unsafelyUnwrapped[channel])
      eachVector(pass, channel) { i, keep in
        let u: V = load(a + i) + bias
        let jet = activation.jet(u)
        let (inner, outer): (V, V) = (load(b + i), load(c + i))
        let move = (inner + outer + biasDirection).plus(u, times: tau)
        store(kept(weight * jet.first, keep), to: a + i)
        let bend = (weight * jet.second) * move
        store(kept(bend.plus(weightDirection, times: jet.first), keep), to: b + i)
      }
    }
  }
}
