import KernelInterface

/// Where a pass's scratch lies.
struct TileScratch {
  let lanes: Int
  /// From one of the four phases of a row to the next: all tiles of a row, and those right of them.
  let phaseStride: Int
  /// The image's and the output's 8 rows by channel, row and phase.
  let image: UnsafeMutablePointer<Float>
  let output: UnsafeMutablePointer<Float>
  /// Transformed pixels, 64 × channels vectors, and what is carried back to them.
  let spectrum: UnsafeMutablePointer<Float>
  let cotangent: UnsafeMutablePointer<Float>
  /// Transformed responses of a block, 64 × filters vectors.
  let products: UnsafeMutablePointer<Float>
  /// Responses of a block, filters × 16 vectors.
  let responses: UnsafeMutablePointer<Float>
  /// Room for 64 vectors between the transforms of rows and columns.
  let half: UnsafeMutablePointer<Float>
  let count: Int

  init(_ start: UnsafeMutablePointer<Float>, channels: Int, groups: Int, filters: Int) {
    lanes = Vector32.scalarCount
    phaseStride = (groups + 1) * lanes
    let rows = channels * 8 * 4 * phaseStride
    image = start
    output = image + rows
    spectrum = output + rows
    cotangent = spectrum + 64 * channels * lanes
    products = cotangent + 64 * channels * lanes
    responses = products + 64 * filters * lanes
    half = responses + 16 * filters * lanes
    count = half + 64 * lanes - start
  }
}

/// A row of tiles: `F` filters at once, and what goes back to `C` channels at once.
enum TilePass<let C: Int, let F: Int> {
  typealias V = Vector32

  @inline(__always)
  static func run(_ task: TileTask) {
    let scratch = TileScratch(
      task.scratch, channels: task.channels, groups: task.groups, filters: F)
    let goesBack = task.operation.goesBack
    if task.operation != .adjoint { splitPhases(task, scratch) }
    if goesBack {
      scratch.output.update(repeating: 0, count: task.channels * 32 * scratch.phaseStride)
    }
    for group in 0..<task.groups {
      if task.operation != .adjoint { transform(task, scratch, group) }
      if goesBack {
        scratch.cotangent.update(repeating: 0, count: 64 * task.channels * scratch.lanes)
      }
      for first in stride(from: 0, to: task.filters, by: F) {
        block(task, scratch, group, first)
      }
      if goesBack { addPixels(task, scratch, group) }
    }
    if goesBack { joinPhases(task, scratch) }
  }

  /// The filters from `first` on in one group of tiles.
  @inline(__always)
  static func block(_ task: TileTask, _ scratch: TileScratch, _ group: Int, _ first: Int) {
    let spectra = task.spectra + first * 64 * task.channels
    let filters = min(F, task.filters - first)
    if task.operation != .adjoint {
      multiply(task, spectra, scratch)
      for f in 0..<filters { gather(scratch, f) }
    }
    let view = TileView(task, scratch, group: group, first: first, count: filters)
    task.sum.pointee += view.run()
    if task.operation.goesBack {
      for f in 0..<filters { scatter(scratch, f) }
      multiplyBack(task, spectra, scratch, filters)
    }
  }

  // MARK: Pixels

  /// Tiles in a row, with the one that only the last tile's right columns reach.
  @inline(__always)
  static func columnsOfTiles(_ task: TileTask) -> Int { (task.columns + 7) / 4 }

  /// phase[c, row, j][l] ← image[c, row, 4 l + j].
  @inline(__always)
  static func splitPhases(_ task: TileTask, _ scratch: TileScratch) {
    let count = columnsOfTiles(task)
    for channel in 0..<task.channels {
      for row in 0..<8 {
        let source = task.image + (channel * task.planeStride + row * task.rowStride)
        let target = scratch.image + (channel * 8 + row) * 4 * scratch.phaseStride
        split(source, target, scratch.phaseStride, count)
      }
    }
  }

  /// output[c, row, 4 l + j] ← phase[c, row, j][l].
  @inline(__always)
  static func joinPhases(_ task: TileTask, _ scratch: TileScratch) {
    let count = columnsOfTiles(task)
    for channel in 0..<task.channels {
      for row in 0..<8 {
        let target = task.output + (channel * task.planeStride + row * task.rowStride)
        let source = scratch.output + (channel * 8 + row) * 4 * scratch.phaseStride
        join(source, target, scratch.phaseStride, count)
      }
    }
  }

