/// A penalty J(θ) of the upper level, known exactly.
///
/// Law: `addGradient` adds the derivative of `value`.
public protocol Penalty: Sendable {
  /// J(θ).
  func value(at theta: Parameters) throws -> Double
  /// gradient ← gradient + ∇J(θ).
  func addGradient(at theta: Parameters, to gradient: inout [Double]) throws
  /// The penalty of one problem, where J depends on its lower level; the problem keeps this one.
  func resolved(for lower: any LowerLevel) -> any Penalty
}

extension Penalty {
  /// J depends on θ only.
  public func resolved(for lower: any LowerLevel) -> any Penalty { self }
}

/// J(θ) = w/2 ‖θ‖² in raw coordinates, of all blocks or of the named ones.
public struct SquaredL2Penalty: Penalty, Hashable {
  /// w ≥ 0.
  public var weight: Double
  /// The blocks that are penalised; all when nil.
  public var blocks: [String]?

  /// w/2 ‖θ‖².
  public init(weight: Double = 1, blocks: [String]? = nil) {
    self.weight = weight
    self.blocks = blocks
  }

  /// w/2 ‖θ‖².
  public func value(at theta: Parameters) -> Double {
    ranges(theta.layout).reduce(0) { sum, range in
      range.reduce(sum) { $0 + 0.5 * weight * theta.values[$1] * theta.values[$1] }
    }
  }

  /// gradient ← gradient + w θ.
  public func addGradient(at theta: Parameters, to gradient: inout [Double]) {
    for range in ranges(theta.layout) {
      for i in range { gradient[i] += weight * theta.values[i] }
    }
  }

  private func ranges(_ layout: ParameterLayout) -> [Range<Int>] {
    blocks.map { $0.compactMap(layout.range(of:)) } ?? [0..<layout.count]
  }
}
