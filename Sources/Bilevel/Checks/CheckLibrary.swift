import Imaging
import Script
import Tensors

/// `bl.check.…`.
public enum CheckLibrary: ScriptLibrary {
  /// One function for each kind of law.
  public static let entries: [Entry] = [
    .group(
      "check",
      "Derivatives and laws on a small image, in Float64: a report that prints as a table with a verdict.",
      [.function(adjoint)]
        + [
          onRegularizer(
            "gradient", "First derivatives by x and by theta against differences.",
            ObjectChecks.gradient),
          onRegularizer(
            "hessian",
            "Second and third derivatives against differences; curvature within its bounds.",
            ObjectChecks.hessian),
          onRegularizer(
            "convexity", "Whether the Hessian is positive: its smallest Ritz value at five points.",
            ObjectChecks.convexity),
        ].map { .function($0) } + [.function(hypergradient), .type(LawReport.self)])
  ]

  private static let theta = Argument(
    "theta", .optional(.object(Parameters.self)), "initial parameters when absent")
  private static let seed = Argument(
    "seed", .integer, default: 0, "of random images and directions; the same seed, the same numbers"
  )
  private static let returns = "a report, which prints as a table with a verdict"

  private static func onRegularizer(
    _ name: String, _ summary: String,
    _ check: @escaping @Sendable (any Regularizer, Parameters?, UInt64) throws -> LawReport
  ) -> Function {
    Function(
      name, summary, Argument("regularizer", .object((any Regularizer).self, "a regularizer"), "R"),
      theta, seed, returns: returns,
      example: "print(bl.check.\(name)(bl.regularizer.fields_of_experts { filters = 2, size = 3 }))"
    ) { regularizer, theta, seed in try check(regularizer, theta, UInt64(bitPattern: Int64(seed))) }
  }

  private static let adjoint = Function(
    "adjoint", "<Ax, y> = <x, A*y>, linearity, A*A in one pass, and that the norm is a bound.",
    Argument("operator", .object((any ForwardOperator).self, "an operator"), "A"),
    Argument(
      "shape", .optional(.list(of: .integer(atLeast: 1), count: 3...3)),
      "{channels, height, width} of the images; a small one that fits when absent"),
    seed, returns: returns, example: "print(bl.check.adjoint(bl.operator.radon { angles = 8 }))"
  ) { forward, extents, seed in
    try ObjectChecks.adjoint(
      of: forward, on: try extents.map { try Shape(checked: $0) },
      seed: UInt64(bitPattern: Int64(seed)))
  }

  private static let hypergradient = Function(
    "hypergradient",
    "Every estimator on a toy crop against differences of accurate losses, and a slope test.",
    Argument("problem", .object(BilevelProblem.self), "a problem"), theta, seed, returns: returns,
    details: """
      The slope test: with the right z, |f(theta + t d) - f(theta) - t <z, d>| falls as t^2, with any other \
      one as t; values.slope_order is the exponent that was found.
      """,
    example: "local report = bl.check.hypergradient(problem)  print(report.passed, report)"
  ) { problem, theta, seed in
    try ObjectChecks.hypergradient(
      of: problem, at: theta, seed: UInt64(bitPattern: Int64(seed)))
  }
}
