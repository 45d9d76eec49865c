import Script
import Tensors

/// Patches of each image of a dataset on a regular grid: all that fit, row by row.
public final class Patches: Dataset {
  /// What patches are cut.
  public struct Options: Hashable, Sendable {
    /// Extent of a patch.
    public var size = Extent(64)
    /// Distance between the corners of neighbouring patches; the extent when nil.
    public var stride: Extent?

    /// Patches 64×64 side by side.
    public init() {}
  }

  /// Where the images are from.
  public let base: any Dataset
  /// What is cut.
  public let options: Options
  /// Of each patch, its image and its upper left corner.
  private let places: [(image: Int, row: Int, column: Int)]

  /// The patches of all images; an image that holds none is an error.
  public init(of base: any Dataset, _ options: Options) throws {
    self.base = base
    self.options = options
    let size = options.size
    let step = options.stride ?? size
    precondition(min(size.height, size.width, step.height, step.width) > 0, "Patches have pixels.")
    var places: [(image: Int, row: Int, column: Int)] = []
    for index in 0..<base.count {
      let extent = try base.extent(at: index)
      guard extent.holds(size) else {
        throw ScriptError(
          "patches: image \(index + 1) is \(extent) pixels, smaller than a patch of \(size); "
            + "use a smaller 'size'")
      }
      for row in stride(from: 0, through: extent.height - size.height, by: step.height) {
        for column in stride(from: 0, through: extent.width - size.width, by: step.width) {
          places.append((index, row, column))
        }
      }
    }
    self.places = places
  }

  /// Number of images.
  public var count: Int { places.count }
  /// Element type of all images.
  public var elementType: ElementType { base.elementType }
  /// Rows and columns of an image.
  public func extent(at index: Int) -> Extent { options.size }
  /// The image at an index from 0.
  public func image(at index: Int) throws -> Tensor {
    let place = places[index]
    return try base.image(at: place.image).cropped(
      row: place.row, column: place.column, to: options.size)
  }
}

extension Patches.Options {
  /// A table of named arguments.
  static let kind = Kind.record(Patches.Options()) {
    Field("size", \.size, Extent.kind(), "extent of a part", unit: "pixels")
    Field(
      "stride", \.stride, .optional(Extent.kind()),
      "distance between neighbours; the size when absent", unit: "pixels")
  }
}

extension Patches: Scriptable {
  /// The script face of patches.
  public static let declaration = Declaration(
    Patches.self, "patches", "Parts of each image of a dataset on a regular grid."
  ) {
    Text<Patches> { text(of: $0.base) + ":patches " + Options.kind.write($0.options).description }
    DatasetMembers.all
  }
}
