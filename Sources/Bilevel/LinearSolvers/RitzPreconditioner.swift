import Tensors

/// What conjugate gradients remember of a matrix for the next, similar one of the same sample.
public struct RecycledSubspace: Sendable {
  /// S: Ritz vectors of the smallest Ritz values, with SᵀHS ≈ I.
  public let vectors: [Tensor]
  /// C ≈ HS.
  public let images: [Tensor]
  /// σ: the largest Ritz value.
  public let scale: Double

  /// The given pairs.
  public init(vectors: [Tensor], images: [Tensor], scale: Double) {
    precondition(vectors.count == images.count && scale > 0, "Pairs with a positive scale.")
    self.vectors = vectors
    self.images = images
    self.scale = scale
  }
}

/// The preconditioner that a `RecycledSubspace` makes, and the collection of the next one.
///
///     M = (I − SCᵀ)(I − CSᵀ)/σ + SSᵀ
///
/// M is positive definite whatever S and C are, so an outdated pair costs iterations but never the
/// solution, and no product with the present H is spent on it: that is what a deflation (Saad et al.
/// 2000) or a recycled MINRES, which need HS exactly, would cost. With C = HS, M maps the space of S as
/// H⁻¹ does, and 1/σ leaves the other eigenvalues of MH around or below one.
///
/// Directions p of the iteration with ⟨p, Hp⟩ = 1 are H-orthogonal. Made H-orthogonal to them by their
/// products, which are at hand, the old S gives Z = (p₁, p₂, …, S) with ZᵀHZ ≈ I. So the Ritz problem
/// ZᵀHZ y = λ ZᵀZ y is ZᵀZ y = λ⁻¹ y, and Zy and HZy are kept for the smallest λ.
///
/// Gratton, Sartenaer & Tshimanga, On a class of limited memory preconditioners for large scale linear
/// systems with multiple right-hand sides, 2011; Morales & Nocedal, Automatic preconditioning by limited
/// memory quasi-Newton updating, 2000.
struct RitzPreconditioner {
  /// Directions that are collected, for each vector that is kept.
  private static let directionsPerVector = 2

  private let size: Int  // s
  private let norm: Double  // a bound of ‖H‖
  private let subspace: RecycledSubspace?
  private var projected: Tensor  // y = (I − CSᵀ) r
  private var weights: [Double]  // Sᵀr
  private var directions: [Tensor]  // p with ⟨p, Hp⟩ = 1
  private var products: [Tensor]  // Hp
  private var count = 0

  /// M from what the system brings, and room for directions.
  init(size: Int, _ problem: LinearProblem) {
    let b = problem.system.rightSide
    func tensor() -> Tensor { problem.workspace.tensor(b.shape, b.elementType) }
    let found = problem.system.recycled
    let fits = found?.vectors.allSatisfy { $0.shape == b.shape && $0.elementType == b.elementType }
    self.size = size
    norm = problem.system.norm
    subspace = fits == true ? found : nil
    projected = tensor()
    weights = [Double](repeating: 0, count: found?.vectors.count ?? 0)
    directions = (0..<Self.directionsPerVector * size).map { _ in tensor() }
    products = (0..<Self.directionsPerVector * size).map { _ in tensor() }
  }

  /// ⟨r, Mr⟩; `addResult` then adds Mr.
  mutating func apply(to residual: Tensor) -> Double {
    projected.copyElements(from: residual)
    guard let subspace else { return residual.squaredNorm }
    var squaredWeights = 0.0
    for i in subspace.vectors.indices {
      weights[i] = subspace.vectors[i].dot(residual)
      squaredWeights += weights[i] * weights[i]
      projected.add(subspace.images[i], times: -weights[i])
    }
    return projected.squaredNorm / subspace.scale + squaredWeights
  }

  /// p ← p + Mr for the r of the last `apply`.
  func addResult(to direction: inout Tensor) {
    direction.add(projected, times: 1 / (subspace?.scale ?? 1))
    guard let subspace else { return }
    for i in subspace.vectors.indices {
      let overlap = subspace.images[i].dot(projected)
      direction.add(subspace.vectors[i], times: weights[i] - overlap / subspace.scale)
    }
  }

  /// Collects p and Hp, as long as there is room.
  mutating func collect(_ direction: Tensor, _ product: Tensor, curvature: Double) {
    guard count < directions.count, curvature.isFinite else { return }
    let factor = 1 / curvature.squareRoot()
    directions[count].setCombination(factor, direction, 0, direction)
    products[count].setCombination(factor, product, 0, product)
    count += 1
  }

  /// What the next system may begin with.
  func collected() -> RecycledSubspace? {
    if count == 0 { return subspace }
    var basis = Array(directions[..<count])
    var images = Array(products[..<count])
    for (vector, image) in zip(subspace?.vectors ?? [], subspace?.images ?? []) {
      append(vector, image, to: &basis, &images)
    }
    let ritz = SymmetricEigensystem(count: basis.count) { basis[$0].dot(basis[$1]) }
    // Beyond the bound of ‖H‖ there is rounding only; nothing is left of what is not finite.
    guard let smallest = ritz.values.first(where: { $0 >= 1 / norm }) else { return subspace }
    let kept = ritz.vectors.suffix(size)
    func combined(_ tensors: [Tensor], _ y: [Double]) -> Tensor {
      var sum = Tensor(zeros: tensors[0].shape, tensors[0].elementType)
      for (tensor, factor) in zip(tensors, y) { sum.add(tensor, times: factor) }
      return sum
    }
    return RecycledSubspace(
      vectors: kept.map { combined(basis, $0) }, images: kept.map { combined(images, $0) },
      scale: 1 / smallest)
  }

  /// Adds the part of an old vector that is H-orthogonal to the basis, if one is left.
  private func append(
    _ vector: Tensor, _ image: Tensor, to basis: inout [Tensor], _ images: inout [Tensor]
  ) {
    var (rest, restImage) = (vector, image)
    for i in basis.indices {
      let overlap = images[i].dot(rest)
      rest.add(basis[i], times: -overlap)
      restImage.add(images[i], times: -overlap)
    }
    let squaredNorm = rest.dot(restImage)
    guard squaredNorm > Self.dependence * Self.dependence else { return }
    rest.scale(by: 1 / squaredNorm.squareRoot())
    restImage.scale(by: 1 / squaredNorm.squareRoot())
    basis.append(rest)
    images.append(restImage)
  }

  /// A vector that keeps no more than this of its H-norm, about 1, depends on the others.
  private static let dependence = 0.1

  /// All scratch goes back.
  func recycle(into workspace: Workspace) {
    workspace.recycle(projected)
    for tensor in directions + products { workspace.recycle(tensor) }
  }
}
