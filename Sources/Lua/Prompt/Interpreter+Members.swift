import CLua
import Script

// Looks at values without running anything: raw access only.

extension Interpreter {
  private static let longestChain = 8

  /// The names of all global variables.
  var globalNames: [String] {
    clua_push_globals(state)
    defer { clua_pop(state, 1) }
    return tableNames(callable: false)
  }

  /// What may follow a dot after the value, or a colon.
  func members(of path: ValuePath, callable: Bool) -> [String] {
    let top = lua_gettop(state)
    defer { lua_settop(state, top) }
    guard push(path) else { return [] }
    if let object = objectOnTop {
      let declaration = type(of: object.content).declaration
      let methods = declaration.methods.map(\.name)
      if callable { return methods }
      return declaration.memberNames(of: object.content).filter { !methods.contains($0) }
    }
    var names: [String] = []
    for _ in 0..<Interpreter.longestChain {
      if lua_type(state, -1) == LUA_TTABLE { names += tableNames(callable: callable) }
      guard pushIndexTable() else { break }
    }
    return names
  }

  /// The parameters of what is called.
  func parameters(of call: CallPath) -> [Parameter] {
    let top = lua_gettop(state)
    defer { lua_settop(state, top) }
    guard push(call.path) else { return [] }
    if let method = call.method {
      guard let object = objectOnTop else { return [] }
      let methods = type(of: object.content).declaration.methods
      return methods.first { $0.name == method }?.parameters ?? []
    }
    return page(at: -1)?.function?.parameters ?? []
  }

  private var objectOnTop: ScriptObject? {
    guard let pointer = clua_to_box(state, -1)?.pointee.object else { return nil }
    return Unmanaged<ScriptObject>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Pushes the value at a path; false where there is none.
  private func push(_ path: ValuePath) -> Bool {
    guard let first = path.keys.first else { return false }
    guard lua_checkstack(state, Int32(clamping: path.keys.count) + Interpreter.reserve) != 0 else {
      return false
    }
    clua_push_globals(state)
    guard pushRaw(first) else { return false }
    return path.keys.dropFirst().allSatisfy(pushKey)
  }

  /// Pushes what the value on top holds under a key: in itself, or in the tables behind it.
  private func pushKey(_ key: ValuePath.Key) -> Bool {
    if let object = objectOnTop {
      // A property is read by the library, not by a script.
      guard case .name(let name) = key,
        let value = try? type(of: object.content).declaration.property(name, of: object)
      else { return false }
      return (try? push(value)) != nil
    }
    for _ in 0..<Interpreter.longestChain {
      if lua_type(state, -1) == LUA_TTABLE, pushRaw(key) { return true }
      guard pushIndexTable() else { return false }
    }
    return false
  }

  private func pushRaw(_ key: ValuePath.Key) -> Bool {
    let type: Int32
    switch key {
    case .name(let name): type = clua_raw_get(state, -1, name)
    case .index(let index): type = lua_rawgeti(state, -1, lua_Integer(index))
    }
    if type == LUA_TNIL { clua_pop(state, 1) }
    return type != LUA_TNIL
  }

  /// Pushes the table in which Lua would look on, for the value on top.
  private func pushIndexTable() -> Bool {
    guard lua_checkstack(state, Interpreter.reserve) != 0, lua_getmetatable(state, -1) != 0 else {
      return false
    }
    if clua_raw_get(state, -1, "__index") == LUA_TTABLE { return true }
    clua_pop(state, 2)
    return false
  }

  /// The keys of the table on top that can follow a dot; only those of functions, if so asked.
  func tableNames(callable: Bool) -> [String] {
    guard lua_checkstack(state, Interpreter.reserve) != 0 else { return [] }
    var names: [String] = []
    lua_pushnil(state)
    while lua_next(state, -2) != 0 {
      if lua_type(state, -2) == LUA_TSTRING, !callable || lua_type(state, -1) == LUA_TFUNCTION {
        let name = string(at: -2)
        if name.isScriptName { names.append(name) }
      }
      clua_pop(state, 1)
    }
    return names
  }
}

extension String {
  /// Whether it can be written without quotes.
  var isScriptName: Bool {
    guard let first = utf8.first, !(48...57).contains(first) else { return false }
    return !scriptKeywords.contains(self)
      && utf8.allSatisfy {
        $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
      }
  }
}
