import Script
import Tensors

/// Pictures from PNG and JPEG files, whole or cropped.
public final class Images: Dataset {
  /// Where a crop is taken.
  public enum Anchor: String, Sendable, CaseIterable {
    /// Anywhere, uniformly, as a function of (seed, index).
    case random
    /// In the middle.
    case center
  }

  /// A new extent of the pictures.
  public enum Resizing: Hashable, Sendable {
    /// The shorter side gets this many pixels; proportions are kept.
    case shorterSide(Int)
    /// Exactly this extent.
    case exact(Extent)
  }

  /// Which files, and what of them.
  public struct Options: Hashable, Sendable {
    /// Files and folders; of a folder, its PNG and JPEG files by name.
    public var paths: [String] = []
    /// Whether colours become grey, 0.2989 R + 0.587 G + 0.114 B.
    public var grey = false
    /// Extent of the crops; nil for whole pictures.
    public var crop: Extent?
    /// Where crops are taken.
    public var anchor = Anchor.random
    /// A new extent of the pictures before they are cropped (antialiased bilinear).
    public var resize: Resizing?
    /// Number of images; nil for one a file.
    ///
    /// More than there are files are random crops of the files in turn.
    public var count: Int?
    /// Key of the crops.
    public var seed = 0

    /// All of the given files and folders.
    public init(paths: [String] = []) { self.paths = paths }
  }

  /// Which files, and what of them.
  public let options: Options
  public let elementType: ElementType
  public let count: Int
  private let files: [String]
  private let cache = ImageCache()

  /// Looks the files up, but reads none of them yet.
  public init(_ options: Options, _ elementType: ElementType = .float64) throws {
    self.options = options
    self.elementType = elementType
    files = try options.paths.flatMap(Self.files(at:))
    guard !files.isEmpty else { throw ScriptError("bl.data.images: 'path' is an empty list") }
    count = options.count ?? files.count
    let canRepeat = options.crop != nil && options.anchor == .random
    guard count <= files.count || canRepeat else {
      throw ScriptError(
        "bl.data.images: 'count' is \(count), but there are only \(files.count) pictures; "
          + "random crops ('crop') can be more than there are pictures")
    }
  }

  /// The file that an image is from.
  public func path(at index: Int) -> String { files[index % files.count] }

  public func image(at index: Int) throws -> Tensor {
    try cache.image(at: index) { try read(index) }
  }

  public func extent(at index: Int) throws -> Extent {
    if let crop = options.crop { return crop }
    if case .exact(let extent) = options.resize { return extent }
    let shape = try image(at: index).shape
    return Extent(height: shape[1], width: shape[2])
  }

  private func read(_ index: Int) throws -> Tensor {
    let picture = try ImageFile.read(path(at: index), grey: options.grey, elementType)
    let image = resized(picture)
    guard let crop = options.crop else { return image }
    let extent = Extent(height: image.shape[1], width: image.shape[2])
    guard extent.holds(crop) else {
      throw FileError(
        path(at: index),
        "is \(extent) pixels, smaller than the crop of \(crop); use a smaller 'crop', 'resize' "
          + "the pictures or leave this one out")
    }
    let room = (height: extent.height - crop.height, width: extent.width - crop.width)
    switch options.anchor {
    case .center: return image.cropped(row: room.height / 2, column: room.width / 2, to: crop)
    case .random:
      var source = RandomSource(seed: options.seed, index: index, epoch: 0)
      let row = source.integer(below: room.height + 1)
      return image.cropped(row: row, column: source.integer(below: room.width + 1), to: crop)
    }
  }

  private func resized(_ picture: Tensor) -> Tensor {
    let extent = Extent(height: picture.shape[1], width: picture.shape[2])
    switch options.resize {
    case nil: return picture
    case .exact(let wanted): return picture.resized(to: wanted)
    case .shorterSide(let side): return picture.resized(to: extent.scaled(shorterSide: side))
    }
  }

  private static func files(at path: String) throws -> [String] {
    guard Folder.exists(at: path) else { return [path] }
    let files = try Folder.files(in: path, where: ImageFile.hasKnownExtension)
    guard !files.isEmpty else { throw FileError(path, "holds no PNG or JPEG file") }
    return files
  }
}
