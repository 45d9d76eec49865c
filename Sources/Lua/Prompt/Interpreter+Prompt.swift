import CLua
import Script

extension Interpreter {
  /// Runs what was typed at the prompt: an expression, whose values are handed to `show`, or
  /// statements.
  ///
  /// `?x` is `help(x)`; a semicolon at the end keeps an expression's values from being shown; `_` is
  /// the first of them from then on.
  public func answer(_ text: String, show: (String) -> Void) throws {
    if let topic = helpTopic(text) { return try answerHelp(topic) }
    try loadTyped(text)
    let base = lua_gettop(state) - 1
    defer { lua_settop(state, base) }
    try check(clua_call(state, 0))
    guard lua_gettop(state) > base else { return }
    try setLastAnswer(at: base + 1)
    if !isSilenced(text) { show(try texts((base + 1)...lua_gettop(state))) }
  }

  /// Whether what was typed ends too early, so that a further line may complete it.
  public func isIncomplete(_ text: String) -> Bool {
    if helpTopic(text) != nil { return false }
    var isIncomplete = false
    for attempt in ["return " + text.drop { $0 == "=" }, text] {
      do {
        try load(attempt, chunkName: "=stdin")
        clua_pop(state, 1)
        return false
      } catch { isIncomplete = isIncomplete || (error as? ScriptFailure)?.isIncomplete ?? false }
    }
    return isIncomplete
  }

  /// The text of a prompt that scripts may set, as `_PROMPT`; nil where they did not.
  public func promptText(_ name: String) -> String? {
    clua_push_globals(state)
    let type = clua_raw_get(state, -1, name)
    clua_remove(state, -2)
    defer { clua_pop(state, 1) }
    if type == LUA_TNIL { return nil }
    if type == LUA_TSTRING { return string(at: -1) }
    var echo = Echo(self)
    return (try? echo.text(at: -1)) ?? "> "
  }

  /// Pushes what was typed as a function: as an expression if it is one.
  private func loadTyped(_ text: String) throws {
    let name = "=stdin"
    if text.hasPrefix("=") { return try load("return " + text.dropFirst(), chunkName: name) }
    do { try load("return " + text, chunkName: name) } catch { try load(text, chunkName: name) }
  }

  private func setLastAnswer(at index: Int32) throws {
    clua_push_globals(state)
    lua_pushvalue(state, index)
    clua_raw_set(state, -2, "_")
    clua_pop(state, 1)
  }

  /// Values on one line like `print` does, unless one of them needs lines of its own.
  private func texts(_ indices: ClosedRange<Int32>) throws -> String {
    var echo = Echo(self)
    let texts = try indices.map { try echo.text(at: $0) }
    return texts.joined(separator: texts.contains { $0.contains("\n") } ? "\n" : "\t")
  }

  /// Ends with a semicolon that is none of a comment's or string's.
  private func isSilenced(_ text: String) -> Bool {
    ScriptScanner.tokens(of: text).last { $0.kind != .comment }?.isSymbol(";") ?? false
  }

  // MARK: Help

  private func helpTopic(_ text: String) -> String? {
    let trimmed = text.drop { $0.isWhitespace }
    guard trimmed.first == "?" else { return nil }
    let topic = trimmed.dropFirst().drop { $0.isWhitespace }
    return String(topic.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// The page of a value, or the one of that name where there is no such value.
  private func answerHelp(_ topic: String) throws {
    let quoted = Value.string(topic).description
    var call = topic.isEmpty ? "help()" : "help(\(quoted))"
    if !topic.isEmpty, (try? load("return " + topic, chunkName: "=stdin")) != nil {
      let value: Value = (try? callTop(0).first) ?? Value.none
      if !value.isNone { call = "help(\(topic))" }
    }
    try load(call, chunkName: "=stdin")
    _ = try callTop(0, discardingResults: true)
  }

  // MARK: Scripts

  /// Runs a script file's text with its arguments as `...`; a first line that starts with `#` is
  /// skipped.
  public func runScript(_ text: String, chunkName: String, arguments: [String] = []) throws {
    try load(Interpreter.withoutShebang(text), chunkName: chunkName)
    for argument in arguments { push(argument) }
    _ = try callTop(Int32(arguments.count), discardingResults: true)
  }

  /// The same, with the global `arg` made first: `arg[0]` is the script's name.
  public func runScript(_ text: String, chunkName: String, name: String, arguments: [String]) throws
  {
    setArguments([name] + arguments, script: 0)
    try runScript(text, chunkName: chunkName, arguments: arguments)
  }

  /// Makes the global `arg` of a whole command line: the script, at the given place, is `arg[0]`, what
  /// is before it has negative indices.
  public func setArguments(_ words: [String], script: Int) {
    clua_push_globals(state)
    lua_createtable(state, Int32(clamping: words.count - script), Int32(clamping: script + 1))
    for (i, word) in words.enumerated() {
      push(word)
      lua_rawseti(state, -2, lua_Integer(i - script))
    }
    clua_raw_set(state, -2, "arg")
    clua_pop(state, 1)
  }

  /// Makes a module, by `require`, a global variable: `-l name`, `-l global=name`.
  public func require(_ module: String, as global: String) throws {
    let base = lua_gettop(state)
    defer { lua_settop(state, base) }
    clua_push_globals(state)
    _ = clua_raw_get(state, -1, "require")
    push(module)
    try check(clua_call(state, 1))
    lua_settop(state, base + 2)
    clua_raw_set(state, base + 1, global)
  }

  /// The line stays, as a comment, so that the lines that follow keep their numbers.
  private static func withoutShebang(_ text: String) -> String {
    let byteOrderMark = "\u{FEFF}"
    let text = text.hasPrefix(byteOrderMark) ? String(text.dropFirst()) : text
    return text.hasPrefix("#") ? "--" + text : text
  }
}
