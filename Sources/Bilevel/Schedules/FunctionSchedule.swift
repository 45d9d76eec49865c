import Script

/// s(k) as a script's function computes it: `function(k) return … end`.
///
/// Called on the script's thread, at most once per step of an optimizer.
public struct FunctionSchedule: Schedule {
  let function: ScriptFunction

  /// The schedule that the function computes.
  public init(_ function: ScriptFunction) { self.function = function }

  /// The function's first result; a `Mismatch` if that is no number.
  public func value(at step: Int) throws -> Double {
    let result = try function.call([.integer(step)]).first ?? .none
    guard let number = result.asNumber else { throw Mismatch(expected: "a number", got: result) }
    return number
  }
}
