import Script
import Tensors

/// A measure of how near an image is to the truth: an immutable description.
///
/// Images are compared as they are: whole, without cropping or clipping.
public protocol Metric: Sendable {
  /// The name in tables: `psnr`.
  var name: String { get }
  /// The measure of one image against its truth of the same shape.
  func value(of image: Tensor, truth: Tensor) throws -> Double
}

extension Metric {
  /// Throws the error of two images that cannot be compared.
  func checkAlike(_ image: Tensor, _ truth: Tensor) throws {
    guard image.shape == truth.shape, image.count > 0 else {
      throw ScriptError(
        "\(name): the image of shape \(image.shape) and the truth of shape \(truth.shape) "
          + "cannot be compared")
    }
  }
}

/// The mean of squared differences.
public struct MeanSquaredError: Metric, Hashable {
  /// 1/N ‖image − truth‖².
  public init() {}

  /// `mse`.
  public var name: String { "mse" }

  /// 1/N ‖image − truth‖², in Float64; one pass.
  public func value(of image: Tensor, truth: Tensor) throws -> Double {
    try checkAlike(image, truth)
    let wide = image.converted(to: .float64)
    return wide.squaredDistance(to: truth.converted(to: .float64)) / Double(image.count)
  }
}

/// What all measures have in scripts: `metric(image, truth)`.
enum MetricMembers {
  static var all: [Member] {
    Member.shared(by: (any Metric).self) {
      Operator(
        call: "The measure of an image.", Argument("image", .object(Tensor.self), "what was found"),
        Argument("truth", .object(Tensor.self), "what should be found"), returns: "a number"
      ) { metric, image, truth in try metric.value(of: image, truth: truth) }
    }
  }
}

extension MeanSquaredError: Scriptable {
  /// The script face of the mean squared error.
  public static let declaration = Declaration(
    MeanSquaredError.self, "mse", "The mean of squared differences.",
    example: "bl.metric.mse()(image, truth)"
  ) {
    Constructor { MeanSquaredError() }
    Text<MeanSquaredError> { _ in "mse()" }
    MetricMembers.all
  }
}
