import Bilevel
import Imaging
import Kernels
import Tensors

/// Small energies whose operators have parameters, in all their forms.
public enum LearnableOperatorCatalogue {
  /// A case for each.
  static func cases() throws -> [EnergyCase] {
    var cases: [EnergyCase] = []
    for weights in SamplingOperator.Weights.allCases {
      for shape in [[1, 6, 5], [3, 3, 4]] as [Shape] {
        cases.append(
          EnergyCase(
            "sampling of \(weights) on \(shape)",
            try sampling(weights, shape), deviation: 0.5))
      }
    }
    for boundary in Boundary.allCases {
      for (shape, size) in [([1, 6, 5], [3, 3]), ([3, 4, 3], [2, 5])] as [(Shape, Shape)] {
        cases.append(EnergyCase("blur, \(boundary), on \(shape)", try blur(boundary, shape, size)))
      }
    }
    return cases
  }

  /// ½ ‖S (F x − y)‖² + R(x) with fully measured y.
  public static func sampling(
    _ weights: SamplingOperator.Weights, _ shape: Shape,
    regularizer: any Regularizer = Sum([Tikhonov(), Tikhonov(initialLogWeight: -2)]),
    _ elementType: ElementType = .float64
  ) throws -> VariationalLowerLevel {
    let truth = normal(shape, seed: 41)
    var observed = try FourierOperator().prepared(for: shape, .float64).apply(truth)
    observed.add(normal(observed.shape, seed: 42), times: 0.1)
    return try VariationalLowerLevel(
      forward: SamplingOperator(height: shape[1], width: shape[2], weights: weights),
      fidelity: SquaredL2(weight: 1.3), regularizer: regularizer, strongConvexity: 0.1,
      samples: [
        Sample(
          truth: truth.converted(to: elementType), observed: observed.converted(to: elementType))
      ])
  }

  /// ½ ‖k * x − y‖² + R(x).
  public static func blur(
    _ boundary: Boundary, _ shape: Shape, _ size: Shape,
    regularizer: any Regularizer = Tikhonov(), _ elementType: ElementType = .float64
  ) throws -> VariationalLowerLevel {
    let forward = try BlurOperator(kernel: normal(size, seed: 43), boundary: boundary)
      .learnable(.none)
    let truth = normal(shape, seed: 44)
    var observed = try forward.prepared(for: shape, .float64).apply(truth)
    observed.add(normal(observed.shape, seed: 45), times: 0.1)
    return try VariationalLowerLevel(
      forward: forward, fidelity: SquaredL2(weight: 0.7), regularizer: regularizer,
      strongConvexity: 0.1,
      samples: [
        Sample(
          truth: truth.converted(to: elementType), observed: observed.converted(to: elementType))
      ])
  }

  private static func normal(_ shape: Shape, seed: UInt64) -> Tensor {
    var random = RandomSource(seed: seed)
    return Tensor(normal: shape, from: &random)
  }
}
