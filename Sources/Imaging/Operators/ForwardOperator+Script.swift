import Script
import Tensors

/// What all forward operators have in scripts: `A(x)`, `A:adjoint(y)`, `A:norm(shape)`.
enum OperatorMembers {
  /// Stands in where a norm does not depend on the shape.
  private static let smallestImage: Shape = [1, 1, 1]

  static var all: [Member] {
    Member.shared(by: (any ForwardOperator).self) {
      Operator(
        call: "The measurement A x.",
        Argument("x", .object(Tensor.self), "an image {channels, height, width}"),
        returns: "a tensor"
      ) { forward, image in
        try forward.prepared(for: image.shape, image.elementType).apply(image)
      }
      Method(
        "adjoint", "The image A* y, with <A x, y> = <x, A* y>.",
        Argument("y", .object(Tensor.self), "a measurement"), returns: "a tensor"
      ) { forward, measurement in
        let domain = try forward.domain(ofMeasurements: measurement.shape)
        return try forward.prepared(for: domain, measurement.elementType).applyAdjoint(measurement)
      }
      Method(
        "norm", "A true upper bound of the operator norm.",
        Argument(
          "shape", .optional(.list(of: .integer(atLeast: 1), count: 1...8)),
          "of the images; needed where the norm depends on it"), returns: "a number"
      ) { forward, extents in
        let shape = extents.map { Shape($0) } ?? smallestImage
        return try forward.prepared(for: shape, .float64).normBound
      }
    }
  }
}
