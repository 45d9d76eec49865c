import Script
import Tensors

/// What all forward operators have in scripts: `A(x)`, `A:adjoint(y)`, `A:norm(shape)`, `A:pinv(y)`.
public enum OperatorMembers {
  /// All of them, for the declaration of an operator.
  public static var all: [Member] {
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
        try prepared(forward, for: measurement).applyAdjoint(measurement)
      }
      Method(
        "norm", "A true upper bound of the operator norm.",
        Argument(
          "shape", .optional(.list(of: .integer(atLeast: 1), count: 1...8)),
          "of the images; needed where the norm depends on it"), returns: "a number"
      ) { forward, extents in
        guard let shape = try extents.map({ try Shape(checked: $0) }) ?? forward.normDomain else {
          throw ScriptError(
            "norm: this operator's depends on the shape of the images; give it, as in "
              + "A:norm {1, 64, 64}")
        }
        return try forward.prepared(for: shape, .float64).normBound
      }
      Method(
        "pinv",
        "An image whose measurement is near y: where the operator has one, the "
          + "pseudoinverse or what is used in its place (filtered back projection).",
        Argument("y", .object(Tensor.self), "a measurement"), returns: "a tensor"
      ) { forward, measurement in
        guard let image = try prepared(forward, for: measurement).pseudoInverse(of: measurement)
        else { throw ScriptError("pinv: this operator has none; A:adjoint(y) is what there is") }
        return image
      }
    }
  }

  private static func prepared(
    _ forward: any ForwardOperator, for measurement: Tensor
  ) throws -> any PreparedOperator {
    let domain = try forward.domain(ofMeasurements: measurement.shape)
    let prepared = try forward.prepared(for: domain, measurement.elementType)
    guard prepared.codomain == measurement.shape else {
      throw ScriptError(
        "a measurement of shape \(measurement.shape) does not fit: the operator makes "
          + "\(prepared.codomain) of images \(domain)")
    }
    return prepared
  }
}

extension Shape {
  /// (channels, height, width) of an image; throws a misuse error that names the operator where the
  /// shape is no image's.
  func image(for name: String) throws -> (channels: Int, height: Int, width: Int) {
    guard rank == 3, count > 0 else {
      throw ScriptError(
        "bl.operator.\(name): an image has the shape {channels, height, width}, got \(self)")
    }
    return (self[0], self[1], self[2])
  }
}
