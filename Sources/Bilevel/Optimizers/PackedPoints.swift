import Tensors

/// Points of any number of samples in a few arrays and lists of words; all images are of the one element
/// type of their problem.
struct PackedPoints: ArchivedRecord {
  let points: [SamplePoint]

  init(_ points: [SamplePoint]) { self.points = points }

  init(from archive: StateArchive) throws {
    let shapes: PackedList<PackedShape> = try archive.read("shapes")
    let outcomes: PackedList<Outcome> = try archive.read("outcomes")
    let epochs: PackedList<Int> = try archive.read("epochs")
    let active: PackedList<Bool> = try archive.read("active")
    let solved: PackedList<Bool> = try archive.read("has_adjoint")
    let distances: [Double] = try archive.read("distances")
    let sizes: PackedList<Int> = try archive.read("subspace_sizes")
    let scales: [Double] = try archive.read("subspace_scales")
    let count = shapes.values.count
    let counts = [
      outcomes.values.count, epochs.values.count, active.values.count, solved.values.count,
      distances.count, sizes.values.count, scales.count,
    ]
    guard counts.allSatisfy({ $0 == count }), sizes.values.allSatisfy({ $0 >= 0 }) else {
      throw StateArchive.Gap(name: "points")
    }
    var images = Pieces(try archive.read("images"))
    var adjoints = Pieces(try archive.read("adjoints"))
    var subspaces = Pieces(try archive.read("subspaces"))
    points = try (0..<count).map { i in
      let shape = shapes.values[i].shape
      var point = SamplePoint(image: try images.next(shape))
      if solved.values[i] { point.adjoint = try adjoints.next(shape) }
      if sizes.values[i] > 0 {
        point.subspace = try subspaces.next(shape, sizes.values[i], scale: scales[i])
      }
      point.distance = distances[i]
      point.outcome = outcomes.values[i]
      point.epoch = epochs.values[i]
      point.isActive = active.values[i]
      return point
    }
  }

  func write(to archive: inout StateArchive) {
    archive.write(PackedList(points.map { PackedShape($0.image.shape) }), as: "shapes")
    archive.write(PackedList(points.map(\.outcome)), as: "outcomes")
    archive.write(PackedList(points.map(\.epoch)), as: "epochs")
    archive.write(PackedList(points.map(\.isActive)), as: "active")
    archive.write(PackedList(points.map { $0.adjoint != nil }), as: "has_adjoint")
    archive.write(points.map(\.distance), as: "distances")
    archive.write(Self.packed(points.map(\.image)), as: "images")
    archive.write(Self.packed(points.compactMap(\.adjoint)), as: "adjoints")
    let subspaces = points.map(\.subspace)
    archive.write(PackedList(subspaces.map { $0?.vectors.count ?? 0 }), as: "subspace_sizes")
    archive.write(subspaces.map { $0?.scale ?? 0 }, as: "subspace_scales")
    archive.write(
      Self.packed(subspaces.flatMap { ($0?.vectors ?? []) + ($0?.images ?? []) }), as: "subspaces")
  }

  private static func packed(_ tensors: [Tensor]) -> Tensor {
    let elements = tensors.flatMap(\.elements)
    return Tensor(elements, shape: [elements.count], tensors.first?.elementType ?? .float64)
  }

  /// The tensors that lie in one, one after the other.
  private struct Pieces {
    private let elements: [Double]
    private let elementType: ElementType
    private var place = 0

    init(_ tensor: Tensor) {
      elements = tensor.elements
      elementType = tensor.elementType
    }

    mutating func next(_ shape: Shape) throws -> Tensor {
      guard shape.count <= elements.count - place else { throw StateArchive.Gap(name: "points") }
      defer { place += shape.count }
      return Tensor(Array(elements[place..<place + shape.count]), shape: shape, elementType)
    }

    /// Vectors, then their images.
    mutating func next(_ shape: Shape, _ size: Int, scale: Double) throws -> RecycledSubspace {
      guard scale > 0, size <= elements.count else {
        throw StateArchive.Gap(name: "points.subspace_scales")
      }
      let vectors = try (0..<size).map { _ in try next(shape) }
      let images = try (0..<size).map { _ in try next(shape) }
      return RecycledSubspace(vectors: vectors, images: images, scale: scale)
    }
  }
}

/// Many short values in one word, `converged;stalled`.
struct PackedList<Element: PackedElement>: Archived {
  let values: [Element]

  init(_ values: [Element]) { self.values = values }

  static func read(from archive: StateArchive, as name: String) throws -> PackedList {
    let text: String = try archive.read(name)
    return PackedList(
      try text.split(separator: ";").map { part in
        guard let value = Element(packed: String(part)) else {
          throw StateArchive.Gap(name: name)
        }
        return value
      })
  }

  func write(to archive: inout StateArchive, as name: String) {
    archive.write(values.map(\.packed).joined(separator: ";"), as: name)
  }
}

/// A value of one short word.
protocol PackedElement {
  init?(packed: String)
  var packed: String { get }
}

extension Bool: PackedElement {
  init?(packed: String) { self = packed == "1" }
  var packed: String { self ? "1" : "0" }
}

extension Int: PackedElement {
  init?(packed: String) { self.init(packed) }
  var packed: String { description }
}

extension Outcome: PackedElement {
  init?(packed: String) { self.init(rawValue: packed) }
  var packed: String { rawValue }
}

/// A shape in one word, `1x96x96`.
struct PackedShape: Archived, PackedElement {
  let shape: Shape

  init(_ shape: Shape) { self.shape = shape }

  init?(packed: String) {
    let extents = packed.split(separator: "x").map { Int($0) }
    guard !extents.contains(nil), let shape = try? Shape(checked: extents.compactMap(\.self))
    else { return nil }
    self.shape = shape
  }

  var packed: String { shape.extents.map { String($0) }.joined(separator: "x") }

  static func read(from archive: StateArchive, as name: String) throws -> PackedShape {
    guard let shape = PackedShape(packed: try archive.read(name)) else {
      throw StateArchive.Gap(name: name)
    }
    return shape
  }

  func write(to archive: inout StateArchive, as name: String) { archive.write(packed, as: name) }
}
