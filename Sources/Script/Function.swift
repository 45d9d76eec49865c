/// A function that scripts can call, declared once: the callable, its checks and its manual page.
///
///     Function(
///       "linspace", "Equally spaced numbers from a to b.",
///       Argument("a", .number, "first"), Argument("b", .number, "last"),
///       Argument("n", .integer(atLeast: 2), "how many"),
///       returns: "a tensor", example: "bl.linspace(0, 1, 5)"
///     ) { a, b, n in Tensor.linspace(a, b, n) }
public struct Function: @unchecked Sendable {
  /// The name without its group.
  public let name: String
  /// What the manual says.
  public let page: Page
  /// The positional arguments.
  public var parameters: [Parameter] { describe() }
  /// What an editor is told of the first result; nil if there are no results.
  let result: ScriptType?
  private let describe: () -> [Parameter]
  private let body: (inout Cursor) throws -> [Value]

  /// A function with results.
  public init<each A, R: Writable>(
    _ name: String, _ summary: String, _ arguments: repeat Argument<each A>, returns: String = "",
    details: String = "", example: String = "", source: String = "",
    body: @escaping (repeat each A) throws -> R
  ) {
    self.init(
      name, Page(summary, returns: returns, details: details, example: example, source: source),
      result: R.scriptType, repeat each arguments
    ) { (values: repeat each A) in try body(repeat each values).scriptValues }
  }

  /// A function without results.
  public init<each A>(
    _ name: String, _ summary: String, _ arguments: repeat Argument<each A>, details: String = "",
    example: String = "", source: String = "", body: @escaping (repeat each A) throws -> Void
  ) {
    self.init(
      name, Page(summary, details: details, example: example, source: source), result: nil,
      repeat each arguments
    ) { (values: repeat each A) in
      try body(repeat each values)
      return []
    }
  }

  init<each A>(
    _ name: String, _ page: Page, result: ScriptType?, _ arguments: repeat Argument<each A>,
    values body: @escaping (repeat each A) throws -> [Value]
  ) {
    self.init(name, page, result: result, { Function.parameters(repeat each arguments) }) {
      cursor in
      let values = (repeat try cursor.next(each arguments))
      try cursor.finish()
      return try body(repeat each values)
    }
  }

  /// A method: the first argument is the object before the colon.
  init<Owner, each A>(
    _ name: String, _ page: Page, result: ScriptType?, receiver: Receiver<Owner>,
    _ arguments: repeat Argument<each A>,
    body: @escaping (ScriptObject, repeat each A) throws -> [Value]
  ) {
    self.init(name, page, result: result, { Function.parameters(repeat each arguments) }) {
      cursor in
      let object = try receiver.object(in: cursor.takeFirst())
      let values = (repeat try cursor.next(each arguments))
      try cursor.finish()
      return try body(object, repeat each values)
    }
  }

  init(
    _ name: String, _ page: Page, result: ScriptType?,
    _ parameters: @escaping () -> [Parameter] = { [] },
    cursor body: @escaping (inout Cursor) throws -> [Value]
  ) {
    self.name = name
    self.page = page
    self.result = result
    describe = parameters
    self.body = body
  }

  private static func parameters<each A>(_ arguments: repeat Argument<each A>) -> [Parameter] {
    var parameters: [Parameter] = []
    for argument in repeat each arguments { parameters.append(argument.parameter()) }
    return parameters
  }

  /// Calls it with a script's arguments; `title` is its full name for messages.
  public func call(_ arguments: [Value], as title: String) throws -> [Value] {
    try Misuse.wording(function: title) {
      var cursor = Cursor(arguments)
      return try body(&cursor)
    }
  }

  /// `linspace(a, b, n)`, or `maid { … }` for one table of named arguments.
  public var signature: String {
    if parameters.count == 1, !parameters[0].fields.isEmpty { return name + " { … }" }
    let names = parameters.map { parameter in
      let name = parameter.fields.isEmpty ? parameter.name : "{ … }"
      return parameter.isRequired ? name : "[\(name)]"
    }
    return name + "(" + names.joined(separator: ", ") + ")"
  }
}

/// The prose of one manual page.
public struct Page: Sendable {
  /// One line.
  public let summary: String
  /// What it answers.
  public let returns: String
  /// As many paragraphs as needed.
  public let details: String
  /// Lua code that runs.
  public let example: String
  /// Papers, with equation numbers.
  public let source: String

  /// A page from its parts.
  public init(
    _ summary: String, returns: String = "", details: String = "", example: String = "",
    source: String = ""
  ) {
    self.summary = summary
    self.returns = returns
    self.details = details
    self.example = example
    self.source = source
  }
}