  /// phases[j][l] ← row[4 l + j].
  @inline(__always)
  static func split(
    _ row: UnsafePointer<Float>, _ phases: UnsafeMutablePointer<Float>, _ stride: Int,
    _ count: Int
  ) {
    let lanes = V.scalarCount
    let whole = count / lanes * lanes
    for l in Swift.stride(from: 0, to: whole, by: lanes) {
      let a: V = load(row + 4 * l)
      let b: V = load(row + 4 * l + lanes)
      let c: V = load(row + 4 * l + 2 * lanes)
      let d: V = load(row + 4 * l + 3 * lanes)
      let (even, odd) = (evens(a, b), odds(a, b))
      let (nextEven, nextOdd) = (evens(c, d), odds(c, d))
      store(evens(even, nextEven), to: phases + l)
      store(evens(odd, nextOdd), to: phases + stride + l)
      store(odds(even, nextEven), to: phases + 2 * stride + l)
      store(odds(odd, nextOdd), to: phases + 3 * stride + l)
    }
    for l in whole..<count {
      for j in 0..<4 { phases[j * stride + l] = row[4 * l + j] }
    }
  }

  @inline(__always)
  private static func evens(_ a: V, _ b: V) -> V { V(lowHalf: a.evenHalf, highHalf: b.evenHalf) }

  @inline(__always)
  private static func odds(_ a: V, _ b: V) -> V { V(lowHalf: a.oddHalf, highHalf: b.oddHalf) }

  /// row[4 l + j] ← phases[j][l].
  @inline(__always)
  static func join(
    _ phases: UnsafeMutablePointer<Float>, _ row: UnsafeMutablePointer<Float>, _ stride: Int,
    _ count: Int
  ) {
    let (first, second, third) = (phases + stride, phases + 2 * stride, phases + 3 * stride)
    for l in 0..<count {
      row[4 * l] = phases[l]
      row[4 * l + 1] = first[l]
      row[4 * l + 2] = second[l]
      row[4 * l + 3] = third[l]
    }
  }

  /// The place of column j of the tiles of a group in the rows sorted by phase.
  @inline(__always)
  static func offset(_ scratch: TileScratch, _ group: Int, _ j: Int) -> Int {
    (j & 3) * scratch.phaseStride + group * scratch.lanes + j / 4
  }

  /// The spectra of one group of tiles.
  @inline(__always)
  static func transform(_ task: TileTask, _ scratch: TileScratch, _ group: Int) {
    let (half, lanes) = (scratch.half, scratch.lanes)
    for channel in 0..<task.channels {
      for j in 0..<8 {
        let place = scratch.image + (channel * 32 * scratch.phaseStride + offset(scratch, group, j))
        var d = Eight(repeating: .zero)
        for row in 0..<8 { d[row] = load(place + row * 4 * scratch.phaseStride) }
        let r = TileTransforms.spectrum(d)
        for i in 0..<8 { store(r[i], to: half + (i * 8 + j) * lanes) }
      }
      for i in 0..<8 {
        var d = Eight(repeating: .zero)
        for j in 0..<8 { d[j] = load(half + (i * 8 + j) * lanes) }
        let r = TileTransforms.spectrum(d)
        for j in 0..<8 {
          store(
            r[j], to: scratch.spectrum + ((i * 8 + j) * task.channels + channel) * scratch.lanes)
        }
      }
    }
  }

  /// Adds what was carried back to the output's rows.
  @inline(__always)
  static func addPixels(_ task: TileTask, _ scratch: TileScratch, _ group: Int) {
    let (half, lanes) = (scratch.half, scratch.lanes)
    for channel in 0..<task.channels {
      for i in 0..<8 {
        var r = Eight(repeating: .zero)
        for j in 0..<8 {
          r[j] = load(scratch.cotangent + ((i * 8 + j) * task.channels + channel) * scratch.lanes)
        }
        let d = TileTransforms.pixels(r)
        for j in 0..<8 { store(d[j], to: half + (i * 8 + j) * lanes) }
      }
      for j in 0..<8 {
        let place =
          scratch.output + (channel * 32 * scratch.phaseStride + offset(scratch, group, j))
        var r = Eight(repeating: .zero)
        for i in 0..<8 { r[i] = load(half + (i * 8 + j) * lanes) }
        let d = TileTransforms.pixels(r)
        for row in 0..<8 {
          let pixel = place + row * 4 * scratch.phaseStride
          store(load(pixel) + d[row], to: pixel)
        }
      }
    }
  }

