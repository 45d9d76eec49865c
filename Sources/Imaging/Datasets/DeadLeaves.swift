import Script
import Tensors

/// Synthetic scenes of discs that hide each other: the dead-leaves model.
///
/// Discs of random level, centre and radius r, with density proportional to r⁻³ between the two
/// radii, lie one on top of the other until they cover the image. Power-law radii make the edges
/// and the 1/f² spectrum of natural images, which are scale invariant too. Edges are smooth: means
/// over 3×3 points a pixel. Cost: about (size / min_radius)² discs an image.
///
/// Source: Lee, Mumford & Huang, "Occlusion models for natural images", 2001.
public final class DeadLeaves: Dataset {
  /// How many scenes of what kind.
  public struct Options: Hashable, Sendable {
    /// Number of scenes.
    public var count = 25
    /// Rows and columns.
    public var size = Extent(96)
    /// 1 for grey, 3 for colours.
    public var channels = 1
    /// Smallest radius in pixels, > 0.
    public var minRadius = 8.0
    /// Largest radius in pixels; half of the longer side when nil.
    public var maxRadius: Double?
    /// Key of the scenes; drawn from the session when nil.
    public var seed: Int?

    /// 25 grey scenes of 96×96.
    public init() {}

    /// Largest radius in pixels.
    var largestRadius: Double {
      max(maxRadius ?? Double(max(size.height, size.width)) / 2, minRadius)
    }
  }

  /// How many scenes of what kind.
  public let options: Options
  /// Element type of all images.
  public let elementType: ElementType
  private let seed: Int
  private let cache = ImageCache()

  /// The scenes of the given kind.
  public init(_ options: Options, _ elementType: ElementType = .float64) {
    precondition(options.minRadius > 0, "Radii are positive.")
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
      var source = RandomSource(seed: seed, .deadLeaves, index: index)
      return scene(&source)
    }
  }

  /// Front to back: a disc covers what no earlier one does.
  private func scene(_ source: inout RandomSource) -> Tensor {
    var canvas = Canvas(options.size)
    var levels: [Double] = []
    var uncovered = canvas.owners.count
    let scale = Double(Canvas.pointsPerPixel)
    let margin = scale * options.largestRadius
    // The inverse of the distribution function of r⁻³, in points.
    let smallest = scale * options.minRadius
    let nearest = 1 / (smallest * smallest)
    let spread = nearest - 1 / (margin * margin)
    while uncovered > 0 {
      let radius = 1 / (nearest - spread * source.uniform()).squareRoot()
      let row = source.uniform(-margin, Double(canvas.height) + margin)
      let column = source.uniform(-margin, Double(canvas.width) + margin)
      let covered = canvas.cover(
        row: row, column: column, radius: radius, owner: Int32(levels.count / options.channels))
      guard covered > 0 else { continue }
      uncovered -= covered
      source.appendColour(channels: options.channels, to: &levels)
    }
    return canvas.image(channels: options.channels, levels: levels, elementType)
  }
}

extension Canvas {
  /// Gives the uncovered points of a disc to an owner; answers how many there were.
  fileprivate mutating func cover(row: Double, column: Double, radius: Double, owner: Int32) -> Int
  {
    let firstRow = max(0, Int((row - radius).rounded(.up)))
    let lastRow = min(height - 1, Int((row + radius).rounded(.down)))
    guard firstRow <= lastRow else { return 0 }
    var covered = 0
    for i in firstRow...lastRow {
      let distance = Double(i) - row
      let half = max(radius * radius - distance * distance, 0).squareRoot()
      let first = max(0, Int((column - half).rounded(.up)))
      let last = min(width - 1, Int((column + half).rounded(.down)))
      guard first <= last else { continue }
      for j in i * width + first...i * width + last where owners[j] < 0 {
        owners[j] = owner
        covered += 1
      }
    }
    return covered
  }
}

extension DeadLeaves: Scriptable {
  /// Smaller discs would cover nothing.
  private static let leastRadius = 0.5

  /// The script face of dead leaves.
  public static let declaration = Declaration(
    DeadLeaves.self, "dead_leaves", "Synthetic scenes of discs that hide each other.",
    details: """
      Radii have a density proportional to r^-3 between the two radii, as scale invariance asks \
      for; levels are uniform. Edges are smooth.
      """,
    example: "bl.data.dead_leaves { count = 25, size = 96, seed = 1 }",
    source: "Lee, Mumford & Huang, Occlusion models for natural images, 2001"
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
      Field(
        "min_radius", \.minRadius, .number(atLeast: leastRadius), "smallest radius",
        unit: "pixels")
      Field(
        "max_radius", \.maxRadius, .optional(.number(atLeast: leastRadius)),
        "largest radius; half of the longer side when absent", unit: "pixels")
      Field("seed", \.seed, "key of the scenes; drawn when absent")
    } build: { options in
      if let largest = options.maxRadius, largest < options.minRadius {
        throw ScriptError("bl.data.dead_leaves: 'max_radius' must be at least 'min_radius'")
      }
      return DeadLeaves(options, Session.shared.elementType)
    }
    DatasetMembers.all
  }
}
