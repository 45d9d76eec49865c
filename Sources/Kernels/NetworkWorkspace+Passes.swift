import KernelInterface

/// What the maps of a network's workspace hold.
enum MapSlot: Int, CaseIterable {
  /// Pre-activations, or activations in their place.
  case t, u
  /// a′(t), and what the adjoint of the last layer answers.
  case slope, h
  /// Wx q and Wx d.
  case q, d
  /// a(t), and what the first layer makes of q, d and both.
  case z, alongQ, alongD, alongBoth
  /// The same after Wz, and after its adjoint.
  case lastQ, lastD, lastBoth, backQ, backD, backBoth
  /// a′(t), h a″(t) and w a″(u) of the prepared curvature.
  case keptSlope, keptInner, keptOuter
  /// What even and odd rows of tiles answer, in the adjoint of the last layer.
  case even, odd
}

/// Which layer's biases a pass adds.
enum NetworkLayer: Int {
  case first, last
}

/// Some rows of all maps.
struct NetworkBand {
  var index: Int
  var rows: Range<Int>
}

// Scratch, and the single passes over one band.
extension NetworkWorkspace {
  /// The maps that hold this.
  func map(_ slot: MapSlot) -> FeatureMaps {
    if let known = maps[slot.rawValue] { return known }
    let made = FeatureMaps(layout, channels: kernel.second.writtenChannels)
    maps[slot.rawValue] = made
    return made
  }

  /// Makes the maps of all passes but the prepared curvature's.
  func makeMaps() {
    for slot in MapSlot.t.rawValue...MapSlot.backBoth.rawValue {
      _ = MapSlot(rawValue: slot).map { map($0) }
    }
  }

  /// Copies images into the padded ones.
  func load(_ x: UnsafeRawPointer, _ q: UnsafeRawPointer? = nil, _ d: UnsafeRawPointer? = nil) {
    load(x, into: 0)
    if let q { load(q, into: 1) }
    if let d { load(d, into: 2) }
  }

  private func load(_ source: UnsafeRawPointer, into index: Int) {
    let channels = kernel.description.channels
    while images.count <= index { images.append(FeatureMaps(layout, channels: channels)) }
    images[index].load(source, channels: channels, rows: 0..<height)
  }

  /// Calls `body` for all bands; when it returns, all are done.
  func eachBand(_ body: (NetworkBand) -> Void) {
    shares.divide(layout.bands(of: height)) { bands in
      for index in bands {
        body(NetworkBand(index: index, rows: layout.band(index, of: height)))
      }
    }
  }

  /// maps ← Wx applied to a padded image.
  func forwardFirst(_ image: Int, _ maps: FeatureMaps, _ band: NetworkBand) {
    kernel.first.forward(kernel.first.weights, images[image], maps, rows: band.rows)
  }

  /// last ← Wz maps; `body` is called when some rows are there.
  func forwardSecond(
    _ maps: FeatureMaps, _ last: FeatureMaps, _ body: (NetworkBand) -> Void
  ) {
    if let tiles {
      return tiles.forward(maps, last) { rows in body(NetworkBand(index: 0, rows: rows)) }
    }
    eachBand { [self] band in
      kernel.second.forward(kernel.second.weights, maps, last, rows: band.rows)
      body(band)
    }
  }

  /// last ← Wz maps, which `middle` changes when some rows are there; back ← Wzᵀ last, which `end` sees.
  func throughSecond(
    _ maps: FeatureMaps, _ last: FeatureMaps, _ back: FeatureMaps,
    middle: (NetworkBand) -> Void, end: (NetworkBand) -> Void
  ) {
    guard let tiles else {
      forwardSecond(maps, last, middle)
      return eachBand { [self] band in
        adjointSecond(last, back, band)
        end(band)
      }
    }
    let (even, odd) = (map(.even), map(.odd))
    tiles.forwardAndBack(maps, last, even, odd) { rows in
      middle(NetworkBand(index: 0, rows: rows))
    }
    eachBand { [self] band in
      pointwise(.sum, .first, band, back, even, odd)
      end(band)
    }
  }

