import Script
import Tensors

/// A `.safetensors` file: named tensors behind a JSON header, and words about them.
///
/// Reads real numbers of every width; writes Float32 and Float64. Format: Hugging Face,
/// "Safetensors", 2022.
public enum SafetensorsFile {
  private static let metadataName = "__metadata__"
  /// The format's own limit of the header.
  private static let longestHeader = 100_000_000
  /// Bytes before the header: its length.
  private static let prefix = 8

  /// The tensors in the file at `path`, in the header's order.
  public static func read(_ path: String) throws -> NamedTensors {
    try FileBytes.read(path) { try read($0, named: path) }
  }

  /// The tensors in the bytes of a file, or of a part of the file at `path`, which errors name.
  public static func read(_ bytes: UnsafeRawBufferPointer, named path: String) throws
    -> NamedTensors
  {
    do {
      return try tensors(from: bytes)
    } catch let problem as FileProblem {
      throw FileError(path, problem.text)
    } catch let error as ScriptError {
      throw FileError(path, error.description)
    }
  }

  /// Writes the tensors and their metadata to the file at `path`.
  public static func write(_ tensors: NamedTensors, to path: String) throws {
    try withBytes(of: tensors, named: path) { try AtomicFile.write(pieces: $0, to: path) }
  }

  /// Hands the bytes of the file, in pieces, to `body`; they are valid within the call only.
  public static func withBytes(
    of tensors: NamedTensors, named path: String, _ body: ([UnsafeRawBufferPointer]) throws -> Void
  ) throws {
    if let entry = tensors.entries.first(where: { $0.name == metadataName }) {
      throw FileError(path, "cannot write: '\(entry.name)' is no name for a tensor")
    }
    let header = header(for: tensors)
    try header.withUnsafeBytes { try collect(tensors.entries[...], after: [$0], body) }
  }

  /// Collects the bytes of all tensors, which are valid in nested calls only.
  private static func collect(
    _ entries: ArraySlice<(name: String, tensor: Tensor)>, after pieces: [UnsafeRawBufferPointer],
    _ body: ([UnsafeRawBufferPointer]) throws -> Void
  ) throws {
    guard let first = entries.first else { return try body(pieces) }
    try first.tensor.withLittleEndianBytes {
      try collect(entries.dropFirst(), after: pieces + [$0], body)
    }
  }

  private static func header(for tensors: NamedTensors) -> [UInt8] {
    var parts: [String] = []
    if !tensors.metadata.isEmpty {
      let words = tensors.metadata.map { "\($0.name.quotedAsJSON):\($0.text.quotedAsJSON)" }
      parts.append("\(metadataName.quotedAsJSON):{\(words.joined(separator: ","))}")
    }
    var offset = 0
    for (name, tensor) in tensors.entries {
      let type = tensor.elementType == .float32 ? "F32" : "F64"
      let shape = tensor.shape.extents.map { String($0) }.joined(separator: ",")
      let end = offset + tensor.byteCount
      parts.append(
        "\(name.quotedAsJSON):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var text = Array("{\(parts.joined(separator: ","))}".utf8)
    while text.count % prefix != 0 { text.append(UInt8(ascii: " ")) }
    let length = UInt64(text.count).littleEndian
    return withUnsafeBytes(of: length) { Array($0) } + text
  }

  private static func tensors(from bytes: UnsafeRawBufferPointer) throws -> NamedTensors {
    guard bytes.count >= prefix else {
      throw FileProblem("is no .safetensors file: it is too short")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(bytes.count - prefix), length <= UInt64(longestHeader) else {
      throw FileProblem("is no .safetensors file, or is truncated in the header")
    }
    let start = prefix + Int(length)
    let header = UnsafeRawBufferPointer(rebasing: bytes[prefix..<start])
    guard case .object(let members) = try JSONReader.value(of: header) else {
      throw FileProblem("is no .safetensors file: its header is no JSON object")
    }
    let content = UnsafeRawBufferPointer(rebasing: bytes[start...])
    var result = NamedTensors()
    var ranges: [Range<Int>] = []
    for (name, value) in members {
      if name == metadataName {
        result.metadata = try metadata(value)
        continue
      }
      let entry = try SafetensorsEntry(name, value, content: content.count)
      ranges.append(entry.range)
      let part = UnsafeRawBufferPointer(rebasing: content[entry.range])
      result.append(entry.encoding.tensor(from: part, shape: entry.shape), named: name)
    }
    try checkCover(ranges, of: content.count)
    return result
  }

  private static func metadata(_ value: JSONValue) throws -> [(name: String, text: String)] {
    guard case .object(let members) = value else {
      throw FileProblem("has metadata that are no JSON object")
    }
    return try members.map { name, value in
      guard case .string(let text) = value else {
        throw FileProblem("has metadata '\(name)' that are no string")
      }
      return (name, text)
    }
  }

  /// As the format demands: no byte belongs to two tensors or to none.
  private static func checkCover(_ ranges: [Range<Int>], of count: Int) throws {
    var end = 0
    for range in ranges.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard range.lowerBound >= end else { throw FileProblem("has tensors that overlap") }
      guard range.lowerBound == end else { throw FileProblem("has a gap between its tensors") }
      end = range.upperBound
    }
    guard end == count else {
      throw FileProblem("has \(count - end) bytes that belong to no tensor")
    }
  }
}

/// What the header says of one tensor.
private struct SafetensorsEntry {
  let encoding: ElementEncoding
  let shape: Shape
  let range: Range<Int>

  private static let formats: [String: ElementEncoding.Format] = [
    "F16": .float16, "BF16": .brainFloat16, "F32": .float32, "F64": .float64, "I8": .int8,
    "I16": .int16, "I32": .int32, "I64": .int64, "U8": .uint8, "U16": .uint16, "U32": .uint32,
    "U64": .uint64, "BOOL": .uint8,
  ]

  init(_ name: String, _ value: JSONValue, content count: Int) throws {
    guard case .object(let members) = value else { throw FileProblem("has a malformed header") }
    var type: String?
    var extents: [Int]?
    var offsets: [Int]?
    for (key, value) in members {
      switch (key, value) {
      case ("dtype", .string(let text)): type = text
      case ("shape", .array(let values)): extents = try SafetensorsEntry.integers(values)
      case ("data_offsets", .array(let values)): offsets = try SafetensorsEntry.integers(values)
      default: throw FileProblem("has an unknown entry '\(key)' at tensor '\(name)'")
      }
    }
    guard let type, let extents, let offsets, offsets.count == 2 else {
      throw FileProblem("has an incomplete entry for tensor '\(name)'")
    }
    guard let format = SafetensorsEntry.formats[type] else {
      throw FileProblem("has tensor '\(name)' of type \(type), which cannot be read")
    }
    encoding = ElementEncoding(format: format)
    shape = try Shape(checked: extents)
    guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= count else {
      throw FileProblem("is truncated, or tensor '\(name)' lies outside of it")
    }
    range = offsets[0]..<offsets[1]
    guard range.count == shape.count * encoding.byteCount else {
      throw FileProblem(
        "has tensor '\(name)' of shape \(shape) and type \(type) in \(range.count) bytes")
    }
  }

  private static func integers(_ values: [JSONValue]) throws -> [Int] {
    try values.map { value in
      guard case .integer(let number) = value else { throw FileProblem("has a malformed header") }
      return number
    }
  }
}
