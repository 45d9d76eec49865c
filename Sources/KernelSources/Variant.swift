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
      network: NetworkEntries(pointwise: NetworkEntry.pointwise),
      totalVariation: TotalVariationEntries(
        isotropicSingle: TotalVariation.isotropicSingle,
        isotropicDouble: TotalVariation.isotropicDouble,
        anisotropicSingle: TotalVariation.anisotropicSingle,
        anisotropicDouble: TotalVariation.anisotropicDouble),
      dense: DenseEntries(
        productSingle: Dense.productSingle, productDouble: Dense.productDouble,
        adjointSingle: Dense.adjointSingle, adjointDouble: Dense.adjointDouble))
  }
}
