/// The points at which DFO-LS knows the residuals, and its radii: what it remembers beside θ.
///
/// Positions, radii and distances are in units of the box: each varied coordinate of θ runs from 0 to 1
/// between its bounds.
public struct InterpolationSet: Sendable {
  /// A point with its residuals r, f̃ = ‖r‖².
  public struct Node: Sendable {
    /// u.
    public var position: [Double]
    /// √(ℓ_i/n) for each sample, 0 for one that is left out; then √J.
    public var residuals: [Double]
    /// t: all x̃_i were within this distance of the minimisers.
    public var accuracy: Double
    /// Whether a solve fell short of the accuracy that was asked for, so that asking again is vain.
    public var isExhausted = false

    /// f̃.
    public var value: Double { residuals.squaredLength }
    /// f̃ without J, which is known exactly.
    var dataValue: Double { residuals.dropLast().reduce(0) { $0 + $1 * $1 } }
  }

  /// At most one more than there are varied coordinates.
  public var nodes: [Node]
  /// Which node is θ_k.
  public var incumbent = 0
  /// Δ, the radius within which the model is trusted.
  public var radius: Double
  /// ρ ≤ Δ, the resolution of the search.
  public var resolution: Double
  /// Whether the geometry is looked after next: true if, where it is good, ρ falls; nil if a trial is
  /// next.
  public var improvement: Bool?
  /// Evaluations of f̃ so far.
  public var evaluations = 1

  /// The node at θ_k.
  var center: Node { nodes[incumbent] }

  /// The largest f̃ of all nodes.
  var largestValue: Double { nodes.reduce(0) { max($0, $1.value) } }

  /// ‖y − x_k‖ of a node.
  func distance(of node: Int) -> Double {
    nodes[node].position.squaredLength(from: center.position).squareRoot()
  }

  /// Takes samples that were left out of the means out of all residuals, too.
  mutating func leaveOut(_ samples: [Int], of active: Int) {
    let growth = (Double(active) / Double(active - samples.count)).squareRoot()
    for i in nodes.indices {
      for j in nodes[i].residuals.indices.dropLast() { nodes[i].residuals[j] *= growth }
      for j in samples { nodes[i].residuals[j] = 0 }
    }
  }
}

/// The linear interpolation of the residuals, r(x_k + s) ≈ r_k + J s, and its Lagrange polynomials
/// ℓ_t(x_k + s) = g_t · s, which are 1 at one node and 0 at the others.
struct LinearResidualModel {
  /// r_k.
  let residuals: [Double]
  /// J, row by row.
  let jacobian: [[Double]]
  /// g_t of each node; that of the incumbent is −Σ g_t, to which 1 is added.
  let lagrangeGradients: [[Double]]
  private let incumbent: Int

  /// The model through all nodes; nil where they lie in a hyperplane.
  init?(_ set: InterpolationSet) {
    let center = set.center
    let others = set.nodes.indices.filter { $0 != set.incumbent }
    let displacements = others.map { set.nodes[$0].position.adding(-1, center.position) }
    guard let columns = DenseSystem(displacements).inverseColumns else { return nil }
    residuals = center.residuals
    incumbent = set.incumbent
    var gradients = set.nodes.map { _ in center.position.map { _ in 0.0 } }
    for (t, g) in zip(others, columns) {
      gradients[t] = g
      gradients[incumbent] = gradients[incumbent].adding(-1, g)
    }
    lagrangeGradients = gradients
    jacobian = center.residuals.indices.map { i in
      others.reduce(center.position.map { _ in 0 }) { row, t in
        row.adding(set.nodes[t].residuals[i] - center.residuals[i], gradients[t])
      }
    }
  }

  /// ½ JᵀJ and ½ Jᵀr, up to the factor that both share: half of the Gauss-Newton model of f̃.
  var quadratic: (hessian: [[Double]], gradient: [Double]) {
    let n = lagrangeGradients.first?.count ?? 0
    let hessian = (0..<n).map { i in
      (0..<n).map { j in jacobian.reduce(0) { $0 + $1[i] * $1[j] } }
    }
    let gradient = (0..<n).map { i in
      zip(jacobian, residuals).reduce(0) { $0 + $1.0[i] * $1.1 }
    }
    return (hessian, gradient)
  }

  /// ‖r_k‖² − ‖r_k + J s‖².
  func reduction(_ s: [Double]) -> Double {
    zip(jacobian, residuals).reduce(0) { sum, row in
      let change = zip(row.0, s).reduce(0) { $0 + $1.0 * $1.1 }
      return sum - change * (2 * row.1 + change)
    }
  }

  /// ℓ_t(x_k + s).
  func lagrange(_ node: Int, at s: [Double]) -> Double {
    zip(lagrangeGradients[node], s).reduce(node == incumbent ? 1 : 0) { $0 + $1.0 * $1.1 }
  }
}

extension InterpolationSet: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init(
      nodes: try archive.read("nodes"), incumbent: try archive.read("incumbent"),
      radius: try archive.read("radius"), resolution: try archive.read("resolution"),
      improvement: try archive.read("improvement"), evaluations: try archive.read("evaluations"))
    guard nodes.indices.contains(incumbent) else { throw StateArchive.Gap(name: "incumbent") }
    guard resolution > 0, radius >= resolution else { throw StateArchive.Gap(name: "radius") }
    guard evaluations > 0 else { throw StateArchive.Gap(name: "evaluations") }
    for node in nodes
    where node.position.count != nodes[0].position.count
      || node.residuals.count != nodes[0].residuals.count
    {
      throw StateArchive.Gap(name: "nodes")
    }
  }

  func write(to archive: inout StateArchive) {
    archive.write(nodes, as: "nodes")
    archive.write(incumbent, as: "incumbent")
    archive.write(radius, as: "radius")
    archive.write(resolution, as: "resolution")
    archive.write(improvement, as: "improvement")
    archive.write(evaluations, as: "evaluations")
  }
}

extension InterpolationSet.Node: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init(
      position: try archive.read("position"), residuals: try archive.read("residuals"),
      accuracy: try archive.read("accuracy"), isExhausted: try archive.read("is_exhausted"))
  }

  func write(to archive: inout StateArchive) {
    archive.write(position, as: "position")
    archive.write(residuals, as: "residuals")
    archive.write(accuracy, as: "accuracy")
    archive.write(isExhausted, as: "is_exhausted")
  }
}
