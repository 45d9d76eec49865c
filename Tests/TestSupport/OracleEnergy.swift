import Bilevel
import Imaging
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The denoising energies of the oracle files.
extension Fixture {
  /// ½‖x − y‖² + R(x; θ) + μ/2 ‖x‖² with the file's Fields of Experts.
  public func fieldsOfExperts(_ elementType: ElementType) throws -> VariationalEnergy {
    let regularizer = FieldsOfExperts(
      filters: self["theta/c"].shape[0], size: 7, boundary: .zero)
    let scales = self["theta/beta"].elements + self["theta/nu"].elements
    return try denoising(
      regularizer, self["theta/c"].elements + scales.map { log($0) },
      strongConvexity: number("theta/mu"), elementType)
  }

  /// ½‖x − y‖² + R(x; θ) with the file's total variation.
  public func totalVariation(
    _ coupling: TotalVariation.Coupling, _ elementType: ElementType
  ) throws -> VariationalEnergy {
    try denoising(
      TotalVariation(coupling: coupling),
      [number("theta/alpha"), number("theta/nu")].map { log($0) }, strongConvexity: 0, elementType)
  }

  private func denoising(
    _ regularizer: any Regularizer, _ theta: [Double], strongConvexity: Double,
    _ elementType: ElementType
  ) throws -> VariationalEnergy {
    let y = image("y").converted(to: elementType)
    let energy = VariationalEnergy(
      fidelity: SquaredL2(), operator: IdentityOperator().prepared(for: y.shape, elementType),
      regularizer: try regularizer.prepared(
        for: Parameters(theta, layout: regularizer.layout), elementType: elementType),
      strongConvexity: strongConvexity)
    energy.observe(y)
    return energy
  }
}
