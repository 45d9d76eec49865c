import Bilevel
import Script

/// Every solver that is open to scripts, as it is without arguments, and in its other modes; a new
/// member of the catalogue is checked for its laws for free.
public enum SolverCatalogue {
  /// Lower-level solvers that stop at the certificate.
  public static let lowerLevel: [any LowerLevelSolver] =
    instances("solver") + [
      GradientDescent(step: .certified), HeavyBall(step: .adaptive), FISTA(step: .certified),
      FISTA(restart: .gradient), FISTA(restart: .function),
      FISTA(step: .certified, restart: .gradient), LBFGS(memory: 0), LBFGS(memory: 1),
      LBFGS(memory: 20, curvature: 0.1),
    ]

  /// Solvers of symmetric positive definite systems.
  public static let linear: [any LinearSolver] =
    instances("linear") + [ConjugateGradient(recycle: 5)]

  private static func instances<Member>(_ group: String) -> [Member] {
    let members = MethodCatalogue.entries.compactMap { entry -> Group? in
      if case .group(let found) = entry, found.name == group { found } else { nil }
    }.flatMap(\.entries)
    return members.map { entry in
      guard case .type(let declaration) = entry,
        case .object(let object)? = try? declaration.constructor?.call([], as: "bl.test").first,
        let member = object.content as? Member
      else { fatalError("bl.\(group).\(entry.name) is not made without arguments.") }
      return member
    }
  }
}
