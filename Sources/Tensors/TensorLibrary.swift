import Script

/// What this room opens to scripts: tensors, their makers, and the defaults of the session.
public enum TensorLibrary: ScriptLibrary {
  /// The type, its makers, and the settings.
  public static let entries: [Entry] = [.type(Tensor.self)] + makers + joiners + settings

  private static let makers: [Entry] = [
    .function(
      Function(
        "zeros", "A tensor of zeros.", Argument("shape", Making.kind, "extents"),
        returns: "a tensor", example: "bl.zeros {2, 3}"
      ) { Tensor(zeros: try $0.shape, $0.elementType) }),
    .function(
      Function(
        "ones", "A tensor of ones.", Argument("shape", Making.kind, "extents"),
        returns: "a tensor", example: "bl.ones {2, 3}"
      ) { Tensor(repeating: 1, shape: try $0.shape, $0.elementType) }),
    .function(
      Function(
        "full", "A tensor of one number.", Argument("shape", Making.kind, "extents"),
        Argument("value", .number(finite: false), "the number"), returns: "a tensor",
        example: "bl.full({2, 3}, 0.5)"
      ) { Tensor(repeating: $1, shape: try $0.shape, $0.elementType) }),
    .function(
      Function(
        "eye", "The identity matrix.", Argument("n", .integer(atLeast: 0), "rows and columns"),
        returns: "a tensor"
      ) { n in
        _ = try Shape(checked: [n, n])
        return Tensor(identity: n, Session.shared.elementType)
      }),
    .function(
      Function(
        "arange", "Equally spaced numbers by their step, the end included where it is met.",
        Argument("a", .number, "first"), Argument("b", .number, "last"),
        Argument("step", .number, default: 1, "distance"), returns: "a tensor",
        example: "bl.arange(1, 10)"
      ) { try Tensor(from: $0, through: $1, by: $2, Session.shared.elementType) }),
    .function(
      Function(
        "linspace", "Equally spaced numbers by their count, both ends included.",
        Argument("a", .number, "first"), Argument("b", .number, "last"),
        Argument("n", .integer(atLeast: 1), default: 50, "how many"), returns: "a tensor",
        example: "bl.linspace(0, 1, 5)"
      ) { try Tensor(from: $0, to: $1, count: $2, Session.shared.elementType) }),
    .function(
      Function(
        "rand", "Random numbers, uniform on [0, 1).",
        Argument("shape", Making.randomKind, "extents"),
        returns: "a tensor", example: "bl.rand {2, 3, seed = 1}"
      ) { making in
        var source = making.source
        return Tensor(uniform: try making.shape, making.elementType, from: &source)
      }),
    .function(
      Function(
        "randn", "Standard normal random numbers.", Argument("shape", Making.randomKind, "extents"),
        returns: "a tensor", example: "bl.randn {2, 3, seed = 1}"
      ) { making in
        var source = making.source
        return Tensor(normal: try making.shape, making.elementType, from: &source)
      }),
  ]

  private static let joiners: [Entry] = [
    .function(
      Function(
        "stack", "Tensors of one shape, side by side along a new first axis.",
        Argument("tensors", .list(of: .object(Tensor.self)), "the tensors"), returns: "a tensor",
        example: "bl.stack {t, u}"
      ) { try Tensor(stacking: $0) }),
    .function(
      Function(
        "concatenate", "Tensors one after the other along an axis.",
        Argument("tensors", .list(of: .object(Tensor.self)), "the tensors"),
        Argument("axis", .integer(atLeast: 1), default: 1, "the axis"), returns: "a tensor",
        example: "bl.concatenate({t, u}, 2)"
      ) { try Tensor(concatenating: $0, axis: $1 - 1) }),
  ]

  private static let settings: [Entry] = [
    .function(
      Function(
        "precision", "Sets or tells the element type of what is made from now on.",
        Argument("dtype", .optional(ElementType.kind), "element type; unchanged when absent"),
        returns: "the element type", example: "bl.precision \"float32\""
      ) { elementType in
        if let elementType { Session.shared.elementType = elementType }
        return Session.shared.elementType.rawValue
      }),
    .function(
      Function(
        "seed",
        "Sets the seed from which unseeded random objects draw theirs, in order of creation.",
        Argument("n", .integer, "the seed"), example: "bl.seed(1)"
      ) { Session.shared.seed($0) }),
  ]
}

/// Extents and what else a maker of tensors takes: `{2, 3, dtype = "float32", seed = 1}`.
private struct Making {
  var extents: [Int] = []
  var chosenType: ElementType?
  var seed: Int?

  var shape: Shape { get throws { try Shape(checked: extents) } }
  var elementType: ElementType { chosenType ?? Session.shared.elementType }
  var source: RandomSource { RandomSource(seed: seed ?? Session.shared.nextSeed()) }

  static let kind = Kind.record(Making()) { fields }

  static let randomKind = Kind.record(Making()) {
    fields
    Field("seed", \.seed, .optional(.integer), "key of the numbers; drawn when absent")
  }

  @FieldBuilder<Making> private static var fields: [Field<Making>] {
    Field(
      elements: "extents", \.extents, .list(of: .integer(atLeast: 0)), "extents", required: true)
    Field(
      "dtype", \.chosenType, .optional(ElementType.kind),
      "element type; that of bl.precision when absent")
  }
}
