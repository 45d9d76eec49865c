import KernelInterface

// The passes over feature maps. All maps of one convolution have the same layout.
extension ConvolutionKernel {
  /// Rows of `output` ← K applied to maps that are extended beyond their border; what lies right of
  /// the last column is not zero then.
  func forward(
    _ weights: PackedConvolution, _ input: FeatureMaps, _ output: FeatureMaps, rows: Range<Int>
  ) {
    let layout = input.layout
    let radius = description.radius
    for block in 0..<blocks.count {
      entries.forward(
        RidgeForward(
          single: description.singlePrecision, filters: blocks.size, rows: rows.count,
          vectors: layout.vectors,
          image: UnsafeRawPointer(input.pixel(0, row: rows.lowerBound - radius, column: -radius)),
          imageRowStride: layout.rowStride, taps: description.taps, offsets: input.taps.start,
          weights: weights.forward(block: block),
          output: output.rows(from: block * blocks.size, row: rows.lowerBound, column: 0),
          factors: nil))
    }
  }

  /// First row and column that adjoints write: −r if what falls outside is folded back, else 0.
  var firstRow: Int { description.boundary == .zero ? 0 : -description.radius }

  /// Rows that adjoints of maps of so many rows write.
  func adjointRows(height: Int) -> Int { height - 2 * firstRow }

  /// Rows of `input` ← `input` + Kᵀ `output`, whose border is zero; rows are counted from `firstRow`
  /// and rounded up to whole tiles.
  func addAdjoint(
    _ weights: PackedConvolution, _ output: FeatureMaps, _ input: FeatureMaps, rows: Range<Int>
  ) {
    let layout = output.layout
    let first = firstRow
    let vectors = (layout.width - 2 * first + lanes - 1) / lanes
    for channel in 0..<description.inputChannels {
      entries.adjoint(
        RidgeAdjoint(
          single: description.singlePrecision, size: description.size,
          filters: description.outputChannels, rows: rows.count, vectors: vectors,
          responses: output.rows(
            from: 0, row: rows.lowerBound - description.radius,
            column: first - description.radius),
          weights: weights.adjoint(input: channel),
          image: input.pixel(channel, row: rows.lowerBound, column: first),
          imageRowStride: layout.rowStride))
    }
  }

  /// sums[o, c, a, b] ← sums + Σ_p y_o(p) x_c(p + (a, b) − r) for some blocks of output channels;
  /// `output` must be zero right of the last column, and `input` extended beyond the border.
  func addWeightGradient(
    _ input: FeatureMaps, _ output: FeatureMaps, blocks chosen: Range<Int>,
    _ sums: UnsafeMutablePointer<Double>
  ) {
    let layout = input.layout
    let radius = description.radius
    for block in chosen {
      let channels = blocks[block]
      for index in 0..<layout.bands(of: layout.height) {
        let rows = layout.band(index, of: layout.height)
        entries.correlation(
          RidgeCorrelation(
            single: description.singlePrecision, filters: channels.count, rows: rows.count,
            vectors: layout.vectors,
            responses: output.rows(from: channels.lowerBound, row: rows.lowerBound, column: 0),
            image: UnsafeRawPointer(
              input.pixel(0, row: rows.lowerBound - radius, column: -radius)),
            imageRowStride: layout.rowStride, taps: description.taps, offsets: input.taps.start,
            sums: sums + channels.lowerBound * description.taps))
      }
    }
  }
}
