import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One side of the bounds of θ, in stored coordinates: logarithms for blocks that are stored so.
public enum ParameterBound: Sendable, Hashable {
  /// The same number for every coordinate.
  case everywhere(Double)
  /// A number for each of the named blocks; the others have the default.
  case blocks([String: Double])
  /// A number for each coordinate.
  case coordinates(Parameters)
}

/// Bounds of the coordinates of θ that a method varies: u = (θ − lower)/(upper − lower) ∈ [0, 1].
struct ParameterBox {
  /// Positions in θ of the coordinates that are varied.
  let coordinates: [Int]
  private let lower: [Double]
  private let upper: [Double]

  /// Logarithms are bounded by ±7 ln 10 where nothing else is said: natural values from 1e-7 to 1e7.
  static let largestLogarithm = 7 * log(10.0)

  /// The box for the given θ, within which θ has to lie; `blocks` names those that are varied.
  init(
    _ theta: Parameters, from lower: ParameterBound?, to upper: ParameterBound?, blocks: [String]?
  ) throws {
    let layout = theta.layout
    let names = blocks ?? layout.blocks.map(\.name)
    for name in names { try Self.check(name, layout) }
    let first = try Self.values(lower, layout, -1)
    let last = try Self.values(upper, layout, 1)
    // In the order of θ, whatever the order of the names.
    let varied = layout.blocks.filter { names.contains($0.name) }
    coordinates = varied.flatMap { layout.range(of: $0.name).map(Array.init) ?? [] }
    self.lower = coordinates.map { first[$0] }
    self.upper = coordinates.map { last[$0] }
    try check(theta)
  }

  /// Coordinates that are varied.
  var count: Int { coordinates.count }

  /// u of θ.
  func position(of theta: Parameters) -> [Double] {
    coordinates.enumerated().map { i, coordinate in
      min(max((theta.values[coordinate] - lower[i]) / (upper[i] - lower[i]), 0), 1)
    }
  }

  /// θ at u; the coordinates that are not varied are those of `other`.
  func parameters(at position: [Double], like other: Parameters) -> Parameters {
    var theta = other
    for (i, coordinate) in coordinates.enumerated() {
      let value = lower[i] + position[i] * (upper[i] - lower[i])
      theta.values[coordinate] = min(max(value, lower[i]), upper[i])
    }
    return theta
  }

  private func check(_ theta: Parameters) throws {
    guard count > 0 else {
      throw ScriptError("bl.optimizer.dfols: 'blocks' must name at least one block")
    }
    for (i, coordinate) in coordinates.enumerated() {
      let (low, high, value) = (lower[i], upper[i], theta.values[coordinate])
      let name = Self.name(of: coordinate, theta.layout)
      guard !low.isNaN, !high.isNaN else {
        throw ScriptError(
          "bl.optimizer.dfols: '\(name)' needs bounds: give 'lower' and 'upper', or name the blocks "
            + "that are varied without it ('blocks')")
      }
      guard low < high else {
        throw ScriptError(
          "bl.optimizer.dfols: 'lower' must be below 'upper', got \(low) and \(high) for '\(name)'; "
            + "'blocks' says which blocks are varied")
      }
      guard value >= low, value <= high else {
        throw ScriptError(
          "bl.optimizer.dfols: '\(name)' starts at \(value), outside of its bounds [\(low), \(high)]; "
            + "bounds are in stored coordinates, so logarithms for blocks named log_…")
      }
    }
  }

  /// One bound for each coordinate of θ; NaN where there is none, which only a coordinate that is
  /// not varied may have.
  private static func values(_ bound: ParameterBound?, _ layout: ParameterLayout, _ sign: Double)
    throws -> [Double]
  {
    var named: [String: Double] = [:]
    switch bound {
    case .everywhere(let value): return Array(repeating: value, count: layout.count)
    case .coordinates(let theta):
      guard theta.layout == layout else {
        throw ScriptError(
          "bl.optimizer.dfols: bounds with the blocks \(theta.layout.sketch), but the parameters "
            + "have \(layout.sketch)")
      }
      return theta.values
    case .blocks(let values): named = values
    case nil: break
    }
    for name in named.keys.sorted() { try check(name, layout) }
    return layout.blocks.flatMap { block in
      let standard = block.transform == .exponential ? sign * largestLogarithm : .nan
      return Array(repeating: named[block.name] ?? standard, count: block.shape.count)
    }
  }

  private static func check(_ name: String, _ layout: ParameterLayout) throws {
    guard layout.block(named: name) == nil else { return }
    throw Misuse.unknownMember(name, of: "parameters", known: layout.blocks.map(\.name))
  }

  private static func name(of coordinate: Int, _ layout: ParameterLayout) -> String {
    layout.blocks.first { layout.range(of: $0.name)?.contains(coordinate) ?? false }?.name
      ?? "theta"
  }
}
