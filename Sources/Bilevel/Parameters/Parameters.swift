import Tensors

/// How a block's raw (unconstrained) coordinates, which optimizers see, become natural values.
public enum ParameterTransform: String, Sendable {
  /// natural = raw.
  case identity
  /// natural = exp(raw): a positive quantity stored as its natural logarithm.
  case exponential = "exp"
}

/// One named part of the parameter vector.
public struct ParameterBlock: Sendable, Hashable {
  /// The name in scripts and files, such as `filters` or `log_weights`: what is stored.
  public let name: String
  /// Extents of the block.
  public let shape: Shape
  /// From raw coordinates to natural values.
  public let transform: ParameterTransform

  /// A block of the given name and shape.
  public init(_ name: String, _ shape: Shape, _ transform: ParameterTransform = .identity) {
    self.name = name
    self.shape = shape
    self.transform = transform
  }
}

/// Where each block lies in the flat vector.
public struct ParameterLayout: Sendable, Hashable {
  /// The blocks in order.
  public let blocks: [ParameterBlock]
  /// The description of the regularizer that the blocks belong to, where there is one; layouts that
  /// differ in it alone are equal.
  public let regularizer: String?
  /// Length of the flat vector.
  public let count: Int

  /// The layout of blocks laid end to end.
  public init(_ blocks: [ParameterBlock], regularizer: String? = nil) {
    self.blocks = blocks
    self.regularizer = regularizer
    count = blocks.reduce(0) { $0 + $1.shape.count }
  }

  /// Whether the blocks are the same.
  public static func == (a: ParameterLayout, b: ParameterLayout) -> Bool { a.blocks == b.blocks }

  /// That of the blocks.
  public func hash(into hasher: inout Hasher) { hasher.combine(blocks) }

  /// Positions of the named block, or nil.
  public func range(of name: String) -> Range<Int>? {
    var start = 0
    for block in blocks {
      if block.name == name { return start..<start + block.shape.count }
      start += block.shape.count
    }
    return nil
  }
}

/// The parameters θ: one flat Float64 vector of raw coordinates with named blocks.
public struct Parameters: Sendable, Hashable {
  /// The blocks.
  public let layout: ParameterLayout
  /// The raw coordinates, block after block.
  public var values: [Double]

  /// All coordinates zero.
  public init(zeros layout: ParameterLayout) {
    self.layout = layout
    values = Array(repeating: 0, count: layout.count)
  }

  /// The given coordinates.
  public init(_ values: [Double], layout: ParameterLayout) {
    precondition(values.count == layout.count, "The layout asks for \(layout.count) coordinates.")
    self.layout = layout
    self.values = values
  }
}
