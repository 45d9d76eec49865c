import Tensors

/// A picture as the bytes of a file: PNG, or the same pixels inside of an SVG or PDF file.
enum PictureFile: String, CaseIterable {
  case png, svg, pdf

  /// The form that a file's name asks for.
  init(named path: String) throws {
    let name = path.lowercased()
    guard let form = PictureFile.allCases.first(where: { name.hasSuffix("." + $0.rawValue) }) else {
      throw FileError(path, "a picture's name must end in .png, .svg or .pdf")
    }
    self = form
  }

  /// The bytes; `path` is for error messages.
  func bytes(of image: Tensor, named path: String) throws -> [UInt8] {
    let png = try ImageFile.encodePNG(image, named: path)
    switch self {
    case .png: return png
    case .svg: return Self.svg(png, image.shape)
    case .pdf: return Self.pdf(png, image.shape)
    }
  }

  private static func svg(_ png: [UInt8], _ shape: Shape) -> [UInt8] {
    let (height, width) = (shape[1], shape[2])
    let text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)">
      <image width="\(width)" height="\(height)" style="image-rendering: pixelated" \
      href="data:image/png;base64,\(Base64.encode(png))"/>
      </svg>

      """
    return Array(text.utf8)
  }

  /// A page of the picture's size, a pixel being 1/72 inch.
  ///
  /// PDF takes the compressed rows of a PNG file as they are (ISO 32000, 7.4.4.4, predictor 15).
  private static func pdf(_ png: [UInt8], _ shape: Shape) -> [UInt8] {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let space = channels == 1 ? "/DeviceGray" : "/DeviceRGB"
    let rows = compressedRows(of: png)
    let drawing = Array("\(width) 0 0 \(height) 0 0 cm /Picture Do".utf8)
    let objects: [(head: String, stream: [UInt8]?)] = [
      ("<< /Type /Catalog /Pages 2 0 R >>", nil),
      ("<< /Type /Pages /Kids [3 0 R] /Count 1 >>", nil),
      (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 \(width) \(height)] /Contents 4 0 R "
          + "/Resources << /XObject << /Picture 5 0 R >> >> >>", nil
      ),
      ("<< /Length \(drawing.count) >>", drawing),
      (
        "<< /Type /XObject /Subtype /Image /Width \(width) /Height \(height) /ColorSpace \(space) "
          + "/BitsPerComponent 8 /Filter /FlateDecode /DecodeParms << /Predictor 15 "
          + "/Colors \(channels) /BitsPerComponent 8 /Columns \(width) >> /Length \(rows.count) >>",
        rows
      ),
    ]
    return document(objects)
  }

  private static func document(_ objects: [(head: String, stream: [UInt8]?)]) -> [UInt8] {
    var bytes = Array("%PDF-1.4\n".utf8)
    var offsets: [Int] = []
    for (index, object) in objects.enumerated() {
      offsets.append(bytes.count)
      bytes += Array("\(index + 1) 0 obj\n\(object.head)\n".utf8)
      if let stream = object.stream {
        bytes += Array("stream\n".utf8) + stream + Array("\nendstream\n".utf8)
      }
      bytes += Array("endobj\n".utf8)
    }
    let start = bytes.count
    bytes += Array("xref\n0 \(objects.count + 1)\n0000000000 65535 f \n".utf8)
    for offset in offsets {
      let digits = String(offset)
      let zeros = String(repeating: "0", count: 10 - digits.count)
      bytes += Array("\(zeros)\(digits) 00000 n \n".utf8)
    }
    let trailer = """
      trailer
      << /Size \(objects.count + 1) /Root 1 0 R >>
      startxref
      \(start)
      %%EOF

      """
    return bytes + Array(trailer.utf8)
  }

  /// What the chunks IDAT of a PNG file hold together.
  private static func compressedRows(of png: [UInt8]) -> [UInt8] {
    let signatureLength = 8
    var rows: [UInt8] = []
    var position = signatureLength
    while position + 12 <= png.count {
      let length = png[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let start = position + 8
      let name = png[position + 4..<start]
      if name.elementsEqual("IDAT".utf8) { rows += png[start..<start + length] }
      position = start + length + 4
    }
    return rows
  }
}
