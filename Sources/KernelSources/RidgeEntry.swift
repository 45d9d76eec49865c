import KernelInterface

/// Shapes of the register tiles of this variant, measured on Zen 4 and Zen 5.
enum RidgeTile {
  #if LANES512
    typealias Forward32 = RidgeForwardTile<Vector32, 3, 6>
    typealias Forward64 = RidgeForwardTile<Vector64, 4, 6>
    typealias Adjoint32<let S: Int> = RidgeAdjointTile<Vector32, S, 3, 6>
    typealias Adjoint64<let S: Int> = RidgeAdjointTile<Vector64, S, 4, 6>
    typealias Correlation32 = RidgeCorrelationTile<Vector32, 6, 4>
    typealias Correlation64 = RidgeCorrelationTile<Vector64, 6, 4>
  #else
    typealias Forward32 = RidgeForwardTile<Vector32, 2, 6>
    typealias Forward64 = RidgeForwardTile<Vector64, 2, 6>
    typealias Adjoint32<let S: Int> = RidgeAdjointTile<Vector32, S, 2, 6>
    typealias Adjoint64<let S: Int> = RidgeAdjointTile<Vector64, S, 2, 6>
    typealias Correlation32 = RidgeCorrelationTile<Vector32, 3, 4>
    typealias Correlation64 = RidgeCorrelationTile<Vector64, 3, 4>
  #endif
  /// Filters of all forward tiles.
  static let filters = 6
  /// Rows of all adjoint tiles.
  static let rows = 6
}

/// Entry points: the choice of the element type, and of the code for one filter size or potential.
enum RidgeEntry {
  static func forward(_ pass: RidgeForward) {
    if pass.single {
      RidgeTile.Forward32.run(pass)
    } else {
      RidgeTile.Forward64.run(pass)
    }
  }

  static func adjoint(_ pass: RidgeAdjoint) {
    if pass.single {
      switch pass.size {
      case 3: RidgeTile.Adjoint32<3>.run(pass)
      case 5: RidgeTile.Adjoint32<5>.run(pass)
      case 7: RidgeTile.Adjoint32<7>.run(pass)
      case 9: RidgeTile.Adjoint32<9>.run(pass)
      case 11: RidgeTile.Adjoint32<11>.run(pass)
      default: RidgeTile.Adjoint32<13>.run(pass)
      }
    } else {
      switch pass.size {
      case 3: RidgeTile.Adjoint64<3>.run(pass)
      case 5: RidgeTile.Adjoint64<5>.run(pass)
      case 7: RidgeTile.Adjoint64<7>.run(pass)
      case 9: RidgeTile.Adjoint64<9>.run(pass)
      case 11: RidgeTile.Adjoint64<11>.run(pass)
      default: RidgeTile.Adjoint64<13>.run(pass)
      }
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
