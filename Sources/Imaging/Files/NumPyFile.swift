import Script
import Tensors

/// A `.npy` file: one array.
///
/// Reads real numbers of every width, in C or Fortran order and either byte order; writes Float32
/// and Float64 in C order, version 1.0.
public enum NumPyFile {
  /// The array in the file at `path`.
  public static func read(_ path: String) throws -> Tensor {
    try FileBytes.read(path) { try tensor(from: $0, named: path) }
  }

  /// Writes the tensor to the file at `path`.
  public static func write(_ tensor: Tensor, to path: String) throws {
    try NumPyHeader.bytes(for: tensor).withUnsafeBytes { header in
      try tensor.withLittleEndianBytes { try AtomicFile.write(pieces: [header, $0], to: path) }
    }
  }

  /// The array in the bytes of a `.npy` file, called `name` in errors.
  static func tensor(from bytes: UnsafeRawBufferPointer, named name: String) throws -> Tensor {
    do {
      return try tensor(from: bytes)
    } catch let problem as FileProblem {
      throw FileError(name, problem.text)
    } catch let error as ScriptError {
      throw FileError(name, error.description)
    }
  }

  private static func tensor(from bytes: UnsafeRawBufferPointer) throws -> Tensor {
    let header = try NumPyHeader(bytes)
    let shape = try Shape(
      checked: header.isColumnMajor ? header.extents.reversed() : header.extents)
    let content = UnsafeRawBufferPointer(rebasing: bytes[header.byteCount...])
    let expected = shape.count * header.encoding.byteCount
    guard content.count >= expected else {
      throw FileProblem(
        "is truncated: \(expected) bytes of numbers are announced, \(content.count) are there")
    }
    guard content.count == expected else {
      throw FileProblem("has \(content.count - expected) bytes behind its array")
    }
    let tensor = header.encoding.tensor(from: content, shape: shape)
    return header.isColumnMajor ? tensor.transposed() : tensor
  }
}
