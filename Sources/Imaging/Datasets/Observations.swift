import Script
import Tensors

/// One training or test example: an image and what was measured of it.
public struct Sample: Sendable {
  /// The image x* that the lower level should find.
  public let truth: Tensor
  /// The measurement y = Ax* + noise.
  public let observed: Tensor

  /// An example from its two parts.
  public init(truth: Tensor, observed: Tensor) {
    self.truth = truth
    self.observed = observed
  }
}

/// The images of a dataset with their measurements: an immutable description.
///
/// Sample i is a function of the image, the operator, and the noise's (seed, i); with `redraw`, of
/// the epoch, too. Slices keep the numbers of their samples, and so their noise.
public final class Observations: Sendable {
  /// Where the images are from.
  public let images: any Dataset
  /// A.
  public let forward: any ForwardOperator
  /// What is added to Ax.
  public let noise: any Noise
  /// Whether each epoch has new noise.
  public let redraws: Bool
  private let range: Range<Int>
  private let cache: ImageCache

  /// Measurements of all images.
  public convenience init(
    of images: any Dataset, through forward: any ForwardOperator = IdentityOperator(),
    noise: any Noise = NoNoise(), redraws: Bool = false
  ) {
    self.init(images, forward, noise, redraws, 0..<images.count, ImageCache())
  }

  private init(
    _ images: any Dataset, _ forward: any ForwardOperator, _ noise: any Noise, _ redraws: Bool,
    _ range: Range<Int>, _ cache: ImageCache
  ) {
    self.images = images
    self.forward = forward
    self.noise = noise
    self.redraws = redraws
    self.range = range
    self.cache = cache
  }

  /// Number of samples.
  public var count: Int { range.count }
  /// Element type of images and measurements.
  public var elementType: ElementType { images.elementType }

  /// The sample at an index from 0; the epoch counts only where noise is redrawn.
  public func sample(at index: Int, epoch: Int = 0) throws -> Sample {
    precondition(index >= 0 && index < count, "Index out of range.")
    let number = range.lowerBound + index
    let truth = try images.image(at: number)
    guard redraws && epoch > 0 else {
      let observed = try cache.image(at: number) { try observe(truth, number, epoch: 0) }
      return Sample(truth: truth, observed: observed)
    }
    return Sample(truth: truth, observed: try observe(truth, number, epoch: epoch))
  }

  /// All samples in order.
  public func samples(epoch: Int = 0) throws -> [Sample] {
    try (0..<count).map { try sample(at: $0, epoch: epoch) }
  }

  /// Ax, without noise.
  public func cleanMeasurement(of truth: Tensor) throws -> Tensor {
    let prepared = try forward.prepared(for: truth.shape, truth.elementType)
    return prepared.isIdentity ? truth : prepared.apply(truth)
  }

  /// The measurement at an index from 0 in an epoch, from the clean one.
  public func measurement(from clean: Tensor, at index: Int, epoch: Int) -> Tensor {
    noise.observed(clean, index: range.lowerBound + index, epoch: redraws ? epoch : 0)
  }

  private func observe(_ truth: Tensor, _ number: Int, epoch: Int) throws -> Tensor {
    noise.observed(try cleanMeasurement(of: truth), index: number, epoch: epoch)
  }

  // MARK: Parts

  /// The first `count` samples, or all if there are fewer.
  public func prefix(_ count: Int) -> Observations {
    part(range.lowerBound..<range.lowerBound + min(max(count, 0), self.count))
  }

  /// All but the first `count` samples.
  public func dropFirst(_ count: Int) -> Observations {
    part(range.lowerBound + min(max(count, 0), self.count)..<range.upperBound)
  }

  /// The first round(fraction · count) samples, and the others, both in order.
  public func split(at fraction: Double) -> (Observations, Observations) {
    precondition(fraction >= 0 && fraction <= 1, "A fraction lies in [0, 1].")
    let first = Int((fraction * Double(count)).rounded())
    return (prefix(first), dropFirst(first))
  }

  private func part(_ range: Range<Int>) -> Observations {
    Observations(images, forward, noise, redraws, range, cache)
  }
}

extension Observations {
  /// What `observe` is told.
  struct Options {
    var forward: any ForwardOperator = IdentityOperator()
    var noise: any Noise = NoNoise()
    var redraw = false

    static let kind = Kind.record(Options()) {
      Field("operator", \.forward, .object((any ForwardOperator).self, "an operator"), "A")
      Field("noise", \.noise, .object((any Noise).self, "a noise"), "what is added to A x")
      Field("redraw", \.redraw, "whether each epoch of a stochastic method has new noise")
    }
  }

  private var options: Options { Options(forward: forward, noise: noise, redraw: redraws) }
}

extension Observations: Scriptable {
  /// The script face of samples.
  public static let declaration = Declaration(
    Observations.self, "samples", "Images with what was measured of them, made by ds:observe."
  ) {
    Text<Observations> { samples in
      let skipped = samples.range.lowerBound > 0 ? ":skip(\(samples.range.lowerBound))" : ""
      let taken = samples.range.upperBound < samples.images.count ? ":take(\(samples.count))" : ""
      return text(of: samples.images) + ":observe "
        + Options.kind.write(samples.options).description + skipped + taken
    }
    Operator(.length, "The number of samples.") { $0.count }
    Elements("the samples, from 1") { samples, key in
      try position(of: key, count: samples.count).map { try samples.sample(at: $0) }
    }
    Method(
      "take", "The first n samples; all if there are fewer.",
      Argument("n", .integer(atLeast: 0), "how many"), returns: "samples"
    ) { samples, count in samples.prefix(count) }
    Method(
      "skip", "All but the first n samples.",
      Argument("n", .integer(atLeast: 0), "how many"), returns: "samples"
    ) { samples, count in samples.dropFirst(count) }
    Method(
      "split", "Two parts in order, as for training and testing.",
      Argument("fraction", .number(atLeast: 0, atMost: 1), "share of the first part"),
      returns: "two lists of samples"
    ) { samples, fraction in
      let (first, second) = samples.split(at: fraction)
      return Results(first, second)
    }
  }
}

extension Sample: Scriptable {
  /// The script face of one sample.
  public static let declaration = Declaration(
    Sample.self, "sample", "An image and what was measured of it."
  ) {
    Property("truth", \.truth, "the image that should be found")
    Property("observed", \.observed, "the noisy measurement of it")
    Text<Sample> { "sample of an image \($0.truth.shape)" }
  }
}
