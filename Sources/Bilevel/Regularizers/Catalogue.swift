import Script

/// The regularizers and fidelities that are open to scripts: one line per member.
public enum RegularizerLibrary: ScriptLibrary {
  /// The regularizers.
  static let types: [Declaration] = [
    TotalVariation.declaration, FieldsOfExperts.declaration, ConvexRidge.declaration,
    WeaklyConvexRidge.declaration, HigherOrderVariation.declaration, WaveletFrame.declaration,
    Tikhonov.declaration, ICNN.declaration, IDCNN.declaration, Sum.declaration,
  ]

  /// `bl.regularizer`, `bl.fidelity` and `bl.parameters`.
  public static let entries: [Entry] =
    [
      .group(
        "regularizer", "What is learned: R(x; theta), with parameters theta.",
        types.map(Entry.type)),
      .group(
        "fidelity", "How far a prediction is from the data.",
        [
          .type(SquaredL2.self), .type(WeightedSquaredL2.self), .type(HuberFidelity.self),
          .type(PoissonFidelity.self),
        ]),
    ] + ParameterLibrary.entries
}

/// What all regularizers answer in scripts.
enum RegularizerMembers {
  /// `R:describe()` and `R:parameters { seed = }`.
  static var shared: [Member] {
    Member.shared(by: (any Regularizer).self) {
      Method(
        "describe", "The blocks of theta: name, shape, transform, count.", returns: "a text"
      ) { $0.layout.description }
    }
  }
}
