import CImageFiles
import Tensors

/// Pictures on disk as tensors {channels, height, width} with values in [0, 1].
///
/// A value is the stored sample divided by the largest one, 2^bits − 1, with no gamma, profile or
/// rounding in between; alpha is dropped, palettes are resolved. What a file is, its first bytes
/// say, whatever its name.
public enum ImageFile {
  /// The weights of red, green and blue in grey: those of ITU-R BT.601 with four digits.
  public static let greyWeights = (red: 0.2989, green: 0.587, blue: 0.114)

  /// The picture in the PNG or JPEG file at `path`.
  ///
  /// - Parameters:
  ///   - path: Any name; 1 to 16 bits, grey, colour or palette, with or without alpha, interlaced.
  ///   - grey: Whether colours become 0.2989 R + 0.587 G + 0.114 B.
  ///   - elementType: Of the result.
  /// - Returns: {1, height, width} or, for colours, {3, height, width}.
  public static func read(
    _ path: String, grey: Bool = false, _ elementType: ElementType = .float64
  ) throws -> Tensor {
    let picture = try FileBytes.read(path) { bytes in try decode(bytes, named: path) }
    defer { free(picture) }
    let tensor = tensor(of: picture, elementType)
    return grey ? Self.grey(tensor) : tensor
  }

  /// The picture in the bytes of a PNG or JPEG file; `path` is for error messages.
  public static func decode(_ bytes: [UInt8], named path: String) throws -> Tensor {
    let picture = try bytes.withUnsafeBytes { try decode($0, named: path) }
    defer { free(picture) }
    return tensor(of: picture, .float64)
  }

  /// Whether the file's name ends as those of PNG and JPEG files do.
  public static func hasKnownExtension(_ path: String) -> Bool {
    guard let dot = path.lastIndex(of: ".") else { return false }
    return ["png", "jpg", "jpeg"].contains(path[path.index(after: dot)...].lowercased())
  }

  /// One channel from three, 0.2989 R + 0.587 G + 0.114 B; a grey image stays as it is.
  public static func grey(_ image: Tensor) -> Tensor {
    guard image.shape.rank == 3, image.shape[0] == 3 else { return image }
    let shape: Shape = [1, image.shape[1], image.shape[2]]
    let source = image.converted(to: .float64)
    var result = Tensor(zeros: shape, .float64)
    let count = shape.count
    let weights = greyWeights
    source.with(Double.self) { colours in
      result.withMutable(Double.self) { grey in
        for i in 0..<count {
          grey[i] =
            weights.red * colours[i] + weights.green * colours[count + i]
            + weights.blue * colours[2 * count + i]
        }
      }
    }
    return result.converted(to: image.elementType)
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, named path: String
  ) throws -> png_picture {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { throw FileError(path, "is empty") }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      var picture = png_picture()
      var message = png_message()
      guard png_decode(base, bytes.count, &picture, &message) == 0 else {
        throw FileError(path, "cannot be read as PNG: \(text(of: message))")
      }
      return picture
    }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return try JPEG.decode(bytes, named: path) }
    throw FileError(path, "is neither a PNG nor a JPEG file")
  }

  static func text(of message: png_message) -> String {
    withUnsafeBytes(of: message.text) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  private static func tensor(of picture: png_picture, _ elementType: ElementType) -> Tensor {
    let shape: Shape = [picture.channels, picture.height, picture.width]
    var tensor = Tensor(zeros: shape, elementType)
    switch elementType {
    case .float32:
      tensor.withMutable(Float.self) { target in
        if picture.bits == 16 {
          separate(picture, as: UInt16.self, into: target)
        } else {
          separate(picture, as: UInt8.self, into: target)
        }
      }
    case .float64:
      tensor.withMutable(Double.self) { target in
        if picture.bits == 16 {
          separate(picture, as: UInt16.self, into: target)
        } else {
          separate(picture, as: UInt8.self, into: target)
        }
      }
    }
    return tensor
  }

  /// Interleaved samples to one plane a channel.
  private static func separate<Sample: FixedWidthInteger, Element: BinaryFloatingPoint>(
    _ picture: png_picture, as sample: Sample.Type, into target: UnsafeMutablePointer<Element>
  ) {
    guard let samples = picture.samples?.assumingMemoryBound(to: sample) else { return }
    let largest = Element((1 << picture.bits) - 1)
    let pixels = picture.width * picture.height
    for channel in 0..<picture.channels {
      let plane = target + channel * pixels
      for i in 0..<pixels {
        plane[i] = Element(samples[i * picture.channels + channel]) / largest
      }
    }
  }
}
