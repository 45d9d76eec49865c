import CImageFiles
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension ImageFile {
  /// Writes a picture as a PNG file, whole or not at all.
  ///
  /// A sample is the value clamped to [0, 1], times 2^bits − 1, rounded to nearest; NaN becomes 0.
  ///
  /// - Parameters:
  ///   - image: {height, width}, {1, height, width} (grey) or {3, height, width} (colour).
  ///   - path: Where to.
  ///   - bits: 8 or 16.
  public static func writePNG(_ image: Tensor, to path: String, bits: Int = 8) throws {
    try AtomicFile.write(encodePNG(image, named: path, bits: bits), to: path)
  }

  /// The bytes of a PNG file that shows the picture; `path` is for error messages.
  public static func encodePNG(_ image: Tensor, named path: String, bits: Int = 8) throws -> [UInt8]
  {
    precondition(bits == 8 || bits == 16, "PNG files are written with 8 or 16 bits.")
    let shape = image.shape.rank == 2 ? [1] + image.shape.extents : image.shape.extents
    guard shape.count == 3, shape[0] == 1 || shape[0] == 3, shape[1] > 0, shape[2] > 0 else {
      throw FileError(
        path, "an image needs the shape {1 or 3, height, width}, this has \(image.shape)")
    }
    guard max(shape[1], shape[2]) <= largestExtent else {
      throw FileError(path, "a PNG file has at most \(largestExtent) rows and columns")
    }
    let values = image.converted(to: .float64)
    let pixels = shape[1] * shape[2]
    return bits == 8
      ? try encode(interleave(values, shape[0], pixels, UInt8.self), shape, bits, path)
      : try encode(interleave(values, shape[0], pixels, UInt16.self), shape, bits, path)
  }

  /// libpng's own limit.
  private static let largestExtent = 1_000_000

  private static func interleave<Sample: FixedWidthInteger>(
    _ values: Tensor, _ channels: Int, _ pixels: Int, _ type: Sample.Type
  ) -> [Sample] {
    let largest = Double(Sample.max)
    return values.with(Double.self) { planes in
      [Sample](unsafeUninitializedCapacity: channels * pixels) { samples, count in
        for i in 0..<pixels {
          for channel in 0..<channels {
            let value = planes[channel * pixels + i]
            // Written so that NaN fails the comparison.
            samples[i * channels + channel] =
              value > 0 ? Sample((min(value, 1) * largest).rounded()) : 0
          }
        }
        count = channels * pixels
      }
    }
  }

  private static func encode<Sample>(
    _ samples: [Sample], _ shape: [Int], _ bits: Int, _ path: String
  ) throws -> [UInt8] {
    var samples = samples
    var message = png_message()
    var bytes: UnsafeMutableRawPointer?
    var count = 0
    let status = samples.withUnsafeMutableBytes { buffer in
      var picture = png_picture()
      (picture.channels, picture.height, picture.width) = (shape[0], shape[1], shape[2])
      (picture.bits, picture.samples) = (Int32(bits), buffer.baseAddress)
      return png_encode(&picture, &bytes, &count, &message)
    }
    guard status == 0, let bytes else {
      throw FileError(path, "cannot be written as PNG: \(text(of: message))")
    }
    defer { free(bytes) }
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }
}
