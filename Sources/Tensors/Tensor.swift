import Kernels

/// A dense, contiguous array of Float32 or Float64 in row-major order, 64-byte aligned, copied on write.
///
/// Values of one tensor share storage until one of them is changed. All in-place operations demand
/// equal shapes and element types; that is the caller's to see to (scripts are checked at the border).
public struct Tensor: @unchecked Sendable {
  /// Extents of the axes.
  public let shape: Shape
  /// Float32 or Float64.
  public let elementType: ElementType
  private var storage: Storage

  /// A tensor of zeros.
  public init(zeros shape: Shape, _ elementType: ElementType = .float64) {
    self.shape = shape
    self.elementType = elementType
    storage = Storage(byteCount: shape.count * elementType.byteCount)
  }

  /// A tensor whose elements are whatever the memory held; every one must be written.
  init(uninitialized shape: Shape, _ elementType: ElementType) {
    self.shape = shape
    self.elementType = elementType
    storage = Storage(byteCount: shape.count * elementType.byteCount, zeroed: false)
  }

  /// A tensor with the given elements, row-major.
  public init(_ elements: [Double], shape: Shape, _ elementType: ElementType = .float64) {
    precondition(
      elements.count == shape.count, "A shape of \(shape) needs \(shape.count) elements.")
    self.init(uninitialized: shape, elementType)
    switch elementType {
    case .float64:
      withMutable(Double.self) { target in for i in elements.indices { target[i] = elements[i] } }
    case .float32:
      withMutable(Float.self) { target in
        for i in elements.indices { target[i] = Float(elements[i]) }
      }
    }
  }

  /// The same elements in another shape of the same count; shares storage.
  public init(reshaping tensor: Tensor, to shape: Shape) {
    precondition(shape.count == tensor.count, "Reshaping keeps the number of elements.")
    self.shape = shape
    elementType = tensor.elementType
    storage = tensor.storage
  }

  /// Number of elements.
  public var count: Int { shape.count }

  /// Bytes held outside of the script's collector.
  public var byteCount: Int { count * elementType.byteCount }

  /// The elements, for kernels; valid only inside the closure and never for writing.
  @inline(__always)
  public func withBytes<R>(_ body: (UnsafeRawPointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) { try body(UnsafeRawPointer(storage.base)) }
  }

  /// The elements, for kernels that write; makes the storage unique first.
  @inline(__always)
  public mutating func withMutableBytes<R>(_ body: (UnsafeMutableRawPointer) throws -> R) rethrows
    -> R
  {
    makeUnique()
    return try withExtendedLifetime(storage) { try body(storage.base) }
  }

  /// The elements as `Element`, which must be the run-time element type.
  @inline(__always)
  public func with<Element, R>(_ type: Element.Type, _ body: (UnsafePointer<Element>) throws -> R)
    rethrows -> R
  {
    precondition(MemoryLayout<Element>.size == elementType.byteCount, "The element types differ.")
    return try withBytes { try body($0.assumingMemoryBound(to: Element.self)) }
  }

  /// The elements as `Element` for writing; makes the storage unique first.
  @inline(__always)
  public mutating func withMutable<Element, R>(
    _ type: Element.Type, _ body: (UnsafeMutablePointer<Element>) throws -> R
  ) rethrows -> R {
    precondition(MemoryLayout<Element>.size == elementType.byteCount, "The element types differ.")
    return try withMutableBytes { try body($0.assumingMemoryBound(to: Element.self)) }
  }

  /// One element by its row-major position.
  public subscript(flat index: Int) -> Double {
    get {
      precondition(index >= 0 && index < count, "Index out of range.")
      return elementType == .float64
        ? with(Double.self) { $0[index] } : Double(with(Float.self) { $0[index] })
    }
    set {
      precondition(index >= 0 && index < count, "Index out of range.")
      if elementType == .float64 {
        withMutable(Double.self) { $0[index] = newValue }
      } else {
        withMutable(Float.self) { $0[index] = Float(newValue) }
      }
    }
  }

  /// All elements as Double, row-major.
  public var elements: [Double] {
    elementType == .float64
      ? with(Double.self) { Array(UnsafeBufferPointer(start: $0, count: count)) }
      : with(Float.self) { UnsafeBufferPointer(start: $0, count: count).map(Double.init) }
  }

  /// The same numbers in another element type.
  public func converted(to elementType: ElementType) -> Tensor {
    guard elementType != self.elementType else { return self }
    var result = Tensor(uninitialized: shape, elementType)
    let count = count
    switch elementType {
    case .float32:
      result.withMutable(Float.self) { target in
        with(Double.self) { source in for i in 0..<count { target[i] = Float(source[i]) } }
      }
    case .float64:
      result.withMutable(Double.self) { target in
        with(Float.self) { source in for i in 0..<count { target[i] = Double(source[i]) } }
      }
    }
    return result
  }

  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) { storage = Storage(copying: storage) }
  }

  private final class Storage {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int, zeroed: Bool = true) {
      self.byteCount = byteCount
      base = .allocate(byteCount: max(byteCount, 64), alignment: 64)
      if zeroed {
        base.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 64))
      }
    }

    convenience init(copying other: Storage) {
      self.init(byteCount: other.byteCount, zeroed: false)
      base.copyMemory(from: other.base, byteCount: byteCount)
    }

    deinit { base.deallocate() }
  }
}
