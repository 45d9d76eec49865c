import Script
import Tensors

extension Dataset {
  /// The first `count` images, or all if there are fewer.
  public func prefix(_ count: Int) -> DatasetSlice {
    DatasetSlice(self, 0..<min(max(count, 0), self.count))
  }

  /// All but the first `count` images.
  public func dropFirst(_ count: Int) -> DatasetSlice {
    DatasetSlice(self, min(max(count, 0), self.count)..<self.count)
  }

  /// The first round(fraction · count) images, and the others, both in order.
  public func split(at fraction: Double) -> (DatasetSlice, DatasetSlice) {
    precondition(fraction >= 0 && fraction <= 1, "A fraction lies in [0, 1].")
    let first = Int((fraction * Double(count)).rounded())
    return (prefix(first), dropFirst(first))
  }
}

/// Some consecutive images of a dataset.
public final class DatasetSlice: Dataset {
  /// Where they are from.
  public let base: any Dataset
  /// Which of them.
  public let range: Range<Int>

  /// The images of the given indices.
  public init(_ base: any Dataset, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= base.count, "Index out of range.")
    self.base = base
    self.range = range
  }

  /// Number of images.
  public var count: Int { range.count }
  /// Element type of all images.
  public var elementType: ElementType { base.elementType }
  /// The image at an index from 0.
  public func image(at index: Int) throws -> Tensor {
    try base.image(at: range.lowerBound + index)
  }
  /// Rows and columns of an image.
  public func extent(at index: Int) throws -> Extent {
    try base.extent(at: range.lowerBound + index)
  }
}

/// What a function makes of each image of a dataset, kept once made.
public final class MappedDataset: Dataset {
  /// Where the images are from.
  public let base: any Dataset
  private let transform: @Sendable (Tensor) throws -> Tensor
  private let cache = ImageCache()

  /// The images of `base`, each through the function.
  public init(_ base: any Dataset, _ transform: @escaping @Sendable (Tensor) throws -> Tensor) {
    self.base = base
    self.transform = transform
  }

  /// Number of images.
  public var count: Int { base.count }
  /// Element type of all images.
  public var elementType: ElementType { base.elementType }

  /// The image at an index from 0.
  public func image(at index: Int) throws -> Tensor {
    try cache.image(at: index) {
      let image = try transform(base.image(at: index))
      guard image.shape.rank == 3, image.count > 0 else {
        throw ScriptError(
          "map: the function must answer an image {channels, height, width}, "
            + "got a tensor of shape \(image.shape)")
      }
      return image.converted(to: elementType)
    }
  }
}

/// Given tensors as images.
public final class TensorDataset: Dataset {
  private let tensors: [Tensor]
  /// Element type of all images.
  public let elementType: ElementType

  /// The tensors, {channels, height, width} or {height, width}, which becomes one channel.
  public init(_ tensors: [Tensor], _ elementType: ElementType = .float64) throws {
    self.elementType = elementType
    self.tensors = try tensors.enumerated().map { index, tensor in
      guard (2...3).contains(tensor.shape.rank), tensor.count > 0 else {
        throw ScriptError(
          "bl.data.tensors: tensor \(index + 1) must have the shape {height, width} or "
            + "{channels, height, width}, got \(tensor.shape)")
      }
      let shape = tensor.shape.rank == 2 ? Shape([1] + tensor.shape.extents) : tensor.shape
      return Tensor(reshaping: tensor.converted(to: elementType), to: shape)
    }
  }

  /// Number of images.
  public var count: Int { tensors.count }
  /// The image at an index from 0.
  public func image(at index: Int) throws -> Tensor { tensors[index] }
}

extension DatasetSlice: Scriptable {
  /// The script face of parts of datasets.
  public static let declaration = Declaration(
    DatasetSlice.self, "slice", "Some consecutive images of a dataset, by take, skip or split."
  ) {
    Text<DatasetSlice> { slice in
      let skipped = slice.range.lowerBound > 0 ? ":skip(\(slice.range.lowerBound))" : ""
      let taken = slice.range.upperBound < slice.base.count ? ":take(\(slice.count))" : ""
      return text(of: slice.base) + skipped + taken
    }
    DatasetMembers.all
  }
}

extension MappedDataset: Scriptable {
  /// The script face of images through a function.
  public static let declaration = Declaration(
    MappedDataset.self, "mapped", "What a function makes of each image of a dataset."
  ) {
    Text<MappedDataset> { text(of: $0.base) + ":map(function)" }
    DatasetMembers.all
  }
}

extension TensorDataset: Scriptable {
  private struct Options {
    var tensors: [Tensor] = []
  }

  /// The script face of given tensors as images.
  public static let declaration = Declaration(
    TensorDataset.self, "tensors", "Given tensors as images.",
    example: "bl.data.tensors { t, u }"
  ) {
    Constructor(Options()) {
      Field(
        elements: "tensors", \.tensors, .list(of: .object(Tensor.self)),
        "images {channels, height, width} or {height, width}", required: true)
    } build: {
      try TensorDataset($0.tensors, Session.shared.elementType)
    }
    Text<TensorDataset> { "tensors {\($0.count == 1 ? "1 image" : "\($0.count) images")}" }
    DatasetMembers.all
  }
}
