import KernelInterface

// The passes of the third derivative and of the variation of the mixed product.
extension NetworkPointwisePass {
  @inline(__always)
  static func higherForward(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b, c) = (pointer(pass.a), pointer(pass.b), pointer(pass.c))
    let (d, e, f, g) = (pointer(pass.d), pointer(pass.e), pointer(pass.f), pointer(pass.g))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      eachVector(pass, channel) { i, keep in
        let jet = activation.jet(load(a + i) + bias)
        let q: V = load(b + i)
        let move: V = load(c + i)
        store(kept(jet.value, keep), to: d + i)
        store(kept(jet.first * q, keep), to: e + i)
        store(kept(jet.first * move, keep), to: f + i)
        store(kept((jet.second * q) * move, keep), to: g + i)
      }
    }
  }

  @inline(__always)
  static func outputHigher(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b) = (pointer(pass.a), pointer(pass.b))
    let (c, d) = (pointer(pass.c), pointer(pass.d))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      let weight = V.constant(pass.weights[channel])
      var byWeight = V.zero
      var byBias = V.zero
      var bySmoothing = V.zero
      eachVector(pass, channel) { i, keep in
        let u: V = load(a + i) + bias
        let jet = activation.jet(u)
        let (q, move, both): (V, V, V) = (load(b + i), load(c + i), load(d + i))
        let first = kept(weight * jet.first, keep)
        let second = kept(weight * jet.second, keep)
        let bend = second * (q * move)
        let third = kept((weight * jet.third) * (q * move), keep)
        let p = third.plus(second, times: both)
        byWeight = (byWeight + bend).plus(first, times: both)
        byBias += p
        bySmoothing = (bySmoothing - bend).plus(V.zero - u, times: p)
        store(first, to: a + i)
        store(second * q, to: b + i)
        store(second * move, to: c + i)
        store(p, to: d + i)
      }
      add(pass, channel, weight: byWeight, bias: byBias, smoothing: bySmoothing)
    }
  }

  @inline(__always)
  static func higherBackward(_ pass: NetworkPointwise) {
    let activation = A(smoothing: pass.smoothing)
    let (a, b, c) = (pointer(pass.a), pointer(pass.b), pointer(pass.c))
    let (d, e, f, g) = (pointer(pass.d), pointer(pass.e), pointer(pass.f), pointer(pass.g))
    for channel in 0..<pass.channels {
      let bias = V.constant(pass.biases[channel])
      var sum = V.zero
      var bySmoothing = V.zero
      eachVector(pass, channel) { i, keep in
        let t: V = load(a + i) + bias
        let jet = activation.jet(t)
        let q: V = kept(load(b + i), keep)
        let move: V = kept(load(c + i), keep)
        let h: V = load(d + i)
        let (byQ, byMove, byBoth): (V, V, V) = (load(e + i), load(f + i), load(g + i))
        let cross = (byQ * move).plus(byMove, times: q)
        let square = (h * q) * move
        let p = kept(
          (square * jet.third).plus(jet.second, times: cross).plus(byBoth, times: jet.first), keep)
        sum += p
        let scaled = kept(jet.value.plus(V.zero - t, times: jet.first), keep)
        let bent = jet.second.plus(t, times: jet.third)
        bySmoothing = bySmoothing.plus(scaled, times: byBoth)
        bySmoothing = bySmoothing.plus(V.zero - t * jet.second, times: cross)
        bySmoothing = bySmoothing.plus(V.zero - bent, times: square)
        store(kept((h * jet.second * q).plus(byQ, times: jet.first), keep), to: e + i)
        store(kept((h * jet.second * move).plus(byMove, times: jet.first), keep), to: f + i)
        store(p, to: g + i)
      }
      add(pass, channel, weight: V.zero, bias: sum, smoothing: bySmoothing)
    }
  }
}