  /// back ← Wzᵀ maps, plus the adjoint of other weights applied to other maps.
  func adjointSecond(
    _ maps: FeatureMaps, _ back: FeatureMaps, _ band: NetworkBand,
    and weights: PackedConvolution? = nil, _ others: FeatureMaps? = nil
  ) {
    adjoint(kernel.second, maps, back, band, weights, others)
  }

  private func adjoint(
    _ layer: ConvolutionKernel, _ maps: FeatureMaps, _ back: FeatureMaps, _ band: NetworkBand,
    _ weights: PackedConvolution?, _ others: FeatureMaps?
  ) {
    let channels = layer.description.inputChannels
    back.clear(channels: channels, rows: band.rows)
    layer.addAdjoint(layer.weights, maps, back, rows: band.rows)
    if let weights, let others { layer.addAdjoint(weights, others, back, rows: band.rows) }
    // The rows of the last tile that are below the image are part of its border.
    if band.rows.upperBound == height {
      back.clear(channels: channels, rows: height..<height + layer.entries.adjointRows)
    }
  }

  /// image ← image + Wxᵀ maps, plus the adjoint of other weights applied to other maps.
  func addResult(
    of maps: FeatureMaps, and weights: PackedConvolution? = nil, _ others: FeatureMaps? = nil,
    to image: UnsafeMutableRawPointer
  ) {
    let result = result
    eachBand { [self] band in adjoint(kernel.first, maps, result, band, weights, others) }
    if kernel.description.singlePrecision {
      border.fold(
        UnsafePointer(result.start.assumingMemoryBound(to: Float.self)),
        image.assumingMemoryBound(to: Float.self))
    } else {
      border.fold(
        UnsafePointer(result.start.assumingMemoryBound(to: Double.self)),
        image.assumingMemoryBound(to: Double.self))
    }
  }

  /// A pointwise operation on the rows of a band.
  func pointwise(
    _ operation: NetworkOperation, _ layer: NetworkLayer, _ band: NetworkBand, _ a: FeatureMaps,
    _ b: FeatureMaps? = nil, _ c: FeatureMaps? = nil, _ d: FeatureMaps? = nil,
    _ e: FeatureMaps? = nil, _ f: FeatureMaps? = nil, _ g: FeatureMaps? = nil,
    adjust: (inout NetworkPointwise) -> Void = { _ in }
  ) {
    let row = band.rows.lowerBound
    var pass = NetworkPointwise(
      single: kernel.description.singlePrecision, activation: activation, operation: operation,
      channels: kernel.description.features, rows: band.rows.count, columns: width,
      rowStride: layout.rowStride, channelStride: layout.planeStride,
      smoothing: kernel.smoothing,
      biases: layer == .first ? kernel.firstBiases : kernel.secondBiases, weights: kernel.weights,
      a: a.pixel(0, row: row, column: 0))
    pass.b = b?.pixel(0, row: row, column: 0)
    pass.c = c?.pixel(0, row: row, column: 0)
    pass.d = d?.pixel(0, row: row, column: 0)
    pass.e = e?.pixel(0, row: row, column: 0)
    pass.f = f?.pixel(0, row: row, column: 0)
    pass.g = g?.pixel(0, row: row, column: 0)
    switch operation {
    case .output: pass.rowSums = rowSums.doubles + row
    case .mixedBackward, .higherBackward, .outputMixed, .outputHigher:
      pass.sums = sums(layer, band.index)
    default: break
    }
    adjust(&pass)
    kernel.pointwise(pass)
  }

  private var activation: NetworkActivation {
    switch kernel.description.activation {
    case .smoothedRamp: .smoothedRamp
    case .softplus: .softplus
    }
  }

  func clearRowSums() {
    rowSums.start.initializeMemory(as: UInt8.self, repeating: 0, count: rowSums.byteCount)
  }

  func sumOfRows() -> Double {
    var sum = 0.0
    for row in 0..<height { sum += rowSums.doubles[row] }
    return sum
  }
}