  // MARK: Filters

  /// products[p, f] ← Σ_c spectra[p, c, f] spectrum[p, c].
  @inline(__always)
  static func multiply(
    _ task: TileTask, _ spectra: UnsafePointer<Float>, _ scratch: TileScratch
  ) {
    let (lanes, channels) = (scratch.lanes, task.channels)
    for p in 0..<64 {
      var weights = spectra + p * channels * F
      var source = scratch.spectrum + p * channels * lanes
      var sums = InlineArray<F, V>(repeating: .zero)
      for _ in 0..<channels {
        let d: V = load(source)
        for f in 0..<F { sums[f] = sums[f].plus(d, times: V(repeating: weights[f])) }
        weights += F
        source += lanes
      }
      let target = scratch.products + p * F * lanes
      for f in 0..<F { store(sums[f], to: target + f * lanes) }
    }
  }

  /// cotangent[p, c] ← cotangent[p, c] + Σ_f spectra[p, c, f] products[p, f].
  @inline(__always)
  static func multiplyBack(
    _ task: TileTask, _ spectra: UnsafePointer<Float>, _ scratch: TileScratch, _ filters: Int
  ) {
    let (lanes, channels) = (scratch.lanes, task.channels)
    for p in 0..<64 {
      for first in stride(from: 0, to: channels, by: C) {
        let weights = spectra + (p * channels + first) * F
        let target = scratch.cotangent + (p * channels + first) * lanes
        let source = scratch.products + p * F * lanes
        var sums = InlineArray<C, V>(repeating: .zero)
        for c in 0..<C { sums[c] = load(target + c * lanes) }
        for f in 0..<filters {
          let e: V = load(source + f * lanes)
          for c in 0..<C { sums[c] = sums[c].plus(e, times: V(repeating: weights[c * F + f])) }
        }
        for c in 0..<C { store(sums[c], to: target + c * lanes) }
      }
    }
  }

  /// The responses of one filter.
  @inline(__always)
  static func gather(_ scratch: TileScratch, _ f: Int) {
    let (half, lanes) = (scratch.half, scratch.lanes)
    for j in 0..<8 {
      var m = Eight(repeating: .zero)
      for i in 0..<8 { m[i] = load(scratch.products + ((i * 8 + j) * F + f) * lanes) }
      let t = TileTransforms.responses(m)
      for i in 0..<4 { store(t[i], to: half + (i * 8 + j) * lanes) }
    }
    for i in 0..<4 {
      var m = Eight(repeating: .zero)
      for j in 0..<8 { m[j] = load(half + (i * 8 + j) * lanes) }
      let t = TileTransforms.responses(m)
      for j in 0..<4 { store(t[j], to: scratch.responses + (f * 16 + i * 4 + j) * lanes) }
    }
  }

  /// What goes back from the responses of one filter.
  @inline(__always)
  static func scatter(_ scratch: TileScratch, _ f: Int) {
    let (half, lanes) = (scratch.half, scratch.lanes)
    for j in 0..<4 {
      var t = Four(repeating: .zero)
      for i in 0..<4 { t[i] = load(scratch.responses + (f * 16 + i * 4 + j) * lanes) }
      let m = TileTransforms.spread(t)
      for i in 0..<8 { store(m[i], to: half + (i * 4 + j) * lanes) }
    }
    for i in 0..<8 {
      var t = Four(repeating: .zero)
      for j in 0..<4 { t[j] = load(half + (i * 4 + j) * lanes) }
      let m = TileTransforms.spread(t)
      for j in 0..<8 { store(m[j], to: scratch.products + ((i * 8 + j) * F + f) * lanes) }
    }
  }
}

/// Entry points.
enum TileEntry {
  static let filters = 8

  static func scratchCount(channels: Int, groups: Int) -> Int {
    TileScratch(
      UnsafeMutablePointer(bitPattern: 64).unsafelyUnwrapped, channels: channels, groups: groups,
      filters: filters
    ).count
  }

  static func run(_ task: TileTask) {
    if task.channels % 8 == 0 { TilePass<8, 8>.run(task) } else { TilePass<4, 8>.run(task) }
  }
}
