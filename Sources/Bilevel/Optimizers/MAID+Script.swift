import Script

extension MAID: Scriptable {
  /// `bl.optimizer.maid`.
  public static let declaration = Declaration(
    MAID.self, "maid", "The method of adaptive inexact descent.",
    details: """
      Each step: a hypergradient z, made more accurate until -z is known to descend \
      (omega <= (1 - descent) ||z||); then a line search that accepts a step only if the decrease is \
      certain in spite of inexact solves; then looser accuracies and a longer first trial. A failed \
      search tightens eps and delta. So every accepted step decreases the true loss.
      """,
    example:
      "for step in bl.optimizer.maid():steps(problem, theta, { budget = 20000 }) do print(step) end",
    source: "Salehi, Mukherjee, Roberts & Ehrhardt 2025, Algorithms 3.1 and 3.2"
  ) {
    Constructor(MAID()) {
      Field(
        "eps", \.eps, .optional(.positive), "first accuracy of the lower level; chosen when absent")
      Field(
        "delta", \.delta, .optional(.positive),
        "first accuracy of the linear system; chosen when absent")
      Field("step_size", \.stepSize, .optional(.positive), "first trial step; chosen when absent")
      Field("descent", \.descent, .number(above: 0, below: 1), "eta: omega <= (1 - eta) ||z||")
      Field(
        "sufficient_decrease", \.sufficientDecrease, .number(above: 0, below: 1),
        "lambda: a step decreases the loss by lambda alpha ||z||^2")
      Field("rho", \.rho, .number(above: 0, below: 1), "factor of the step from trial to trial")
      Field(
        "step_growth", \.stepGrowth, .number(atLeast: 1), "factor of the step after an accepted one"
      )
      Field(
        "first_trial", \.firstTrial, .choice,
        "first trial step after the first one: grown from the last, or from the curvature met")
      Field(
        "direction", \.direction, .choice, "along which direction: z, or z by limited-memory BFGS")
      Field(
        "metric", \.metric, .choice, "in which diagonal metric: none, or by the z met so far")
      Field(
        "acceptance", \.acceptance, .choice,
        "what a new loss is compared with: the last one, or a mean of the last ones")
      Field("memory", \.memory, .integer(atLeast: 1, atMost: 1000), "moves that lbfgs remembers")
      Field(
        "accuracy_shrink", \.accuracyShrink, .number(above: 0, below: 1),
        "factor of eps and delta at a refinement")
      Field(
        "accuracy_growth", \.accuracyGrowth, .number(atLeast: 1),
        "factor of eps and delta after an accepted step")
      Field("max_trials", \.maxTrials, .integer(atLeast: 1), "trials of a first line search")
      Field("max_refinements", \.maxRefinements, .integer(atLeast: 0), "refinements in one step")
      Field("min_eps", \.minEps, .positive, "floor of eps")
      Field("min_delta", \.minDelta, .positive, "floor of delta")
      Field(
        "relative_tolerance", \.relativeTolerance, .number(atLeast: 0),
        "without a tolerance: converged where ||z|| and omega are at most this part of the first ||z||"
      )
      Field("adaptive", \.isAdaptive, .boolean, "whether eps and delta adapt")
      Field("hypergradient", \.hypergradient, OptimizerFields.hypergradient, "how z is computed")
      Field("on_failure", \.onFailure, .choice, "what a failed solve leads to")
    } check: { maid in
      if maid.sufficientDecrease > maid.descent {
        throw ScriptError("bl.optimizer.maid: 'sufficient_decrease' must not exceed 'descent'")
      }
    }
    OptimizerMembers.shared
  }
}
