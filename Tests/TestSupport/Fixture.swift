import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Arrays of an .npz file of stored (uncompressed) Float64 members: the oracle numbers.
public struct Fixture {
  private let arrays: [String: Tensor]

  /// The committed file `Tests/Fixtures/<name>.npz`.
  public init(_ name: String) {
    guard let fixture = Fixture(path: Fixture.root + "/Tests/Fixtures/\(name).npz") else {
      fatalError("Tests/Fixtures/\(name).npz is missing.")
    }
    self = fixture
  }

  /// A file beside the package, or nil where there is none.
  public init?(shared name: String) {
    self.init(path: Fixture.sharedFolder + "oracle/\(name).npz")
  }

  /// Where other people's pictures, models and numbers are, beside the package.
  public static let sharedFolder = root + "/../shared/data/"
  /// Whether they are at hand.
  public static let hasShared = contents(sharedFolder + "README.md") != nil

  /// The package's folder.
  public static let root: String = {
    let file = #filePath
    return String(file.dropLast("/Tests/TestSupport/Fixture.swift".count))
  }()

  /// The named array.
  public subscript(name: String) -> Tensor {
    guard let array = arrays[name] else { fatalError("No array named \(name).") }
    return array
  }

  /// The named array as an image {channels, height, width}.
  public func image(_ name: String) -> Tensor {
    let array = self[name]
    return array.shape.rank == 2
      ? Tensor(reshaping: array, to: [1, array.shape[0], array.shape[1]]) : array
  }

  /// The named number.
  public func number(_ name: String) -> Double { self[name][flat: 0] }

  private init?(path: String) {
    guard let bytes = Fixture.contents(path) else { return nil }
    var arrays: [String: Tensor] = [:]
    var offset = 0
    // Local file headers, one after the other; sizes are in the header or its ZIP64 extra field.
    while offset + 30 <= bytes.count, bytes[offset] == 0x50, bytes[offset + 2] == 3 {
      let nameCount = Fixture.integer(bytes, offset + 26, 2)
      let extraCount = Fixture.integer(bytes, offset + 28, 2)
      var size = Fixture.integer(bytes, offset + 18, 4)
      if size == 0xFFFF_FFFF { size = Fixture.integer(bytes, offset + 30 + nameCount + 12, 8) }
      let name = String(decoding: bytes[offset + 30..<offset + 30 + nameCount], as: UTF8.self)
      let start = offset + 30 + nameCount + extraCount
      if let array = Fixture.array(Array(bytes[start..<start + size])) {
        arrays[String(name.dropLast(4))] = array
      }
      offset = start + size
    }
    self.arrays = arrays
  }

  private static func array(_ bytes: [UInt8]) -> Tensor? {
    let headerCount = integer(bytes, 8, 2)
    let header = String(decoding: bytes[10..<10 + headerCount], as: UTF8.self)
    guard header.contains("'<f8'"), let open = header.firstIndex(of: "("),
      let close = header.firstIndex(of: ")")
    else { return nil }
    let extents = header[header.index(after: open)..<close].split(separator: ",").compactMap {
      Int($0.filter { $0 != " " })
    }
    let shape = Shape(extents.isEmpty ? [1] : extents)
    let elements = bytes.withUnsafeBytes { raw in
      (0..<shape.count).map {
        raw.loadUnaligned(fromByteOffset: 10 + headerCount + 8 * $0, as: Double.self)
      }
    }
    return Tensor(elements, shape: shape)
  }

  private static func integer(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  private static func contents(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }
}
