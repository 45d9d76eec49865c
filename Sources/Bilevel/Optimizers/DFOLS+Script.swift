import Script

extension DFOLS: Scriptable {
  /// `bl.optimizer.dfols`.
  public static let declaration = Declaration(
    DFOLS.self, "dfols", "Derivative-free least squares with dynamic accuracy, for few parameters.",
    details: """
      Fits linear models to the residuals sqrt(loss_i) and minimises their sum of squares within a \
      trust region and bounds; no derivatives are used. Solves are as accurate as the predicted \
      decrease asks for, or of one fixed accuracy. Bounds are in stored coordinates, natural \
      logarithms for blocks named log_...: log10 values times math.log(10). They also set the scale: \
      radii are parts of the way from lower to upper. theta must start within them. A run's \
      tolerance is compared with the resolution rho; step_size is a part of the box.
      """,
    example: """
      bl.optimizer.dfols { lower = -16, upper = { log_weight = 2, log_smoothing = 0 }, \
      max_evaluations = 100 }
      """,
    source: "Cartis, Fiala, Marteau & Roberts 2019; Ehrhardt & Roberts 2021"
  ) {
    Constructor(DFOLS()) {
      Field(
        "lower", \.lower, ParameterBound.kind,
        "lower bounds; -7 log(10) for blocks stored as logarithms when absent")
      Field(
        "upper", \.upper, ParameterBound.kind,
        "upper bounds; 7 log(10) for blocks stored as logarithms when absent")
      Field("blocks", \.blocks, "names of the blocks that are varied; all when absent")
      Field(
        "initial_radius", \.initialRadius, .number(above: 0, atMost: 0.5),
        "rho at first, a part of the box")
      Field("final_radius", \.finalRadius, .positive, "rho at the end, a part of the box")
      Field("accuracy", \.accuracy, .choice, "whether the accuracy of solves adapts")
      Field(
        "eps", \.eps, .number(atLeast: 0),
        "accuracy of all solves where it is fixed; 0 spends max_iterations of the solver")
      Field(
        "accuracy_factor", \.accuracyFactor, .positive,
        "dynamic solves are at least as accurate as this times the squared radius")
      Field(
        "max_evaluations", \.maximumEvaluations, .optional(.integer(atLeast: 1)),
        "most evaluations of the loss; without a limit when absent")
      Field(
        "solver", \.solver, .object((any LowerLevelSolver).self, "a solver"), "lower-level solver")
      Field("on_failure", \.onFailure, .choice, "what a failed solve leads to")
    } check: { method in
      if method.finalRadius > method.initialRadius {
        throw ScriptError("bl.optimizer.dfols: 'final_radius' must not exceed 'initial_radius'")
      }
    }
    OptimizerMembers.shared
  }
}

extension ParameterBound {
  /// A number for all, a table of numbers by block, or parameters.
  static let kind = Kind<ParameterBound?>(
    "a number, a table of numbers by block, or parameters",
    type: .either(.either(.number, .table), Parameters.scriptType),
    read: { value in
      switch value {
      case .none: return nil
      case .table(let table) where table.elements.isEmpty:
        let numbers = try table.fields.map { name, value in
          do { return (name, try Kind<Double>.number.read(value)) } catch let mismatch as Mismatch {
            throw mismatch.inside(name)
          }
        }
        return .blocks(Dictionary(numbers) { $1 })
      case .object(let object):
        if let theta = object.content as? Parameters { return .coordinates(theta) }
      default:
        if let number = value.asNumber, number.isFinite { return .everywhere(number) }
      }
      throw Mismatch(
        expected: "a number, a table of numbers by block, or parameters", got: value)
    },
    write: { bound in
      switch bound {
      case .everywhere(let number): .number(number)
      case .blocks(let numbers):
        .table(Table(fields: numbers.keys.sorted().map { ($0, .number(numbers[$0] ?? 0)) }))
      case .coordinates(let theta): theta.scriptValue
      case nil: .none
      }
    }, absent: { nil })
}
