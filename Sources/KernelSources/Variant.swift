import KernelInterface

/// This instruction set's kernels.
public enum Variant {
  /// All entries of this variant.
  public static var table: KernelTable {
    KernelTable(
      lanes: (Vector32.scalarCount, Vector64.scalarCount),
      peak: PeakEntries(
        single: Peak.single, double: Peak.double, chains: Peak.chains),
      ridge: RidgeEntries(
        filtersPerBlock: RidgeTile.filters, adjointRows: RidgeTile.rows,
        forward: RidgeEntry.forward, adjoint: RidgeEntry.adjoint,
        correlation: RidgeEntry.correlation, pointwise: RidgeEntry.pointwise),
      tiles: TileEntries(
        filtersPerBlock: TileEntry.filters, channelUnit: 4,
        scratchCount: TileEntry.scratchCount, run: TileEntry.run),
      rowTiles: RowTileEntries(
        filtersPerBlock: RowTileEntry.filters, rows: RowTileEntry.rows,
        scratchCount: RowTileEntry.scratchCount, run: RowTileEntry.run),
      network: NetworkEntries(pointwise: NetworkEntry.pointwise),
      totalVariation: TotalVariationEntries(
        isotropicSingle: TotalVariation.isotropicSingle,
        isotropicDouble: TotalVariation.isotropicDouble,
        anisotropicSingle: TotalVariation.anisotropicSingle,
        anisotropicDouble: TotalVariation.anisotropicDouble),
      dense: DenseEntries(
        productSingle: Dense.productSingle, productDouble: Dense.productDouble,
        adjointSingle: Dense.adjointSingle, adjointDouble: Dense.adjointDouble),
      correlation: CorrelationEntries(
        single: Correlation.single, double: Correlation.double,
        derivativeSingle: Correlation.derivativeSingle,
        derivativeDouble: Correlation.derivativeDouble),
      fourier: (
        FourierEntries(
          stage: Fourier.stageSingle, product: Fourier.productSingle,
          transpose: Fourier.transposeSingle, split: Fourier.splitSingle,
          merge: Fourier.mergeSingle),
        FourierEntries(
          stage: Fourier.stageDouble, product: Fourier.productDouble,
          transpose: Fourier.transposeDouble, split: Fourier.splitDouble,
          merge: Fourier.mergeDouble)
      ),
      projection: ProjectionEntries(
        single: Projection.single, double: Projection.double,
        adjointSingle: Projection.adjointSingle, adjointDouble: Projection.adjointDouble))
  }
}
