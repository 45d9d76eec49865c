import Bilevel
import Tensors

/// A lower level with parameters and a point, on which the laws of its energy are checked in Float64.
public struct EnergyCase: Sendable, CustomStringConvertible {
  /// What it is.
  public let description: String
  /// The lower level, of one sample.
  public let lower: any LowerLevel
  /// θ, near the initial parameters.
  public let theta: Parameters
  /// A random point.
  public let x: Tensor

  /// A case named after what it is; x has normal elements of the given deviation.
  public init(_ description: String, _ lower: any LowerLevel, deviation: Double = 0.5) {
    self.description = description
    self.lower = lower
    var random = RandomSource(seed: 5)
    var theta = lower.initialParameters(random)
    for i in theta.values.indices { theta.values[i] += 0.4 * random.normal() }
    self.theta = theta
    x = Tensor(normal: lower.initialPoint(0).shape, deviation: deviation, from: &random)
  }

  /// The energy at θ, or with other coordinates.
  public func energy(_ values: [Double]? = nil) throws -> any Energy {
    let moved = Parameters(values ?? theta.values, layout: theta.layout)
    return try lower.prepared(for: moved).energy(0, in: Workspace(), workers: 1)
  }

  /// Normal numbers of the shape of x.
  public func noise(seed: UInt64) -> Tensor {
    var random = RandomSource(seed: seed, stream: 1)
    return Tensor(normal: x.shape, from: &random)
  }

  /// Normal numbers, one for each coordinate of θ.
  public func direction(seed: UInt64) -> [Double] {
    var random = RandomSource(seed: seed, stream: 2)
    return theta.values.map { _ in random.normal() }
  }
}

/// Small members of `bl.energy` and energies with learnable operators, in all their forms.
public enum EnergyCatalogue {
  /// A case for each.
  public static let cases: [EnergyCase] = {
    do {
      return try [
        EnergyCase("quadratic", quadratic()),
        EnergyCase("logistic, one score, each", logistic(classes: 1, .each)),
        EnergyCase("logistic, one score, all", logistic(classes: 1, .all)),
        EnergyCase("logistic, three classes, each", logistic(classes: 3, .each)),
        EnergyCase("logistic, three classes, class", logistic(classes: 3, .class)),
        EnergyCase("logistic, three classes, all", logistic(classes: 3, .all)),
        EnergyCase("hypercleaning, one score", hypercleaning(classes: 1)),
        EnergyCase("hypercleaning, four classes", hypercleaning(classes: 4)),
      ] + LearnableOperatorCatalogue.cases()
    } catch {
      preconditionFailure("The cases are well-formed: \(error)")
    }
  }()

  /// 7 unknowns, 4 parameters, 15 rows.
  public static func quadratic(_ elementType: ElementType = .float64) throws -> Quadratic {
    var random = RandomSource(seed: 31)
    var options = Quadratic.Options()
    options.matrix = Tensor(uniform: [15, 7], elementType, from: &random)
    options.parameterMatrix = Tensor(normal: [15, 4], elementType, from: &random)
    options.target = Tensor(normal: [15], elementType, from: &random)
    return try Quadratic(options)
  }

  /// Random examples: `classes` 1 stands for labels −1 and 1.
  public static func examples(
    classes: Int, count: Int = 23, features: Int = 5, _ elementType: ElementType = .float64
  ) -> (features: Tensor, labels: Tensor) {
    var random = RandomSource(seed: 32)
    let matrix = Tensor(normal: [count, features], elementType, from: &random)
    let labels = (0..<count).map { i in
      classes == 1 ? Double(2 * (i % 2) - 1) : Double(1 + (i * 7) % classes)
    }
    return (matrix, Tensor(labels, shape: [count]))
  }

  /// Logistic regression on random examples.
  public static func logistic(
    classes: Int, _ penalty: LogisticRegression.Penalty, count: Int = 23, features: Int = 5,
    _ elementType: ElementType = .float64
  ) throws -> LogisticRegression {
    var options = LogisticRegression.Options()
    let examples = examples(classes: classes, count: count, features: features, elementType)
    options.features = examples.features
    options.labels = examples.labels
    options.penalty = penalty
    return try LogisticRegression(options)
  }

  /// Hypercleaning on random examples.
  public static func hypercleaning(
    classes: Int, count: Int = 23, features: Int = 5, _ elementType: ElementType = .float64
  ) throws -> Hypercleaning {
    var options = Hypercleaning.Options()
    let examples = examples(classes: classes, count: count, features: features, elementType)
    options.features = examples.features
    options.labels = examples.labels
    return try Hypercleaning(options)
  }
}

extension Energy {
  /// ∇g(x).
  public func gradient(at x: Tensor) -> Tensor {
    var gradient = x
    self.gradient(at: x, into: &gradient)
    return gradient
  }

  /// ∂²g/∂x² v.
  public func hessianProduct(at x: Tensor, _ v: Tensor) -> Tensor {
    var product = x
    curvature(at: x).apply(v, into: &product)
    return product
  }

  /// (∂²g/∂x∂θ)ᵀ q.
  public func mixedProduct(at x: Tensor, _ q: Tensor) -> [Double] {
    var theta = [Double](repeating: 0, count: parameterCount)
    addMixedProduct(at: x, q, to: &theta)
    return theta
  }
}

extension Tensor {
  /// self + t d.
  public func moved(_ t: Double, along d: Tensor) -> Tensor {
    var moved = self
    moved.add(d, times: t)
    return moved
  }
}
