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
    /// Key of random crops; drawn from the session when nil.
    public var seed: Int?

    /// All of the given files and folders.
    public init(paths: [String] = []) { self.paths = paths }
  }

  /// Which files, and what of them.
  public let options: Options
  /// Element type of all images.
  public let elementType: ElementType
  /// Number of images.
  public let count: Int
  private let files: [String]
  private let seed: Int
  private let cache = ImageCache()

  /// Looks the files up, but reads none of them yet.
  public init(_ options: Options, _ elementType: ElementType = .float64) throws {
    let isRandom = options.crop != nil && options.anchor == .random
    var options = options
    if isRandom { options.seed = options.seed ?? Session.shared.nextSeed() }
    seed = options.seed ?? 0
    self.options = options
    self.elementType = elementType
    files = try options.paths.flatMap(Self.files(at:))
    guard !files.isEmpty else { throw ScriptError("bl.data.images: 'path' is an empty list") }
    count = options.count ?? files.count
    guard count <= files.count || isRandom else {
      throw ScriptError(
        "bl.data.images: 'count' is \(count), but there are only \(files.count) pictures; "
          + "random crops ('crop') can be more than there are pictures")
    }
  }

  /// The file that an image is from.
  public func path(at index: Int) -> String { files[index % files.count] }

  /// The image at an index from 0.
  public func image(at index: Int) throws -> Tensor {
    try cache.image(at: index) { try read(index) }
  }

  /// Rows and columns of an image.
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
      var source = RandomSource(seed: seed, .crop, index: index)
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

extension Images.Options {
  fileprivate static let pathKind = Kind<[String]>.either(
    Kind<String>.string.map({ [$0] }, back: { $0.first ?? "" }), .list(of: .string),
    write: { $0.count == 1 ? .string($0[0]) : .list($0.map { .string($0) }) })

  fileprivate static let resizeKind = Kind<Images.Resizing>.either(
    Kind<Int>.integer(atLeast: 1, atMost: Extent.largestSide).map(
      { .shorterSide($0) }, back: { if case .shorterSide(let side) = $0 { side } else { 0 } }),
    Extent.kind().map(
      { .exact($0) }, back: { if case .exact(let extent) = $0 { extent } else { Extent(1) } }),
    write: { resizing in
      switch resizing {
      case .shorterSide(let side): .integer(side)
      case .exact(let extent): .list([.integer(extent.height), .integer(extent.width)])
      }
    })
}

extension Images: Scriptable {
  /// The script face of pictures from files.
  public static let declaration = Declaration(
    Images.self, "images", "Pictures from PNG and JPEG files, whole or cropped, in [0, 1].",
    details: """
      PNG of 1 to 16 bits, grey, colour or palette; JPEG grey or colour. A value is the stored \
      sample divided by the largest one; alpha is dropped. Files of a folder are sorted by name. \
      Pictures are read when they are needed; one that cannot be read is an error that names it.
      """,
    example: "bl.data.images { path = \"photographs\", grey = true, crop = 96, seed = 1 }"
  ) {
    Constructor(Options(), recorded: \.options) {
      Field(
        "path", \.paths, Options.pathKind, "a file, a folder, or a list of them", required: true)
      Field("grey", \.grey, "whether colours become 0.2989 R + 0.587 G + 0.114 B")
      Field(
        "crop", \.crop, .optional(Extent.kind()), "extent of the crops; whole when absent",
        unit: "pixels")
      Field("anchor", \.anchor, .choice, "where crops are taken")
      Field(
        "resize", \.resize, .optional(Options.resizeKind),
        "new length of the shorter side, or {height, width}, before cropping", unit: "pixels")
      Field(
        "count", \.count, .optional(.integer(atLeast: 1, atMost: DatasetMembers.mostImages)),
        "number of images; one a file when absent; more than files are further random crops")
      Field("seed", \.seed, "key of the crops; drawn when absent")
    } build: {
      try Images($0, Session.shared.elementType)
    }
    Method(
      "file", "The file that an image is from.",
      Argument("index", .integer(atLeast: 1), "from 1"), returns: "a path"
    ) { images, index in
      guard index <= images.count else {
        throw ScriptError("file: there are \(images.count) images, not \(index)")
      }
      return images.path(at: index - 1)
    }
    DatasetMembers.all
  }
}
