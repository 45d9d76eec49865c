import KernelInterface

// Derivatives by the parameters: vectors ordered Wx, bx, Wz, bz, log w, log τ.
extension NetworkWorkspace {
  /// sums ← sums + the derivatives of ⟨∇R(x), q⟩ with respect to all parameters.
  public func mixedProduct(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, to sums: UnsafeMutablePointer<Double>
  ) {
    load(x, q)
    clearSums()
    let (t, moved, z, along) = (map(.t), map(.q), map(.z), map(.alongQ))
    let (u, last, h, back) = (map(.u), map(.lastQ), map(.h), map(.backQ))
    eachBand { [self] band in
      forwardFirst(0, t, band)
      forwardFirst(1, moved, band)
      pointwise(.mixedForward, .first, band, t, moved, z, along)
    }
    eachBand { [self] band in
      kernel.second.forward(kernel.second.weights, z, u, rows: band.rows)
      kernel.second.forward(kernel.second.weights, along, last, rows: band.rows)
      pointwise(.outputMixed, .last, band, u, last)
    }
    addSecondGradient(z, last, to: sums)
    addSecondGradient(along, u, to: sums)
    eachBand { [self] band in
      adjointSecond(u, h, band)
      adjointSecond(last, back, band)
      pointwise(.mixedBackward, .first, band, t, moved, h, back)
    }
    addFirstGradient(0, back, to: sums)
    addFirstGradient(1, h, to: sums)
    addSums(to: sums)
  }

  /// sums ← sums + the derivative of `mixedProduct` at x along d: d/dt mixedProduct(x + t d, q) at t = 0.
  public func mixedVariation(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, _ d: UnsafeRawPointer,
    to sums: UnsafeMutablePointer<Double>
  ) {
    higher(x, q, d)
    addSecondGradient(map(.z), map(.lastBoth), to: sums)
    addSecondGradient(map(.alongD), map(.lastQ), to: sums)
    addSecondGradient(map(.alongQ), map(.lastD), to: sums)
    addSecondGradient(map(.alongBoth), map(.u), to: sums)
    addFirstGradient(0, map(.backBoth), to: sums)
    addFirstGradient(1, map(.backD), to: sums)
    addFirstGradient(2, map(.backQ), to: sums)
    addSums(to: sums)
  }

  /// image ← image + the derivative of ∇R(x) along a direction of all parameters, ordered Wx, bx, Wz, bz,
  /// w, log τ: of w itself.
  public func mixedDirection(
    _ x: UnsafeRawPointer, _ direction: UnsafePointer<Double>, _ image: UnsafeMutableRawPointer
  ) {
    let offsets = kernel.description.offsets
    load(x)
    firstDirection.pack(direction)
    secondDirection.pack(direction + offsets.second)
    let (t, moved, z, along) = (map(.t), map(.q), map(.z), map(.alongQ))
    let (u, last, others, h) = (map(.u), map(.lastQ), map(.lastD), map(.h))
    let back = map(.backQ)
    let smoothing = direction[offsets.smoothing]
    eachBand { [self] band in
      forwardFirst(0, t, band)
      kernel.first.forward(firstDirection, images[0], moved, rows: band.rows)
      pointwise(.directionForward, .first, band, t, moved, z, along) {
        $0.biasDirections = direction + offsets.firstBiases
        $0.smoothingDirection = smoothing
      }
    }
    eachBand { [self] band in
      kernel.second.forward(kernel.second.weights, z, u, rows: band.rows)
      kernel.second.forward(kernel.second.weights, along, last, rows: band.rows)
      kernel.second.forward(secondDirection, z, others, rows: band.rows)
      pointwise(.outputDirection, .last, band, u, last, others) {
        $0.biasDirections = direction + offsets.secondBiases
        $0.weightDirections = direction + offsets.weights
        $0.smoothingDirection = smoothing
      }
    }
    eachBand { [self] band in
      adjointSecond(u, h, band)
      adjointSecond(last, back, band, and: secondDirection, u)
      pointwise(.directionBackward, .first, band, t, moved, h, back) {
        $0.smoothingDirection = smoothing
      }
    }
    addResult(of: back, and: firstDirection, h, to: image)
  }

  // MARK: Sums

  func clearSums() {
    channelSums.start.initializeMemory(
      as: UInt8.self, repeating: 0, count: channelSums.byteCount)
  }

  /// The sums of one band and layer.
  func sums(_ layer: NetworkLayer, _ band: Int) -> UnsafeMutablePointer<Double> {
    channelSums.doubles + (2 * band + layer.rawValue) * kernel.description.features * 3
  }

  /// Adds the sums of all bands, in their order.
  private func addSums(to target: UnsafeMutablePointer<Double>) {
    let offsets = kernel.description.offsets
    for band in 0..<layout.bands(of: height) {
      let (first, last) = (sums(.first, band), sums(.last, band))
      for c in 0..<kernel.description.features {
        target[offsets.firstBiases + c] += first[3 * c + 1]
        target[offsets.secondBiases + c] += last[3 * c + 1]
        target[offsets.weights + c] += last[3 * c]
        target[offsets.smoothing] += first[3 * c + 2] + last[3 * c + 2]
      }
    }
  }

  /// The derivatives of Wz: correlations of what it answers with what it sees.
  private func addSecondGradient(
    _ input: FeatureMaps, _ output: FeatureMaps, to sums: UnsafeMutablePointer<Double>
  ) {
    let target = sums + kernel.description.offsets.second
    shares.divide(kernel.second.blocks.count) { [self] blocks in
      kernel.second.addWeightGradient(input, output, blocks: blocks, target)
    }
  }

  /// The derivatives of Wx.
  private func addFirstGradient(
    _ image: Int, _ output: FeatureMaps, to sums: UnsafeMutablePointer<Double>
  ) {
    shares.divide(kernel.first.blocks.count) { [self] blocks in
      kernel.first.addWeightGradient(images[image], output, blocks: blocks, sums)
    }
  }
}
