import CLua
import Script

/// How the prompt shows values: objects by their summary, tables by what is in them.
struct Echo {
  private static let deepest = 4
  private static let mostEntries = 30
  private static let lineWidth = 78
  private static let longestText = 60

  private let interpreter: Interpreter
  private var state: OpaquePointer { interpreter.state }
  /// The tables that are being written, outermost first.
  private var open: [UnsafeRawPointer] = []

  init(_ interpreter: Interpreter) { self.interpreter = interpreter }

  /// The text of the value at an index.
  mutating func text(at index: Int32) throws -> String {
    let index = lua_absindex(state, index)
    switch lua_type(state, index) {
    case LUA_TTABLE where !hasOwnText(index): return table(index, depth: 0)
    case LUA_TFUNCTION:
      if let page = interpreter.page(at: index) { return "function \(page.title)" }
    case LUA_TUSERDATA:
      if case .object(let object)? = try? interpreter.read(index) { return object.summary }
    default: break
    }
    return try luaText(at: index)
  }

  /// What Lua's `tostring` answers, metamethods included.
  private func luaText(at index: Int32) throws -> String {
    clua_push_globals(state)
    _ = clua_raw_get(state, -1, "tostring")
    clua_remove(state, -2)
    lua_pushvalue(state, index)
    guard case .string(let text)? = try interpreter.callTop(1).first else { return "?" }
    return text
  }

  private func hasOwnText(_ index: Int32) -> Bool {
    guard luaL_getmetafield(state, index, "__tostring") != LUA_TNIL else { return false }
    clua_pop(state, 1)
    return true
  }

  // MARK: Tables

  private mutating func table(_ index: Int32, depth: Int) -> String {
    guard let pointer = lua_topointer(state, index), !open.contains(pointer) else {
      return "<cycle>"
    }
    guard lua_checkstack(state, Interpreter.reserve) != 0 else { return "{…}" }
    open.append(pointer)
    defer { open.removeLast() }
    if let page = interpreter.page(at: index) { return group(index, page.title) }
    let entries = self.entries(index, depth: depth)
    if entries.isEmpty { return "{}" }
    let line = "{ " + entries.joined(separator: ", ") + " }"
    if line.count + 2 * depth <= Echo.lineWidth, !line.contains("\n") { return line }
    let indent = String(repeating: "  ", count: depth)
    return "{\n" + entries.map { indent + "  " + $0 }.joined(separator: ",\n") + "\n" + indent + "}"
  }

  /// A group of the library: the names in it.
  private func group(_ index: Int32, _ title: String) -> String {
    lua_pushvalue(state, index)
    defer { clua_pop(state, 1) }
    return title + ": " + interpreter.tableNames(callable: false).sorted().joined(separator: " ")
  }

  private mutating func entries(_ index: Int32, depth: Int) -> [String] {
    let count = Int(lua_rawlen(state, index))
    var entries: [String] = []
    for i in 0..<min(count, Echo.mostEntries) {
      lua_rawgeti(state, index, lua_Integer(i + 1))
      entries.append(nested(depth: depth))
      clua_pop(state, 1)
    }
    if count > Echo.mostEntries { entries.append("… (\(count) elements)") }
    return entries + fields(index, count, depth: depth)
  }

  /// What is under other keys, in the order of their texts, for Lua's own differs from run to run.
  private mutating func fields(_ index: Int32, _ count: Int, depth: Int) -> [String] {
    var keys: [(text: String, isName: Bool)] = []
    var fields: [String: String] = [:]
    lua_pushnil(state)
    while lua_next(state, index) != 0 {
      if let key = keyText(count) {
        keys.append(key)
        if keys.count <= 20 * Echo.mostEntries { fields[key.text] = nested(depth: depth) }
      }
      clua_pop(state, 1)
    }
    keys.sort { ($0.isName ? 0 : 1, $0.text) < ($1.isName ? 0 : 1, $1.text) }
    let shown = keys.prefix(Echo.mostEntries).map { "\($0.text) = \(fields[$0.text] ?? "…")" }
    return keys.count > shown.count ? shown + ["… (\(keys.count) keys)"] : shown
  }

  /// The key below the top; nil for an index that was shown before.
  private func keyText(_ count: Int) -> (text: String, isName: Bool)? {
    switch lua_type(state, -2) {
    case LUA_TSTRING:
      let name = interpreter.string(at: -2)
      return name.isScriptName ? (name, true) : ("[\(Value.string(name))]", false)
    case LUA_TNUMBER:
      let index = lua_isinteger(state, -2) != 0 ? Int(lua_tointegerx(state, -2, nil)) : 0
      if index >= 1, index <= count { return nil }
      return ("[\(interpreter.string(at: -2))]", false)
    case LUA_TBOOLEAN: return ("[\(lua_toboolean(state, -2) != 0)]", false)
    case let type: return ("[\(String(cString: lua_typename(state, type)))]", false)
    }
  }

  /// The value on top, inside of a table.
  private mutating func nested(depth: Int) -> String {
    switch lua_type(state, -1) {
    case LUA_TTABLE:
      guard depth + 1 < Echo.deepest else { return "{…}" }
      return table(lua_gettop(state), depth: depth + 1)
    case LUA_TSTRING: return short(Value.string(interpreter.string(at: -1)).description)
    case LUA_TUSERDATA:
      guard case .object(let object)? = try? interpreter.read(-1) else { return "userdata" }
      return short(String(object.description.prefix { $0 != "\n" }))
    case LUA_TFUNCTION: return interpreter.page(at: -1).map(\.title) ?? "function"
    case LUA_TNUMBER: return number
    case LUA_TBOOLEAN: return lua_toboolean(state, -1) != 0 ? "true" : "false"
    case let type: return String(cString: lua_typename(state, type))
    }
  }

  /// The number on top as Lua writes it.
  private var number: String {
    lua_pushvalue(state, -1)
    defer { clua_pop(state, 1) }
    var length = 0
    guard let start = lua_tolstring(state, -1, &length) else { return "?" }
    return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
  }

  private func short(_ text: String) -> String {
    text.count <= Echo.longestText ? text : text.prefix(Echo.longestText - 1) + "…"
  }
}
