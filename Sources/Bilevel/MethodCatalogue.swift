import Script

/// The solvers, losses and estimators of this module that are open to scripts.
public enum MethodCatalogue {
  /// One line for each member.
  public static let entries: [Entry] = [
    .group(
      "solver", "Solvers of the lower level.",
      [
        .type(GradientDescent.self), .type(HeavyBall.self), .type(FISTA.self),
        .type(NMAPG.self), .type(LBFGS.self),
      ]),
    .group(
      "linear", "Solvers of symmetric linear systems.",
      [
        .type(ConjugateGradient.self), .type(MINRES.self), .type(LinearHeavyBall.self),
        .type(LinearGradientDescent.self),
      ]),
    .group(
      "hypergradient", "Ways to compute hypergradients.",
      [
        .type(Implicit.self), .type(Unrolled.self), .type(InexactUnrolled.self),
        .type(Truncated.self), .type(JacobianFree.self), .type(Neumann.self),
      ]),
    .group(
      "loss", "Losses of the upper level.",
      [
        .type(SquaredL2Loss.self), .type(HuberLoss.self), .type(SSIMLoss.self),
        .type(LeastSquaresLoss.self), .type(CrossEntropyLoss.self),
      ]),
    .function(ThreadExecutor.threadsFunction),
  ]
}
