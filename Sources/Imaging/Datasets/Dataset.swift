import Tensors

/// A fixed sequence of images {channels, height, width}: an immutable description.
///
/// Images are made when they are asked for and kept as far as memory allows. Law: `image(at:)` is a
/// function of the description and the index alone, so any thread may ask, in any order.
public protocol Dataset: Sendable {
  /// Number of images.
  var count: Int { get }
  /// Element type of all images.
  var elementType: ElementType { get }
  /// The image at an index from 0.
  func image(at index: Int) throws -> Tensor
  /// Rows and columns of an image, without making it where that can be avoided.
  func extent(at index: Int) throws -> Extent
}

extension Dataset {
  /// Rows and columns of an image.
  public func extent(at index: Int) throws -> Extent {
    let shape = try image(at: index).shape
    return Extent(height: shape[1], width: shape[2])
  }

  /// All images in order.
  public func images() throws -> [Tensor] { try (0..<count).map(image(at:)) }
}

/// Rows and columns of an image, in pixels.
public struct Extent: Hashable, Sendable, CustomStringConvertible {
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// The given rows and columns.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// As many rows as columns.
  public init(_ side: Int) { self.init(height: side, width: side) }

  /// `96×64`: rows first, as in a shape.
  public var description: String { "\(height)×\(width)" }

  /// Whether a picture of this extent has room for the other one.
  public func holds(_ other: Extent) -> Bool { height >= other.height && width >= other.width }
}
