/// What one instruction-set variant offers: plain functions over unsafe pointers.
///
/// The sources of `KernelSources` are compiled once per variant, and each variant fills one table
/// (`Variant.table`). `InstructionSet` picks the table once at start. To add kernels: declare their
/// functions as one struct in this module, add a member of it here, and fill it in `Variant.swift`.
///
/// Functions of a variant are not generic and take numbers and pointers (or a pointer to a struct
/// of them), because a generic function of the standard library would leave a shared symbol that
/// another variant's caller could be linked to.
public struct KernelTable: Sendable {
  /// Elements of a vector register: Float32, and Float64.
  public var lanes: (single: Int, double: Int)
  /// Chains of fused multiply-add without memory traffic, for measurements.
  public var peak: PeakEntries
  /// Fused passes of Fields-of-Experts energies.
  public var ridge: RidgeEntries
  /// Ridge energies of 5 × 5 filters on several channels, by tiles.
  public var tiles: TileEntries
  /// Ridge energies by tiles along rows.
  public var rowTiles: RowTileEntries
  /// Activations of two-layer networks.
  public var network: NetworkEntries
  /// Smoothed total variation.
  public var totalVariation: TotalVariationEntries
  /// A dense matrix with a few vectors.
  public var dense: DenseEntries
  /// Cross-correlations of planes.
  public var correlation: CorrelationEntries
  /// Fourier transforms, Float32 and Float64.
  public var fourier: (single: FourierEntries, double: FourierEntries)
  /// Parallel-beam projections.
  public var projection: ProjectionEntries

  /// A table of the given entries.
  public init(
    lanes: (single: Int, double: Int), peak: PeakEntries, ridge: RidgeEntries,
    tiles: TileEntries,
    rowTiles: RowTileEntries, network: NetworkEntries, totalVariation: TotalVariationEntries,
    dense: DenseEntries, correlation: CorrelationEntries,
    fourier: (single: FourierEntries, double: FourierEntries), projection: ProjectionEntries
  ) {
    self.lanes = lanes
    self.peak = peak
    self.ridge = ridge
    self.tiles = tiles
    self.rowTiles = rowTiles
    self.network = network
    self.totalVariation = totalVariation
    self.dense = dense
    self.correlation = correlation
    self.fourier = fourier
    self.projection = projection
  }
}

/// The processor's arithmetic limit, measured by independent chains of multiply-add.
public struct PeakEntries: Sendable {
  /// Runs `rounds` rounds of `chains` multiply-adds on full Float32 vectors; returns a number that
  /// depends on all of them.
  public var single: @Sendable (_ rounds: Int) -> Double
  /// The same on Float64 vectors.
  public var double: @Sendable (_ rounds: Int) -> Double
  /// Independent chains.
  public var chains: Int

  /// Entries of one variant.
  public init(
    single: @escaping @Sendable (_ rounds: Int) -> Double,
    double: @escaping @Sendable (_ rounds: Int) -> Double, chains: Int
  ) {
    self.single = single
    self.double = double
    self.chains = chains
  }
}
