import Script
import Tensors

/// Examples with labels: the rows of a matrix, {count, features}, each of one of two or more classes.
///
/// Two classes, labelled −1 and 1, may share one score: x has the shape {features}, and the second
/// class has the probability 1/(1 + e^−⟨x, a⟩). C classes, labelled 1 … C, have a score each: x has the
/// shape {C, features} and the probabilities are the softmax of x a.
struct CrossEntropyData: Sendable {
  /// One example a_i per row.
  let features: Tensor
  /// Labels as they were given.
  let labels: [Int]
  /// ‖a_i‖.
  let rowNorms: [Double]
  /// ‖A‖², at most 5 % too large.
  let squaredNorm: Double

  /// The given examples; throws a misuse error, in the name of the function, where they do not fit.
  init(features: Tensor?, labels: Tensor?, of name: String) throws {
    let features = try features.required("features", of: name, axes: ["count", "features"])
    let labels = try labels.required("labels", of: name, axes: ["count"], [features.shape[0]])
    self.features = features
    self.labels = try Self.whole(labels, of: name)
    rowNorms = Self.norms(features)
    squaredNorm = try GramSpectrum.largest(of: features)
  }

  private init(_ data: CrossEntropyData, features: Tensor) {
    self.features = features
    labels = data.labels
    rowNorms = data.rowNorms
    squaredNorm = data.squaredNorm
  }

  /// The same examples in another element type.
  func converted(to elementType: ElementType) -> CrossEntropyData {
    CrossEntropyData(self, features: features.converted(to: elementType))
  }

  /// What a number of classes may be.
  static var classes: Kind<Int> { .integer(atLeast: 2, atMost: mostClasses) }

  /// Number of examples.
  var count: Int { features.shape[0] }
  /// Elements of an example.
  var width: Int { features.shape[1] }
  /// The largest ‖a_i‖.
  var largestNorm: Double { rowNorms.max() ?? 0 }
  /// Whether all labels are −1 and 1.
  private var isBinary: Bool { labels.allSatisfy { abs($0) == 1 } }
  /// Whether the labels belong to one score; where all are 1, nobody knows.
  var hasOneScore: Bool { isBinary && labels.contains(-1) }

  /// The shape of x: {features} for labels −1 and 1, else {C, features} with at least so many classes.
  func shape(classes: Int?, of name: String) throws -> Shape {
    if classes == nil, hasOneScore { return [width] }
    let largest = labels.max() ?? 0
    guard labels.allSatisfy({ $0 >= 1 }) else {
      throw ScriptError(
        "\(name): 'labels' are either -1 and 1 (without 'classes') or 1 ... C, got -1"
          + (classes == nil ? " and \(largest)" : ""))
    }
    guard largest >= 2 || classes ?? 0 >= 2 else {
      throw ScriptError("\(name): all 'labels' are 1; say how many 'classes' there are")
    }
    if let classes, classes < largest {
      throw ScriptError("\(name): 'classes' is \(classes), but a label is \(largest)")
    }
    return try Shape(checked: [classes ?? largest, width])
  }

  /// Why an x of this shape cannot score the examples; nil if it can.
  func misfit(of shape: Shape) -> String? {
    let isSingle = shape.rank == 1
    guard (1...2).contains(shape.rank), shape[shape.rank - 1] == width else {
      return "its \(width) features need an x {\(width)} or {classes, \(width)}, not \(shape)"
    }
    if isSingle { return isBinary ? nil : "an x \(shape) needs labels -1 and 1" }
    let fits = labels.allSatisfy { (1...shape[0]).contains($0) }
    return fits ? nil : "an x \(shape) needs labels 1 ... \(shape[0])"
  }

  /// Labels from 0, for x of a shape that fits.
  func indices(for shape: Shape) -> [Int32] {
    shape.rank == 1 ? labels.map { $0 == 1 ? 1 : 0 } : labels.map { Int32($0 - 1) }
  }

  private static func whole(_ labels: Tensor, of name: String) throws -> [Int] {
    try labels.elements.enumerated().map { index, value in
      guard let label = Int(exactly: value), label == -1 || (1...mostClasses).contains(label) else {
        let hint = value == 0 ? "; for labels that count from 0, give labels + 1" : ""
        throw ScriptError(
          "\(name): 'labels' must be -1 and 1, or whole numbers from 1 to \(mostClasses), got "
            + "\(value) at \(index + 1)\(hint)")
      }
      return label
    }
  }

  /// More are more likely a mistake, and an x of so many rows would not fit in memory.
  static let mostClasses = 10_000

  private static func norms(_ features: Tensor) -> [Double] {
    let width = features.shape[1]
    let elements = features.elements
    return (0..<features.shape[0]).map { row in
      var sum = 0.0
      for i in row * width..<(row + 1) * width { sum += elements[i] * elements[i] }
      return sum.squareRoot()
    }
  }
}
