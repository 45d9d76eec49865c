import KernelInterface

/// Shapes of the register tiles.
///
/// They hold as many sums as hide the latency of multiply-add, and as fit the registers along with
/// what is read. Filters of 3 × 3 have tiles of their own, without loops over taps; those of 5 × 5
/// are lower than the tall tiles of the adjoint.
enum RidgeTile {
  #if LANES512 || arch(arm64)
    typealias Forward32 = RidgeForwardTile<Vector32, 3, 6, 0>
    typealias LeastForward32 = RidgeForwardTile<Vector32, 3, 6, 3>
    typealias Forward64 = RidgeForwardTile<Vector64, 3, 6, 0>
    typealias LeastForward64 = RidgeForwardTile<Vector64, 3, 6, 3>
    typealias Adjoint32 = RidgeAdjointTile<Vector32, 3, 6, 0>
    typealias LeastAdjoint32 = RidgeAdjointTile<Vector32, 3, 6, 3>
    typealias Adjoint64 = RidgeAdjointTile<Vector64, 3, 6, 0>
    typealias LeastAdjoint64 = RidgeAdjointTile<Vector64, 3, 6, 3>
    typealias SmallAdjoint32 = RidgeAdjointTile<Vector32, 6, 3, 0>
    typealias SmallAdjoint64 = RidgeAdjointTile<Vector64, 6, 3, 0>
    typealias Correlation32 = RidgeCorrelationTile<Vector32, 6, 4>
    typealias Correlation64 = RidgeCorrelationTile<Vector64, 6, 4>
  #else
    typealias Forward32 = RidgeForwardTile<Vector32, 2, 6, 0>
    typealias LeastForward32 = RidgeForwardTile<Vector32, 2, 6, 3>
    typealias Forward64 = RidgeForwardTile<Vector64, 2, 6, 0>
    typealias LeastForward64 = RidgeForwardTile<Vector64, 2, 6, 3>
    typealias Adjoint32 = RidgeAdjointTile<Vector32, 2, 6, 0>
    typealias LeastAdjoint32 = RidgeAdjointTile<Vector32, 2, 6, 3>
    typealias Adjoint64 = RidgeAdjointTile<Vector64, 2, 6, 0>
    typealias LeastAdjoint64 = RidgeAdjointTile<Vector64, 2, 6, 3>
    typealias SmallAdjoint32 = RidgeAdjointTile<Vector32, 3, 3, 0>
    typealias SmallAdjoint64 = RidgeAdjointTile<Vector64, 3, 3, 0>
    typealias Correlation32 = RidgeCorrelationTile<Vector32, 3, 4>
    typealias Correlation64 = RidgeCorrelationTile<Vector64, 3, 4>
  #endif
  /// Filters of all forward tiles.
  static let filters = 6
  /// A multiple of the rows of all adjoint tiles.
  static let rows = 6
}

/// Entry points: the choice of the element type, of tiles and of the potential.
enum RidgeEntry {
  static func forward(_ pass: RidgeForward) {
    switch (pass.single, pass.size) {
    case (true, 3): RidgeTile.LeastForward32.run(pass)
    case (true, _): RidgeTile.Forward32.run(pass)
    case (false, 3): RidgeTile.LeastForward64.run(pass)
    case (false, _): RidgeTile.Forward64.run(pass)
    }
  }

  static func adjoint(_ pass: RidgeAdjoint) {
    switch (pass.single, pass.size) {
    case (true, 3): RidgeTile.LeastAdjoint32.run(pass)
    case (true, 5): RidgeTile.SmallAdjoint32.run(pass)
    case (true, _): RidgeTile.Adjoint32.run(pass)
    case (false, 3): RidgeTile.LeastAdjoint64.run(pass)
    case (false, 5): RidgeTile.SmallAdjoint64.run(pass)
    case (false, _): RidgeTile.Adjoint64.run(pass)
    }
  }

  static func correlation(_ pass: RidgeCorrelation) {
    if pass.single {
      RidgeTile.Correlation32.run(pass)
    } else {
      RidgeTile.Correlation64.run(pass)
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
