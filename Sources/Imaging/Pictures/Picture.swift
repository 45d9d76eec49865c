import Script
import Tensors

/// A finished picture, to be saved or shown.
public struct Picture: Sendable {
  /// {1 or 3, height, width}, shown from 0 (black) to 1 (white).
  public let image: Tensor

  /// A picture of the image.
  public init(_ image: Tensor) { self.image = image }

  /// Writes it as a PNG, SVG or PDF file by the name's end, 8 bits, whole or not at all.
  public func save(to path: String) throws {
    try AtomicFile.write(PictureFile(named: path).bytes(of: image, named: path), to: path)
  }
}

extension Picture: Scriptable {
  /// The bytes of the pixels.
  public var externalByteCount: Int { image.byteCount }

  /// The script face of pictures.
  public static let declaration = Declaration(
    Picture.self, "picture", "A picture made by bl.plot, to be saved or shown.",
    details: Terminal.manual
  ) {
    Method(
      "save", "Writes a PNG, SVG or PDF file, whole or not at all.",
      Argument("path", .outputPath, "its name, ending in .png, .svg or .pdf"),
      returns: "the picture"
    ) { picture, path in
      try picture.save(to: path)
      return picture
    }
    Method("show", "Draws it in the terminal.", returns: "the picture") { picture in
      Terminal.write(try Terminal.current.drawing(of: picture.image))
      return picture
    }
    Property("image", \.image, "the pixels, {1 or 3, height, width}")
    Text<Picture> { "picture of \($0.image.shape[2])x\($0.image.shape[1]) pixels" }
  }
}

/// The pictures of `bl.plot`.
enum PictureFunctions {
  /// Pixels are repeated at most this often.
  private static let largestMagnification = 64
  private static let magnification = Kind<Int>.integer(atLeast: 1, atMost: largestMagnification)

  static let entries: [Entry] = [.function(image), .function(images), .function(filters)]

  /// An image {channels, height, width}, or {height, width} for one channel.
  private static let imageKind = Kind<Tensor>.object(Tensor.self).map(
    { tensor in
      guard tensor.shape.rank == 2 else { return tensor }
      return Tensor(reshaping: tensor, to: Shape([1] + tensor.shape.extents))
    }, back: { $0 })

  // MARK: bl.plot.image

  private struct ImageOptions {
    var magnify = 1
  }

  private static let image = Function(
    "image", "A picture of one image; 0 is black, 1 is white.",
    Argument("image", imageKind, "{1 or 3, height, width} or {height, width}"),
    Argument(
      "options",
      .record(ImageOptions()) {
        Field("magnify", \.magnify, magnification, "pixels along a side of an image's pixel")
      }, "how it is shown"), returns: "a picture", example: "bl.plot.image(x):save \"x.png\""
  ) { image, options in
    var sheet = ContactSheet([ContactSheet.Tile(image)])
    sheet.magnification = options.magnify
    sheet.gap = 0
    return Picture(try sheet.image())
  }

  // MARK: bl.plot.images

  private struct SheetOptions {
    var images: [Tensor] = []
    var captions: [String] = []
    var truth: Tensor?
    var columns: Int?
    var magnify = 1
    var gap = 4
  }

  private static let images = Function(
    "images", "A sheet of images with captions.",
    Argument(
      "sheet",
      .record(SheetOptions()) {
        Field(
          elements: "images", \.images, .list(of: imageKind), "the images in order", required: true)
        Field("captions", \.captions, .list(of: .string), "a line of text below each")
        Field(
          "truth", \.truth, .optional(imageKind),
          "what each is compared with: the PSNR is added to captions")
        Field(
          "columns", \.columns, .optional(.integer(atLeast: 1)),
          "images in a row; all when absent")
        Field("magnify", \.magnify, magnification, "pixels along a side of an image's pixel")
        Field("gap", \.gap, .integer(atLeast: 0, atMost: 1000), "between images", unit: "pixels")
      }, "images and options"), returns: "a picture",
    example: """
      bl.plot.images { x, y, z, captions = {"truth", "noisy", "restored"}, truth = x }:save "x.png"
      """
  ) { options in
    guard options.captions.count <= options.images.count else {
      throw ScriptError("bl.plot.images: there are more captions than images")
    }
    var sheet = ContactSheet(try options.images.enumerated().map { try tile($0, $1, options) })
    sheet.columns = options.columns
    sheet.magnification = options.magnify
    sheet.gap = options.gap
    return Picture(try sheet.image())
  }

  private static func tile(
    _ index: Int, _ image: Tensor, _ options: SheetOptions
  ) throws -> ContactSheet.Tile {
    let caption = index < options.captions.count ? options.captions[index] : ""
    guard let truth = options.truth else { return ContactSheet.Tile(image, caption) }
    let ratio = try PSNR().value(of: image, truth: truth)
    // The truth itself needs no ratio.
    guard ratio.isFinite else { return ContactSheet.Tile(image, caption) }
    let space = caption.isEmpty ? "" : " "
    return ContactSheet.Tile(image, caption + space + ContactSheet.decibels(ratio))
  }

  // MARK: bl.plot.filters

  private struct FilterOptions {
    var weights: [Double]?
    var columns: Int?
    var magnify: Int?
  }

  private static let weightsKind = Kind<[Double]>.either(
    .list(of: .number),
    Kind<Tensor>.object(Tensor.self).map(\.elements, back: { Tensor($0, shape: [$0.count]) }),
    write: { .list($0.map { .number($0) }) })

  private static let filters = Function(
    "filters", "A sheet of filters, largest weight times norm first.",
    Argument("filters", .object(Tensor.self), "{filters, channels, height, width}"),
    Argument(
      "options",
      .record(FilterOptions()) {
        Field("weights", \.weights, .optional(weightsKind), "one a filter; equal when absent")
        Field(
          "columns", \.columns, .optional(.integer(atLeast: 1)),
          "filters in a row; about as many as rows when absent")
        Field(
          "magnify", \.magnify, .optional(magnification), "pixels along a side of an element")
      }, "how they are shown"), returns: "a picture",
    details: "Zero is mid-grey; each filter is scaled to its own largest magnitude.",
    example: "bl.plot.filters(theta.filters):save \"filters.png\""
  ) { filters, options in
    var sheet = try ContactSheet(filters: filters, weights: options.weights)
    sheet.columns = options.columns ?? sheet.columns
    sheet.magnification = options.magnify ?? sheet.magnification
    return Picture(try sheet.image())
  }
}
