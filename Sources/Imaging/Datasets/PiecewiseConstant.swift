import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Synthetic scenes of a few flat regions: ellipses and convex polygons over a background.
///
/// Shapes of random level, place, extent and direction lie one on top of the other; half of them
/// are ellipses, half are polygons of three to six corners. Edges are smooth: means over 3×3 points
/// a pixel. Cost: one test a point and shape.
public final class PiecewiseConstant: Dataset {
  /// How many scenes of what kind.
  public struct Options: Hashable, Sendable {
    /// Number of scenes.
    public var count = 25
    /// Rows and columns.
    public var size = Extent(96)
    /// 1 for grey, 3 for colours.
    public var channels = 1
    /// Shapes in a scene, beside the background.
    public var regions = 12
    /// Key of the scenes; drawn from the session when nil.
    public var seed: Int?

    /// 25 grey scenes of 96×96 with 12 shapes.
    public init() {}
  }

  /// How many scenes of what kind.
  public let options: Options
  /// Element type of all images.
  public let elementType: ElementType
  private let seed: Int
  private let cache = ImageCache()

  /// The scenes of the given kind.
  public init(_ options: Options, _ elementType: ElementType = .float64) {
    precondition(options.regions >= 0, "There is no negative number of shapes.")
    seed = options.seed ?? Session.shared.nextSeed()
    var options = options
    options.seed = seed
    self.options = options
    self.elementType = elementType
  }

  /// Number of images.
  public var count: Int { options.count }
  /// Rows and columns of an image.
  public func extent(at index: Int) -> Extent { options.size }
  /// The image at an index from 0.
  public func image(at index: Int) -> Tensor {
    cache.image(at: index) {
      var source = RandomSource(seed: seed, .piecewiseConstant, index: index)
      return scene(&source)
    }
  }

  private func scene(_ source: inout RandomSource) -> Tensor {
    var canvas = Canvas(options.size)
    var levels: [Double] = []
    source.appendColour(channels: options.channels, to: &levels)
    let background: Int32 = 0
    canvas.owners = canvas.owners.map { _ in background }
    for region in 0..<options.regions {
      source.appendColour(channels: options.channels, to: &levels)
      let shape = Region(within: canvas, &source)
      canvas.paint(shape, owner: Int32(region + 1))
    }
    return canvas.image(channels: options.channels, levels: levels, elementType)
  }
}

/// An ellipse, or a convex polygon inscribed in one.
private struct Region {
  let row: Double
  let column: Double
  /// Direction of the first half axis, a unit vector.
  private let axis: (row: Double, column: Double)
  private let halves: (Double, Double)
  private let corners: [(x: Double, y: Double)]  // on the unit circle; empty for an ellipse

  /// Half axes between these shares of the shorter side.
  private static let shares = (least: 0.06, most: 0.35)

  init(within canvas: Canvas, _ source: inout RandomSource) {
    let side = Double(min(canvas.height, canvas.width))
    row = source.uniform(0, Double(canvas.height))
    column = source.uniform(0, Double(canvas.width))
    let angle = source.uniform(0, 2 * Double.pi)
    axis = (sin(angle), cos(angle))
    halves = (
      side * source.uniform(Self.shares.least, Self.shares.most),
      side * source.uniform(Self.shares.least, Self.shares.most)
    )
    let isPolygon = source.next() & 1 == 1
    let count = 3 + source.integer(below: 4)
    let angles = (0..<count).map { _ in source.uniform(0, 2 * Double.pi) }.sorted()
    corners = isPolygon ? angles.map { (cos($0), sin($0)) } : []
  }

  /// No point of the shape is farther from its centre.
  var reach: Double { max(halves.0, halves.1) }

  func contains(_ row: Double, _ column: Double) -> Bool {
    let (i, j) = (row - self.row, column - self.column)
    let x = (i * axis.row + j * axis.column) / halves.0
    let y = (i * axis.column - j * axis.row) / halves.1
    guard x * x + y * y <= 1 else { return false }
    for k in corners.indices {
      let (a, b) = (corners[k], corners[(k + 1) % corners.count])
      if (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x) < 0 { return false }
    }
    return true
  }
}

extension Canvas {
  /// Gives the points of a shape to an owner.
  fileprivate mutating func paint(_ shape: Region, owner: Int32) {
    let firstRow = max(0, Int(shape.row - shape.reach))
    let lastRow = min(height - 1, Int(shape.row + shape.reach))
    let firstColumn = max(0, Int(shape.column - shape.reach))
    let lastColumn = min(width - 1, Int(shape.column + shape.reach))
    guard firstRow <= lastRow, firstColumn <= lastColumn else { return }
    for i in firstRow...lastRow {
      for j in firstColumn...lastColumn where shape.contains(Double(i), Double(j)) {
        owners[i * width + j] = owner
      }
    }
  }
}

extension PiecewiseConstant: Scriptable {
  /// The script face of scenes of flat regions.
  public static let declaration = Declaration(
    PiecewiseConstant.self, "piecewise_constant",
    "Synthetic scenes of flat ellipses and polygons over a background.",
    example: "bl.data.piecewise_constant { count = 10, size = 128, regions = 8, seed = 1 }"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field(
        "count", \.count, .integer(atLeast: 1, atMost: DatasetMembers.mostImages),
        "number of scenes")
      Field(
        "size", \.size, Extent.kind(atMost: Extent.largestSceneSide), "rows and columns",
        unit: "pixels")
      Field(
        "channels", \.channels,
        .integer().restricted(to: "1 or 3") { $0 == 1 || $0 == 3 }, "1 for grey, 3 for colours")
      Field("regions", \.regions, .integer(atLeast: 0, atMost: 10_000), "shapes in a scene")
      Field("seed", \.seed, "key of the scenes; drawn when absent")
    } build: {
      PiecewiseConstant($0, Session.shared.elementType)
    }
    DatasetMembers.all
  }
}
