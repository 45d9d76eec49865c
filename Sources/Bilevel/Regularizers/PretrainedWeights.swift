import Imaging
import Script
import Tensors

/// Arrays of a model that was trained elsewhere, under the names that its own framework gave them: the
/// table that `bl.load` returns.
///
/// What is wrong with them is a `Mismatch`, which names the array, what came and what was expected.
public struct PretrainedWeights: Sendable {
  /// The arrays.
  public let tensors: NamedTensors

  /// The arrays of a file.
  public init(_ tensors: NamedTensors) { self.tensors = tensors }

  /// Suffix of arrays that were computed from the others and that no model reads.
  public static let derivedSuffix = "_f64"

  /// The array of that name, of any shape that `accepts`; `words` say which: `a tensor of shape {32}`.
  public func tensor(
    _ name: String, _ words: String, accepts: (Shape) -> Bool
  ) throws -> Tensor {
    guard let tensor = tensors[name] else {
      throw Mismatch(.missing(words)).inside(name).inside(Self.argument)
    }
    guard accepts(tensor.shape) else {
      throw Mismatch(
        .expected(words, got: "a tensor of shape \(tensor.shape)", suggestion: nil)
      ).inside(name).inside(Self.argument)
    }
    guard tensor.elements.allSatisfy(\.isFinite) else {
      throw Mismatch(
        .expected("finite", got: "a tensor with a value that is not", suggestion: nil)
      ).inside(name).inside(Self.argument)
    }
    return tensor
  }

  /// The array of that name and shape.
  public func tensor(_ name: String, _ shape: Shape) throws -> Tensor {
    try tensor(name, "a tensor of shape \(shape)") { $0 == shape }
  }

  /// The array of that name, which holds one number in whatever shape.
  public func number(_ name: String) throws -> Double {
    try tensor(name, "a tensor of one number") { $0.count == 1 }[flat: 0]
  }

  /// Throws for an array that is not among the known names and was not derived from those.
  public func checkNames(_ known: [String]) throws {
    for (name, _) in tensors.entries
    where !known.contains(name) && !name.hasSuffix(Self.derivedSuffix) {
      throw Mismatch(.unknown(name, known: known)).inside(Self.argument)
    }
  }

  /// What the arrays can belong to.
  enum Architecture: String {
    case ridge = "a convex_ridge or weakly_convex_ridge"
    case network = "an icnn"
    case networkDifference = "an idcnn"
    case experts = "a fields_of_experts"

    /// Names that tell it from the others, in files of other programs and of ours.
    private static let signs: [(sign: String, Architecture)] = [
      ("regularizer.filters.0.", .ridge), ("filters_1", .ridge),
      ("regularizer.icnn.", .network), ("wx", .network),
      ("regularizer.icnn1.", .networkDifference), ("convex_wx", .networkDifference),
      ("filters", .experts),
    ]

    /// That of the arrays, as far as their names tell it.
    init?(of tensors: NamedTensors) {
      let found = Self.signs.first { sign, _ in
        tensors.entries.contains {
          sign.hasSuffix(".") ? $0.name.hasPrefix(sign) : $0.name == sign
        }
      }
      guard let found else { return nil }
      self = found.1
    }
  }

  /// Throws where the names of the arrays tell that they belong to something else.
  func check(are expected: Architecture) throws {
    guard let found = Architecture(of: tensors), found != expected else { return }
    let first = tensors.entries.prefix(3).map { "\($0.name) \($0.tensor.shape)" }
    throw Mismatch(
      .expected(
        "the tensors of \(expected.rawValue)",
        got: "those of \(found.rawValue): \(first.joined(separator: ", ")), …", suggestion: nil)
    ).inside(Self.argument)
  }

  private static let argument = "weights"

  /// A script's table of tensors by name; it is written as how many there are, `<7 tensors>`.
  public static let kind = Kind<PretrainedWeights>(
    "a table of tensors by name, as bl.load returns it", type: .table,
    read: { value in
      guard case .table(let table) = value, table.elements.isEmpty, !table.fields.isEmpty else {
        throw Mismatch(expected: "a table of tensors by name, as bl.load returns it", got: value)
      }
      var tensors = NamedTensors()
      // A script's table has no order; errors shall not depend on the run.
      for (name, value) in table.fields.sorted(by: { $0.name < $1.name }) {
        do { tensors.append(try Tensor.kind.read(value), named: name) } catch let error as Mismatch
        {
          throw error.inside(name)
        }
      }
      return PretrainedWeights(tensors)
    },
    write: { .summary("\($0.tensors.entries.count) tensors") })
}
