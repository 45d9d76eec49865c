import Script
import Tensors

/// A penalty that a script's function computes: `function(theta) return value, gradient end`.
///
/// The gradient is a tensor over the flat vector or parameters with the same blocks. Called once per
/// evaluation of the upper level, on the script's thread.
public struct FunctionPenalty: Penalty {
  private let function: ScriptFunction

  /// The penalty that the function computes.
  public init(_ function: ScriptFunction) { self.function = function }

  /// The function's first result.
  public func value(at theta: Parameters) throws -> Double {
    guard let first = try function.call([theta.scriptValue]).first?.asNumber else {
      throw ScriptError("penalty: the function must answer a number and a gradient")
    }
    return first
  }

  /// gradient ← gradient + the function's second result.
  public func addGradient(at theta: Parameters, to gradient: inout [Double]) throws {
    let results = try function.call([theta.scriptValue])
    guard results.count > 1, let values = Self.vector(results[1]), values.count == gradient.count
    else {
      throw ScriptError(
        "penalty: the function must answer a number and a gradient with \(gradient.count) "
          + "coordinates (a tensor or parameters)")
    }
    for i in gradient.indices { gradient[i] += values[i] }
  }

  private static func vector(_ value: Value) -> [Double]? {
    guard case .object(let object) = value else { return nil }
    if let tensor = object.content as? Tensor { return tensor.elements }
    return (object.content as? Parameters)?.values
  }

  /// A penalty, or a function as above.
  static let kind = Kind<(any Penalty)?>(
    "a penalty, or a function of theta that answers a number and a gradient",
    type: .either(.noun("penalty"), .function),
    read: { value in
      switch value {
      case .none: return nil
      case .function(let function): return FunctionPenalty(function)
      case .object(let object):
        if let penalty = object.content as? any Penalty { return penalty }
      default: break
      }
      throw Mismatch(expected: "a penalty or a function", got: value)
    },
    write: { penalty in
      switch penalty {
      case let penalty as FunctionPenalty: .function(penalty.function)
      case let penalty as any Scriptable: penalty.scriptValue
      default: .none
      }
    })
}

extension SquaredL2Penalty: Scriptable {
  /// `bl.penalty.squared_l2`.
  public static let declaration = Declaration(
    SquaredL2Penalty.self, "squared_l2", "J(theta) = weight/2 ||theta||^2 in stored coordinates.",
    example: "bl.penalty.squared_l2 { weight = 1e-3, blocks = { \"filters\" } }"
  ) {
    Constructor(SquaredL2Penalty()) {
      Field("weight", \.weight, .number(atLeast: 0), "w")
      Field("blocks", \.blocks, "names of the penalised blocks; all when absent")
    }
  }
}
