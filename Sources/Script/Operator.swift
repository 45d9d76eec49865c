/// The operators that a type may define, by their metamethods.
public enum Symbol: String, Sendable, CaseIterable {
  case add = "__add"
  case subtract = "__sub"
  case multiply = "__mul"
  case divide = "__div"
  case modulo = "__mod"
  case power = "__pow"
  case floorDivide = "__idiv"
  case negate = "__unm"
  case concatenate = "__concat"
  case length = "__len"
  case equal = "__eq"
  case less = "__lt"
  case lessOrEqual = "__le"
  case call = "__call"
  case pairs = "__pairs"
  case close = "__close"

  /// As a script writes it.
  public var text: String {
    switch self {
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .divide: "/"
    case .modulo: "%"
    case .power: "^"
    case .floorDivide: "//"
    case .negate: "unary -"
    case .concatenate: ".."
    case .length: "#"
    case .equal: "=="
    case .less: "<"
    case .lessOrEqual: "<="
    case .call: "call"
    case .pairs: "pairs"
    case .close: "close"
    }
  }
}

/// `a + b`, `-a`, `#a`, `a(…)` and the like.
public struct Operator<Owner> {
  let member: Member

  /// An operator with one operand: `.negate`, `.length`.
  public init<R: Writable>(
    _ symbol: Symbol, _ summary: String, body: @escaping (Owner) throws -> R
  ) {
    let receiver = Receiver<Owner>(method: symbol.text)
    member = .operator(
      symbol,
      Function(symbol.text, Page(summary), result: R.scriptType) { cursor in
        let owner = try receiver.owner(in: receiver.object(in: cursor.takeFirst()))
        return try body(owner).scriptValues
      })
  }

  /// An operator with two operands, either of which may be the object: `2 * s` as well as `s * 2`.
  public init<A, B, R: Writable>(
    _ symbol: Symbol, _ summary: String, _ left: Kind<A>, _ right: Kind<B>,
    body: @escaping (A, B) throws -> R
  ) {
    let left = Argument("left operand", left, "")
    let right = Argument("right operand", right, "")
    member = .operator(
      symbol,
      Function(symbol.text, Page(summary), result: R.scriptType, left, right) { (a: A, b: B) in
        try body(a, b).scriptValues
      })
  }

  /// `object(…)`.
  public init<each A, R: Writable>(
    call summary: String, _ arguments: repeat Argument<each A>, returns: String = "",
    body: @escaping (Owner, repeat each A) throws -> R
  ) {
    let receiver = Receiver<Owner>(method: "call")
    member = .operator(
      .call,
      Function(
        "()", Page(summary, returns: returns), result: R.scriptType, receiver: receiver,
        repeat each arguments
      ) {
        (object: ScriptObject, values: repeat each A) in
        try body(try receiver.owner(in: object), repeat each values).scriptValues
      })
  }

  /// `for element in object do`: each call answers the next element, nil at the end.
  public init<Element: Writable>(
    next summary: String, body: @escaping (Owner) throws -> Element?
  ) {
    self.init(.call, summary) { owner in try body(owner)?.scriptValue ?? .none }
  }
}

/// What a loop is handed elements by that it cannot be handed twice: it is told when the script has one.
///
/// Ctrl-C may come while an element is on its way from Swift to the script. Until `acknowledge` is called, the
/// next call of the iterator hands the same element out again.
public protocol AcknowledgedIterator: AnyObject {
  /// The script has the element that was handed out last.
  func acknowledge()
}
