import Script
import Tensors

/// The images of a dataset, each turned and mirrored at random.
///
/// Every version is a fixed function of (seed, index); all that are possible are equally likely.
public final class Augmented: Dataset {
  /// What may happen to an image.
  public struct Options: Hashable, Sendable {
    /// Whether images are mirrored left to right.
    public var flips = true
    /// Whether images are turned by multiples of 90°.
    public var rotations = true
    /// How many versions of each image; the versions of one image follow each other.
    public var copies = 1
    /// Key of the choices; drawn from the session when nil.
    public var seed: Int?

    /// One version of each image, flips and rotations.
    public init() {}
  }

  /// Where the images are from.
  public let base: any Dataset
  /// What may happen to them.
  public let options: Options
  private let seed: Int

  /// Versions of the images of `base`.
  public init(_ base: any Dataset, _ options: Options) {
    precondition(options.copies >= 1, "There is at least one version of each image.")
    self.base = base
    seed = options.seed ?? Session.shared.nextSeed()
    var options = options
    options.seed = seed
    self.options = options
  }

  /// Number of images.
  public var count: Int { base.count * options.copies }
  /// Element type of all images.
  public var elementType: ElementType { base.elementType }
  /// The image at an index from 0.
  public func image(at index: Int) throws -> Tensor {
    var source = RandomSource(seed: seed, .augmentation, index: index)
    let flip = source.next() & 1 == 1
    let turns = source.integer(below: 4)
    return try base.image(at: index / options.copies).oriented(
      quarterTurns: options.rotations ? turns : 0, mirrored: options.flips && flip)
  }
}

extension Augmented.Options {
  /// A table of named arguments.
  static let kind = Kind.record(Augmented.Options()) {
    Field("flips", \.flips, "whether images are mirrored left to right")
    Field("rotations", \.rotations, "whether images are turned by multiples of 90 degrees")
    Field(
      "copies", \.copies, .integer(atLeast: 1, atMost: DatasetMembers.mostImages),
      "versions of each image")
    Field("seed", \.seed, "key of the choices; drawn when absent")
  }
}

extension Augmented: Scriptable {
  /// The script face of turned and mirrored images.
  public static let declaration = Declaration(
    Augmented.self, "augmented", "The images of a dataset, turned and mirrored at random."
  ) {
    Text<Augmented> { text(of: $0.base) + ":augment " + Options.kind.write($0.options).description }
    DatasetMembers.all
  }
}
