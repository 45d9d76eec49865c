import Kernels
import Script

/// What stands on either side of an arithmetic sign in a script.
public enum Operand {
  /// A tensor.
  case tensor(Tensor)
  /// A number, which takes the other side's element type.
  case number(Double)

  /// A tensor or a number.
  public static let kind = Kind<Operand>(
    "a tensor or a number", type: .either(Tensor.scriptType, .number),
    read: { value in
      if let number = value.asNumber { return .number(number) }
      guard case .object(let object) = value, let tensor = object.content as? Tensor else {
        throw Mismatch(expected: "a tensor or a number", got: value)
      }
      return .tensor(tensor)
    },
    write: { operand in
      switch operand {
      case .tensor(let tensor): .object(tensor)
      case .number(let number): .number(number)
      }
    })

  /// The function of both sides, of which one at least is a tensor.
  static func combined(
    _ operation: BinaryOperation, _ left: Operand, _ right: Operand
  ) throws -> Tensor {
    switch (left, right) {
    case (.tensor(let a), .tensor(let b)): return try a.combined(operation, with: b)
    case (.tensor(let a), .number(let b)): return a.combined(operation, with: b)
    case (.number(let a), .tensor(let b)): return Tensor.combined(operation, a, with: b)
    case (.number(let a), .number(let b)):
      return Tensor([a], shape: []).combined(operation, with: b)
    }
  }

  /// left ^ right; squares and square roots without the power function.
  static func power(_ left: Operand, _ right: Operand) throws -> Tensor {
    if case .tensor(let base) = left, case .number(let exponent) = right {
      if exponent == 2 { return try base.combined(.multiply, with: base) }
      if exponent == 0.5 { return base.mapped(.sqrt) }
    }
    return try combined(.power, left, right)
  }
}
