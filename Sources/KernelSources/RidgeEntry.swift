import KernelInterface

/// Shapes of the register tiles.
///
/// They hold as many sums as hide the latency of multiply-add, and as fit the registers along with
/// what is read. Adjoint tiles have no loop over the taps of a column where that gains something.
///
/// What bounds them is counted in multiplications and multiply-adds for a vector of responses. A
/// gradient has two for every tap, and 10 (Float32) or 14 (Float64) for β φ′ of the smoothed absolute
/// value: 7 × 7 can reach 91 or 88 % of the peak, 5 × 5 only 83 or 78 %, 3 × 3 only 64 or 56 %. Rows
/// are computed in whole vectors: 100 columns as 112 in the widest Float32. If a boundary is folded
/// back, adjoints cover r pixels more on every side: 102 rows of 7 vectors, not 96 of 6.
enum RidgeTile {
  #if LANES512 || arch(arm64)
    typealias Forward<V: SIMD> = RidgeForwardTile<V, 3, 6, 4> where V.Scalar: Real
    typealias SmallForward<V: SIMD> = RidgeForwardTile<V, 3, 4, 4> where V.Scalar: Real
    typealias Adjoint3<V: SIMD> = RidgeAdjointTile<V, 3, 6, 3, 4> where V.Scalar: Real
    typealias Adjoint5<V: SIMD> = RidgeAdjointTile<V, 3, 6, 5, 4> where V.Scalar: Real
    typealias Adjoint<V: SIMD> = RidgeAdjointTile<V, 3, 6, 0, 4> where V.Scalar: Real
    typealias Correlation<V: SIMD> = RidgeCorrelationTile<V, 6, 4, 4, 6> where V.Scalar: Real
  #else
    typealias Forward<V: SIMD> = RidgeForwardTile<V, 2, 6, 1> where V.Scalar: Real
    typealias SmallForward<V: SIMD> = RidgeForwardTile<V, 3, 4, 2> where V.Scalar: Real
    typealias Adjoint3<V: SIMD> = RidgeAdjointTile<V, 2, 6, 3, 1> where V.Scalar: Real
    typealias Adjoint5<V: SIMD> = RidgeAdjointTile<V, 3, 3, 0, 4> where V.Scalar: Real
    typealias Adjoint<V: SIMD> = RidgeAdjointTile<V, 2, 6, 0, 1> where V.Scalar: Real
    typealias Correlation<V: SIMD> = RidgeCorrelationTile<V, 3, 4, 2, 6> where V.Scalar: Real
  #endif
  /// Filters of the two forward tiles.
  static let filters = (large: 6, small: 4)
  /// Rows of the adjoint tiles.
  static let rows = 6
}

/// Entry points: the choice of the element type, of tiles and of the potential.
enum RidgeEntry {
  static func forward(_ pass: RidgeForward) {
    switch (pass.single, pass.filters) {
    case (true, RidgeTile.filters.small): RidgeTile.SmallForward<Vector32>.run(pass)
    case (true, _): RidgeTile.Forward<Vector32>.run(pass)
    case (false, RidgeTile.filters.small): RidgeTile.SmallForward<Vector64>.run(pass)
    case (false, _): RidgeTile.Forward<Vector64>.run(pass)
    }
  }

  static func adjoint(_ pass: RidgeAdjoint) {
    switch (pass.single, pass.size) {
    case (true, 3): RidgeTile.Adjoint3<Vector32>.run(pass)
    case (true, 5): RidgeTile.Adjoint5<Vector32>.run(pass)
    case (true, _): RidgeTile.Adjoint<Vector32>.run(pass)
    case (false, 3): RidgeTile.Adjoint3<Vector64>.run(pass)
    case (false, 5): RidgeTile.Adjoint5<Vector64>.run(pass)
    case (false, _): RidgeTile.Adjoint<Vector64>.run(pass)
    }
  }

  static func correlation(_ pass: RidgeCorrelation) {
    if pass.single {
      RidgeTile.Correlation<Vector32>.run(pass)
    } else {
      RidgeTile.Correlation<Vector64>.run(pass)
    }
  }

  static func pointwise(_ pass: RidgePointwise) {
    if pass.ratio > 0 {
      difference(pass)
    } else if pass.single {
      switch pass.potential {
      case .smoothedAbsolute: RidgePointwisePass<SmoothedAbsolute<Vector32>>.run(pass)
      case .huber: RidgePointwisePass<Huber<Vector32>>.run(pass)
      case .logCosh: RidgePointwisePass<LogCosh<Vector32>>.run(pass)
      }
    } else {
      switch pass.potential {
      case .smoothedAbsolute: RidgePointwisePass<SmoothedAbsolute<Vector64>>.run(pass)
      case .huber: RidgePointwisePass<Huber<Vector64>>.run(pass)
      case .logCosh: RidgePointwisePass<LogCosh<Vector64>>.run(pass)
      }
    }
  }

  private typealias Difference<Phi: PotentialDerivatives> =
    RidgePointwisePass<PotentialDifference<Phi>>

  private static func difference(_ pass: RidgePointwise) {
    if pass.single {
      switch pass.potential {
      case .smoothedAbsolute: Difference<SmoothedAbsolute<Vector32>>.run(pass)
      case .huber: Difference<Huber<Vector32>>.run(pass)
      case .logCosh: Difference<LogCosh<Vector32>>.run(pass)
      }
    } else {
      switch pass.potential {
      case .smoothedAbsolute: Difference<SmoothedAbsolute<Vector64>>.run(pass)
      case .huber: Difference<Huber<Vector64>>.run(pass)
      case .logCosh: Difference<LogCosh<Vector64>>.run(pass)
      }
    }
  }
}
