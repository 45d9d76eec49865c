import KernelInterface

/// Filters and potentials of one ridge energy, packed once and shared by all workers:
/// R(x) = Σ_k β_k Σ_p φ((C_k x)_p; ν_k), where C_k is the cross-correlation with filter k,
/// (C_k x)[i, j] = Σ_{c,a,b} f_k[c, a, b] x[c, i + a − r, j + b − r], r = (size − 1)/2,
/// with as many responses as the image has pixels.
///
/// Source: Roth & Black, "Fields of Experts", 2009.
public final class RidgeKernel: @unchecked Sendable {
  /// What a ridge energy's kernels are made for.
  public struct Description: Sendable, Equatable {
    /// Channels of the images.
    public var channels: Int
    /// Number of filters.
    public var filters: Int
    /// Width and height of the filters: 3, 5, 7, 9, 11 or 13.
    public var size: Int
    /// What the filters see outside of the image.
    public var boundary: Boundary
    /// The potential φ.
    public var potential: Potential
    /// Whether images hold Float32, not Float64.
    public var singlePrecision: Bool
    /// κ > 0 for the weakly convex φ(t; ν) − φ(t; κν) in the place of φ(t; ν); 0 for φ alone.
    public var ratio: Double

    /// A description.
    public init(
      channels: Int, filters: Int, size: Int, boundary: Boundary, potential: Potential,
      singlePrecision: Bool, ratio: Double = 0
    ) {
      self.channels = channels
      self.filters = filters
      self.size = size
      self.boundary = boundary
      self.potential = potential
      self.singlePrecision = singlePrecision
      self.ratio = ratio
    }

    /// Coefficients of one filter.
    public var taps: Int { channels * size * size }
    /// Pixels that a filter reaches from its centre, r.
    public var radius: Int { size / 2 }
    /// Bytes of one element.
    var elementStride: Int {
      singlePrecision ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
    }
  }

  /// Filter sizes that there are kernels for.
  public static let sizes = [3, 5, 7, 9, 11, 13]

  /// What the kernels are made for.
  public let description: Description
  /// The instruction set that they use.
  public let instructionSet: InstructionSet

  let entries: RidgeEntries
  let lanes: Int
  let blocks: FilterBlocks
  let filters: PackedFilters
  /// The filters as tiles need them; nil where there are no passes by tiles.
  let spectra: TileSpectra?
  /// The filters as tiles along rows need them; nil where there are no such passes.
  let rowSpectra: RowTileSpectra?
  private let parameters: Memory  // β of all filters, then ν of all filters

  /// Packs coefficients (filters × channels × size × size), weights β_k and smoothing ν_k > 0.
  public init(
    _ description: Description, coefficients: [Double], weights: [Double], smoothing: [Double],
    instructionSet: InstructionSet = .preferred
  ) {
    precondition(
      RidgeKernel.sizes.contains(description.size), "Filters are 3, 5, 7, 9, 11 or 13 wide.")
    precondition(
      description.channels > 0 && description.filters > 0, "There is a channel and a filter.")
    precondition(
      coefficients.count == description.filters * description.taps,
      "Coefficients are filters × channels × size × size.")
    precondition(
      weights.count == description.filters && smoothing.count == description.filters,
      "Every filter has one weight and one smoothing.")
    precondition(smoothing.allSatisfy { $0 > 0 }, "The smoothing is positive.")
    precondition(description.ratio >= 0, "The ratio of two widths is positive.")
    self.description = description
    self.instructionSet = instructionSet
    let table = instructionSet.table
    entries = table.ridge
    lanes = description.singlePrecision ? table.lanes.single : table.lanes.double
    blocks = FilterBlocks(description.filters, entries)
    filters = PackedFilters(description, blocks)
    parameters = Memory(count: 2 * description.filters, stride: MemoryLayout<Double>.stride)
    filters.pack(coefficients, description)
    spectra = TileSpectra(
      coefficients, filters: description.filters, channels: description.channels,
      size: description.size, singlePrecision: description.singlePrecision, table.tiles)
    rowSpectra = RowTileSpectra(coefficients, description, table.rowTiles)
    for k in 0..<description.filters {
      parameters.doubles[k] = weights[k]
      parameters.doubles[description.filters + k] = smoothing[k]
    }
  }

  /// β of all filters.
  var weights: UnsafePointer<Double> { UnsafePointer(parameters.doubles) }
  /// ν of all filters.
  var smoothing: UnsafePointer<Double> { UnsafePointer(parameters.doubles + description.filters) }
  var potential: RidgePotential {
    switch description.potential {
    case .smoothedAbsolute: .smoothedAbsolute
    case .huber: .huber
    case .logCosh: .logCosh
    }
  }
}
