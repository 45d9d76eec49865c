import Script
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The modified Shepp–Logan phantom: ten ellipses that resemble a section of a head, in [0, 1].
///
/// Sampled at pixel centres on [−1, 1]², as MATLAB's `phantom(n)`.
///
/// Source: Shepp & Logan, "The Fourier reconstruction of a head section", 1974, with the contrast
/// of Toft, "The Radon transform: theory and implementation", 1996, table B.3.
public final class Phantom: Dataset {
  /// Rows and columns.
  public let size: Int
  /// Element type of all images.
  public let elementType: ElementType
  private let cache = ImageCache()

  /// One image of `size` rows and columns, at least 2.
  public init(size: Int = 128, _ elementType: ElementType = .float64) {
    precondition(size >= 2, "The phantom has at least 2 rows.")
    self.size = size
    self.elementType = elementType
  }

  /// Number of images.
  public var count: Int { 1 }
  /// Rows and columns of an image.
  public func extent(at index: Int) -> Extent { Extent(size) }
  /// The image at an index from 0.
  public func image(at index: Int) -> Tensor { cache.image(at: 0) { made() } }

  private func made() -> Tensor {
    let half = Double(size - 1) / 2
    var elements: [Double] = []
    elements.reserveCapacity(size * size)
    for row in 0..<size {
      for column in 0..<size {
        let (x, y) = ((Double(column) - half) / half, (half - Double(row)) / half)
        let sum = Ellipse.head.reduce(0) { $0 + ($1.contains(x, y) ? $1.level : 0) }
        // The levels cancel only up to rounding.
        elements.append(min(max(sum, 0), 1))
      }
    }
    return Tensor(elements, shape: [1, size, size], elementType)
  }

  private struct Ellipse {
    let level: Double
    private let centre: (x: Double, y: Double)
    private let halves: (Double, Double)
    private let axis: (x: Double, y: Double)

    init(_ level: Double, _ a: Double, _ b: Double, _ x: Double, _ y: Double, _ degrees: Double) {
      self.level = level
      centre = (x, y)
      halves = (a, b)
      axis = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
    }

    func contains(_ x: Double, _ y: Double) -> Bool {
      let (dx, dy) = (x - centre.x, y - centre.y)
      let u = (dx * axis.x + dy * axis.y) / halves.0
      let v = (dy * axis.x - dx * axis.y) / halves.1
      return u * u + v * v <= 1
    }

    static let head = [
      Ellipse(1, 0.69, 0.92, 0, 0, 0), Ellipse(-0.8, 0.6624, 0.874, 0, -0.0184, 0),
      Ellipse(-0.2, 0.11, 0.31, 0.22, 0, -18), Ellipse(-0.2, 0.16, 0.41, -0.22, 0, 18),
      Ellipse(0.1, 0.21, 0.25, 0, 0.35, 0), Ellipse(0.1, 0.046, 0.046, 0, 0.1, 0),
      Ellipse(0.1, 0.046, 0.046, 0, -0.1, 0), Ellipse(0.1, 0.046, 0.023, -0.08, -0.605, 0),
      Ellipse(0.1, 0.023, 0.023, 0, -0.606, 0), Ellipse(0.1, 0.023, 0.046, 0.06, -0.605, 0),
    ]
  }
}

extension Phantom: Scriptable {
  private struct Options {
    var size = 128
  }
  private var options: Options { Options(size: size) }

  /// The script face of the phantom.
  public static let declaration = Declaration(
    Phantom.self, "phantom", "The modified Shepp-Logan phantom, one image.",
    example: "bl.data.phantom { size = 256 }",
    source: "Shepp & Logan, The Fourier reconstruction of a head section, 1974; contrast of Toft, "
      + "The Radon transform, 1996"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field(
        "size", \.size, .integer(atLeast: 2, atMost: Extent.largestSceneSide), "rows and columns",
        unit: "pixels")
    } build: {
      Phantom(size: $0.size, Session.shared.elementType)
    }
    DatasetMembers.all
  }
}
