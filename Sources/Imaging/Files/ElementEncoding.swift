import Tensors

/// How the numbers of an array lie in a file: kind, width and byte order.
struct ElementEncoding: Equatable {
  /// What the bits mean.
  enum Format {
    case float16, brainFloat16, float32, float64
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
  }

  var format: Format
  var isBigEndian = false

  /// Bytes of one number.
  var byteCount: Int {
    switch format {
    case .int8, .uint8: 1
    case .float16, .brainFloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The element type that holds the numbers: Float32 for floats of up to 32 bits, Float64 for the
  /// rest, in which integers beyond 2⁵³ are rounded.
  var elementType: ElementType {
    switch format {
    case .float16, .brainFloat16, .float32: .float32
    default: .float64
    }
  }

  /// The tensor of the numbers at the start of `bytes`, which must hold as many as the shape.
  func tensor(from bytes: UnsafeRawBufferPointer, shape: Shape) -> Tensor {
    precondition(bytes.count >= shape.count * byteCount, "The bytes must hold the whole tensor.")
    var tensor = Tensor(zeros: shape, elementType)
    switch format {
    case .float16:
      decode(bytes, into: &tensor) { (bits: UInt16) in ElementEncoding.number(half: bits) }
    case .brainFloat16:
      decode(bytes, into: &tensor) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float32: decode(bytes, into: &tensor) { (bits: UInt32) in Float(bitPattern: bits) }
    case .float64: decode(bytes, into: &tensor) { (bits: UInt64) in Double(bitPattern: bits) }
    case .int8: decode(bytes, into: &tensor) { (number: Int8) in Double(number) }
    case .int16: decode(bytes, into: &tensor) { (number: Int16) in Double(number) }
    case .int32: decode(bytes, into: &tensor) { (number: Int32) in Double(number) }
    case .int64: decode(bytes, into: &tensor) { (number: Int64) in Double(number) }
    case .uint8: decode(bytes, into: &tensor) { (number: UInt8) in Double(number) }
    case .uint16: decode(bytes, into: &tensor) { (number: UInt16) in Double(number) }
    case .uint32: decode(bytes, into: &tensor) { (number: UInt32) in Double(number) }
    case .uint64: decode(bytes, into: &tensor) { (number: UInt64) in Double(number) }
    }
    return tensor
  }

  @inline(__always)
  private func decode<Raw: FixedWidthInteger & BitwiseCopyable, Element>(
    _ bytes: UnsafeRawBufferPointer, into tensor: inout Tensor, _ number: (Raw) -> Element
  ) {
    let count = tensor.count
    tensor.withMutable(Element.self) { target in
      for i in 0..<count {
        let raw = bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<Raw>.size, as: Raw.self)
        target[i] = number(isBigEndian ? Raw(bigEndian: raw) : Raw(littleEndian: raw))
      }
    }
  }

  /// A 16-bit IEEE 754 number; the type Float16 is not on every platform.
  static func number(half bits: UInt16) -> Float {
    let exponent = Int(bits >> 10) & 0x1F
    let fraction = Float(bits & 0x3FF)
    let magnitude: Float =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 0x1F: fraction == 0 ? .infinity : .nan
      default:
        (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    return bits >> 15 == 1 ? -magnitude : magnitude
  }
}

extension Tensor {
  /// The elements as little-endian bytes, row-major.
  func withLittleEndianBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    #if _endian(little)
      return try withBytes {
        try body(UnsafeRawBufferPointer(start: $0, count: byteCount))
      }
    #else
      #error("Files are written by machines of little-endian byte order only.")
    #endif
  }
}
