import KernelInterface

/// Shapes of the register tiles: as many sums as hide the latency of multiply-add, and as fit the
/// registers along with what is read.
enum RidgeTile {
  #if LANES512 || arch(arm64)
    typealias Forward32 = RidgeForwardTile<Vector32, 3, 6>
    typealias Forward64 = RidgeForwardTile<Vector64, 4, 6>
    typealias Adjoint32 = RidgeAdjointTile<Vector32, 3, 6>
    typealias Adjoint64 = RidgeAdjointTile<Vector64, 4, 6>
    typealias SmallAdjoint32 = RidgeAdjointTile<Vector32, 6, 3>
    typealias SmallAdjoint64 = RidgeAdjointTile<Vector64, 6, 3>
    typealias Correlation32 = RidgeCorrelationTile<Vector32, 6, 4>
    typealias Correlation64 = RidgeCorrelationTile<Vector64, 6, 4>
  #else
    typealias Forward32 = RidgeForwardTile<Vector32, 2, 6>
    typealias Forward64 = RidgeForwardTile<Vector64, 2, 6>
    typealias Adjoint32 = RidgeAdjointTile<Vector32, 2, 6>
    typealias Adjoint64 = RidgeAdjointTile<Vector64, 2, 6>
    typealias SmallAdjoint32 = RidgeAdjointTile<Vector32, 3, 3>
    typealias SmallAdjoint64 = RidgeAdjointTile<Vector64, 3, 3>
    typealias Correlation32 = RidgeCorrelationTile<Vector32, 3, 4>
    typealias Correlation64 = RidgeCorrelationTile<Vector64, 3, 4>
  #endif
  /// Filters of all forward tiles.
  static let filters = 6
  /// A multiple of the rows of all adjoint tiles.
  static let rows = 6
  /// The least size of filters whose adjoint has tiles of six rows; small ones take three.
  static let leastSizeOfTallTiles = 7
}

/// Entry points: the choice of the element type, of tiles and of the potential.
enum RidgeEntry {
  static func forward(_ pass: RidgeForward) {
    if pass.single {
      RidgeTile.Forward32.run(pass)
    } else {
      RidgeTile.Forward64.run(pass)
    }
  }

  static func adjoint(_ pass: RidgeAdjoint) {
    switch (pass.single, pass.size >= RidgeTile.leastSizeOfTallTiles) {
    case (true, true): RidgeTile.Adjoint32.run(pass)
    case (true, false): RidgeTile.SmallAdjoint32.run(pass)
    case (false, true): RidgeTile.Adjoint64.run(pass)
    case (false, false): RidgeTile.SmallAdjoint64.run(pass)
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
    if pass.single {
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
}
