import Script
import Tensors

extension Extent {
  /// Sides beyond this are taken for a mistake.
  static let largestSide = 16_384
  /// The same for scenes, which are made on a grid finer than the pixels.
  static let largestSceneSide = 4096

  /// A number of pixels for both sides, or {height, width}.
  static func kind(atMost largest: Int = largestSide) -> Kind<Extent> {
    let side = Kind<Int>.integer(atLeast: 1, atMost: largest)
    return .either(
      side.map({ Extent($0) }, back: \.height),
      Kind<[Int]>.list(of: side, count: 2...2).map(
        { Extent(height: $0[0], width: $0[1]) }, back: { [$0.height, $0.width] }),
      write: { extent in
        extent.height == extent.width
          ? .integer(extent.height) : .list([.integer(extent.height), .integer(extent.width)])
      })
  }
}

/// The position from 0 of an index from 1; nil where there is nothing, which ends `ipairs`.
func position(of key: Value, count: Int) throws -> Int? {
  guard let index = key.asInteger else {
    throw Mismatch(expected: "an index from 1 to \(count)", got: key).inside("index")
  }
  return (1...max(count, 1)).contains(index) && count > 0 ? index - 1 : nil
}

/// What a script would write to make an object; its type's name where that is not known.
func text(of object: Any) -> String {
  guard let object = object as? any Scriptable else { return "object" }
  return Value.object(object).description
}

/// What all datasets have in scripts.
enum DatasetMembers {
  /// Datasets of more images are taken for a mistake.
  static let mostImages = 1_000_000

  static var all: [Member] { access + derived }

  private static var access: [Member] {
    Member.shared(by: (any Dataset).self) {
      Operator(.length, "The number of images.") { $0.count }
      Elements("the images, from 1") { dataset, key in
        try position(of: key, count: dataset.count).map { try dataset.image(at: $0) }
      }
      Method(
        "observe", "What is measured of each image, for training and testing.",
        Argument("options", Observations.Options.kind, "operator and noise"),
        returns: "samples with .truth and .observed",
        details: """
          The noise of sample i is a function of the noise's seed and i, never redrawn by accident.
          """,
        example: "ds:observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }"
      ) { dataset, options in
        Observations(
          of: dataset, through: options.forward, noise: options.noise, redraws: options.redraw)
      }
    }
  }

  private static var derived: [Member] {
    Member.shared(by: (any Dataset).self) {
      Method(
        "take", "The first n images; all if there are fewer.",
        Argument("n", .integer(atLeast: 0), "how many"), returns: "a dataset"
      ) { dataset, count in dataset.prefix(count) }
      Method(
        "skip", "All but the first n images.",
        Argument("n", .integer(atLeast: 0), "how many"), returns: "a dataset"
      ) { dataset, count in dataset.dropFirst(count) }
      Method(
        "split", "Two parts in order, as for training and testing.",
        Argument("fraction", .number(atLeast: 0, atMost: 1), "share of the first part"),
        returns: "two datasets", example: "local train, test = ds:split(0.8)"
      ) { dataset, fraction in
        let (first, second) = dataset.split(at: fraction)
        return Results(first, second)
      }
      Method(
        "patches", "Parts of each image on a regular grid, all that fit.",
        Argument("options", Patches.Options.kind, "which parts"), returns: "a dataset",
        example: "ds:patches { size = 64, stride = 32 }"
      ) { dataset, options in try Patches(of: dataset, options) }
      Method(
        "augment", "Each image turned and mirrored at random.",
        Argument("options", Augmented.Options.kind, "how"), returns: "a dataset",
        example: "ds:augment { flips = true, rotations = true, copies = 4, seed = 3 }"
      ) { dataset, options in
        guard dataset.count <= mostImages / options.copies else {
          throw ScriptError("augment: more than \(mostImages) images; use fewer 'copies'")
        }
        return Augmented(dataset, options)
      }
      Method(
        "map", "What a function makes of each image.",
        Argument("f", .function, "from an image to an image {channels, height, width}"),
        returns: "a dataset", example: "ds:map(function(image) return image ^ 2 end)"
      ) { dataset, function in
        MappedDataset(dataset) { try function.call([$0], Tensor.kind) }
      }
    }
  }
}
