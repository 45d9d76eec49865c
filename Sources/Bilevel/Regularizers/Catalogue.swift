import Script

/// The regularizers and fidelities that are open to scripts: one line per member.
public enum RegularizerLibrary: ScriptLibrary {
  /// `bl.regularizer`, `bl.fidelity` and `bl.parameters`.
  public static let entries: [Entry] =
    [
      .group(
        "regularizer", "What is learned: R(x; theta), with parameters theta.",
        [
          .type(TotalVariation.self),
          .type(FieldsOfExperts.self),
          .type(ConvexRidge.self),
          .type(WeaklyConvexRidge.self),
          .type(HigherOrderVariation.self),
          .type(WaveletFrame.self),
          .type(Tikhonov.self),
          .type(ICNN.self),
          .type(IDCNN.self),
          .type(Sum.self),
        ]),
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
