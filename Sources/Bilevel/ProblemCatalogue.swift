import Script

/// The problem, the penalties and the optimizers that are open to scripts.
public enum ProblemLibrary: ScriptLibrary {
  /// One line for each member.
  public static let entries: [Entry] =
    [
      .type(BilevelProblem.self), .type(UpperLevelRun.self), .type(UpperLevelStep.self),
      .group("operator", "Linear forward operators.", [.type(SamplingOperator.self)]),
      .group(
        "penalty", "Penalties of the parameters.",
        [
          .type(SquaredL2Penalty.self), .type(L1Penalty.self), .type(ConditionNumberPenalty.self),
          .type(CurvaturePenalty.self), .type(SamplingPenalty.self),
        ]),
      .group(
        "optimizer", "Methods of the upper level.",
        [
          .type(MAID.self), .type(HOAG.self), .type(ISGD.self), .type(IAdam.self),
          .type(UpperGradientDescent.self), .type(Adam.self), .type(DFOLS.self),
        ]),
      ScheduleCatalogue.group, .group("plot", "", [.function(SchedulePlot.function)]),
      .group(
        "state", "States of optimizers, and how they are read.",
        [.type(UpperLevelState.self), .function(UpperLevelState.loadFunction)]),
    ] + CheckLibrary.entries
}
