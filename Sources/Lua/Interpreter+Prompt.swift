import CLua
import Script

extension Interpreter {
  /// Runs what was typed at the prompt: an expression, which is printed, or statements.
  public func answer(_ text: String) throws {
    try loadTyped(text)
    try callAndPrint()
  }

  /// Whether what was typed ends too early, so that a further line may complete it.
  public func isIncomplete(_ text: String) -> Bool {
    do { try loadTyped(text) } catch { return (error as? ScriptFailure)?.isIncomplete ?? false }
    clua_pop(state, 1)
    return false
  }

  /// Pushes what was typed as a function: as an expression if it is one.
  private func loadTyped(_ text: String) throws {
    let name = "=stdin"
    if text.hasPrefix("=") { return try load("return " + text.dropFirst(), chunkName: name) }
    do { try load("return " + text, chunkName: name) } catch { try load(text, chunkName: name) }
  }

  /// Calls the function on top and prints its results as Lua's `print` does.
  private func callAndPrint() throws {
    let base = lua_gettop(state) - 1
    try check(clua_call(state, 0))
    let count = lua_gettop(state) - base
    guard count > 0 else { return }
    clua_push_globals(state)
    _ = clua_raw_get(state, -1, "print")
    clua_remove(state, -2)
    clua_insert(state, base + 1)
    try check(clua_call(state, count))
    lua_settop(state, base)
  }

  /// Runs a script file's text with its arguments as `...` and `arg`.
  ///
  /// `arg[0]` is the script's name; a first line that starts with `#` is skipped.
  public func runScript(_ text: String, chunkName: String, name: String, arguments: [String]) throws
  {
    setArguments(script: name, arguments)
    try load(Interpreter.withoutShebang(text), chunkName: chunkName)
    for argument in arguments { push(argument) }
    _ = try callTop(Int32(arguments.count), discardingResults: true)
  }

  /// Makes the global `arg`.
  private func setArguments(script: String, _ arguments: [String]) {
    clua_push_globals(state)
    lua_createtable(state, Int32(arguments.count), 1)
    for (i, argument) in ([script] + arguments).enumerated() {
      push(argument)
      lua_rawseti(state, -2, lua_Integer(i))
    }
    clua_raw_set(state, -2, "arg")
    clua_pop(state, 1)
  }

  /// The line stays, as a comment, so that the lines that follow keep their numbers.
  private static func withoutShebang(_ text: String) -> String {
    let byteOrderMark = "\u{FEFF}"
    let text = text.hasPrefix(byteOrderMark) ? String(text.dropFirst()) : text
    return text.hasPrefix("#") ? "--" + text : text
  }
}
