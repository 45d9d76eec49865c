import CImageFiles
import CTurboJPEG

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Gives back the samples that a decoder made.
func free(_ picture: png_picture) { free(picture.samples) }

/// JPEG files in memory to samples, by libjpeg-turbo: exact integer transform, smooth chroma.
enum JPEG {
  /// No code is shorter than a bit and no block of 8×8 pixels has less than one; a file that promises
  /// more pixels than that is damaged, and memory for them is not taken.
  private static let largestExpansion = 1024

  /// What libjpeg remarks about files that still hold the whole picture.
  private static let harmlessRemarks = [
    "extraneous bytes before marker", "Unknown Adobe color transform", "Invalid SOS parameters",
  ]

  /// The picture as stored, 8 bits, grey or colour.
  ///
  /// The caller frees its samples.
  static func decode(_ bytes: UnsafeRawBufferPointer, named path: String) throws -> png_picture {
    guard let decoder = tjInitDecompress() else { throw FileError(path, "cannot be read as JPEG") }
    defer { tjDestroy(decoder) }
    let source = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    let size = UInt(bytes.count)
    var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let status = tjDecompressHeader3(
      decoder, source, size, &width, &height, &subsampling, &space)
    try check(status, decoder, path)
    let isGrey = space == Int32(TJCS_GRAY.rawValue)
    guard space != Int32(TJCS_CMYK.rawValue), space != Int32(TJCS_YCCK.rawValue) else {
      throw FileError(path, "is a CMYK picture; convert it to RGB first")
    }
    let channels = isGrey ? 1 : 3
    guard Int(width) * Int(height) <= largestExpansion * bytes.count else {
      throw FileError(path, "cannot be read as JPEG: the file is truncated")
    }
    guard let samples = malloc(Int(width) * Int(height) * channels) else {
      throw FileError(path, "cannot be read as JPEG: out of memory")
    }
    var picture = png_picture()
    (picture.width, picture.height) = (Int(width), Int(height))
    (picture.channels, picture.bits, picture.samples) = (channels, 8, samples)
    do {
      let format = Int32(isGrey ? TJPF_GRAY.rawValue : TJPF_RGB.rawValue)
      let flags = Int32(TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
      let target = samples.assumingMemoryBound(to: UInt8.self)
      let status = tjDecompress2(
        decoder, source, size, target, width, 0, height, format, flags)
      try check(status, decoder, path)
    } catch {
      free(picture)
      throw error
    }
    return picture
  }

  private static func check(_ status: Int32, _ decoder: tjhandle, _ path: String) throws {
    guard status != 0 else { return }
    let remark = String(cString: tjGetErrorStr2(decoder))
    let isWarning = tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue)
    if isWarning, harmlessRemarks.contains(where: { contains(remark, $0) }) { return }
    let isShort = contains(remark, "Premature end") || contains(remark, "premature end")
    throw FileError(
      path, "cannot be read as JPEG: \(isShort ? "the file is truncated" : remark)")
  }

  private static func contains(_ text: String, _ part: String) -> Bool { strstr(text, part) != nil }
}
