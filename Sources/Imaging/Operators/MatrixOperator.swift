import Script
import Tensors

/// A x = M x for a dense matrix M, {rows, columns}, applied to the elements of x in row-major order.
///
/// Images of any shape with so many elements as M has columns fit; measurements are {rows}. ‖A‖² and the
/// least eigenvalue of A*A are those of the Gram matrix, to rounding, where it is small, else a Lanczos
/// bound (which fails for a share of 10⁻¹⁰ of all starting vectors) and 0. A product costs
/// rows × columns multiply-adds, and memory traffic for as many elements.
public struct MatrixOperator: ForwardOperator {
  private let matrix: Tensor  // Float64
  private let shape: Shape  // of the image that measurements belong to
  private let bounds: (norm: Double, lower: Double)

  /// Up to so many columns the spectrum of the Gram matrix is computed: n³ operations.
  private static let largestGram = 400

  /// The given matrix; `shape` is that of the images to which `adjoint` leads, {1, 1, columns} when nil.
  ///
  /// Throws a misuse error where the matrix is none, is not finite or zero, or the shape does not fit it.
  public init(_ matrix: Tensor, shape: Shape? = nil) throws {
    guard matrix.shape.rank == 2, matrix.count > 0 else {
      throw ScriptError(
        "bl.operator.matrix: 'matrix' must have the shape {rows, columns}, got \(matrix.shape)")
    }
    let size = matrix.norm
    guard size.isFinite, size > 0 else {
      throw ScriptError("bl.operator.matrix: 'matrix' must be finite and not zero")
    }
    let columns = matrix.shape[1]
    let shape = shape ?? [1, 1, columns]
    guard shape.count == columns else {
      throw ScriptError(
        "bl.operator.matrix: images \(shape) have \(shape.count) elements, the matrix has "
          + "\(columns) columns")
    }
    self.matrix = matrix.converted(to: .float64)
    self.shape = shape
    bounds = try Self.bounds(self.matrix)
  }

  private static func bounds(_ matrix: Tensor) throws -> (Double, Double) {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    guard columns <= largestGram else {
      return (try GramSpectrum.largest(of: matrix).squareRoot(), 0)
    }
    // Float32 copies of the matrix differ by their rounding.
    let spectrum = GramSpectrum(
      gram: try GramSpectrum.gram(of: matrix), count: columns, rows: rows,
      roundoff: 2 * ElementType.float32.unitRoundoff)
    return (spectrum.largest.squareRoot(), max(spectrum.smallest, 0))
  }

  /// The matrix in the given element type.
  public func prepared(
    for domain: Shape, _ elementType: ElementType
  ) throws -> any PreparedOperator {
    guard domain.count == matrix.shape[1] else {
      throw ScriptError(
        "bl.operator.matrix: images \(domain) have \(domain.count) elements, the matrix has "
          + "\(matrix.shape[1]) columns")
    }
    return PreparedMatrix(
      map: DenseMap(matrix.converted(to: elementType)), domain: domain, normBound: bounds.norm,
      normalLowerBound: bounds.lower)
  }

  /// The shape that was given.
  public func domain(ofMeasurements codomain: Shape) throws -> Shape {
    guard codomain == [matrix.shape[0]] else {
      throw ScriptError(
        "bl.operator.matrix: measurements have the shape {\(matrix.shape[0])}, got \(codomain)")
    }
    return shape
  }

  /// The shape that was given.
  public var onlyDomain: Shape? { shape }
}

/// The matrix in one element type.
private struct PreparedMatrix: PreparedOperator {
  let map: DenseMap
  let domain: Shape
  let normBound: Double
  let normalLowerBound: Double

  var codomain: Shape { [map.rows] }
  var elementType: ElementType { map.matrix.elementType }

  func application(workers: Int) -> any OperatorApplication { Application(map) }

  private final class Application: OperatorApplication {
    private let map: DenseMap
    private var product: Tensor

    init(_ map: DenseMap) {
      self.map = map
      product = Tensor(zeros: [map.rows], map.matrix.elementType)
    }

    func apply(_ image: Tensor, into measurement: inout Tensor) {
      map.apply(image, into: &measurement)
    }
    func applyAdjoint(_ measurement: Tensor, into image: inout Tensor) {
      image.fill(with: 0)
      map.addAdjoint(measurement, to: &image)
    }
    func applyNormal(_ image: Tensor, into normal: inout Tensor) {
      apply(image, into: &product)
      applyAdjoint(product, into: &normal)
    }
  }
}

extension MatrixOperator: Scriptable {
  /// The script face of matrices.
  public static let declaration = Declaration(
    MatrixOperator.self, "matrix", "A x = M x for a dense matrix, x in row-major order.",
    example: "local A = bl.operator.matrix(bl.randn { 20, 64, seed = 1 }, { 1, 8, 8 })"
  ) {
    Constructor(
      Argument("matrix", .object(Tensor.self), "{rows, columns}"),
      Argument(
        "shape", .optional(.list(of: .integer(atLeast: 1), count: 1...8)),
        "of the images, {1, 1, columns} when absent")
    ) { matrix, extents in
      try MatrixOperator(matrix, shape: extents.map { try Shape(checked: $0) })
    }
    OperatorMembers.all
  }
}
