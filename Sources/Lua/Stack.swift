import CLua
import Script

// Values on Lua's stack. Only functions of the API that cannot raise are used here: raw access and
// pushes, which do not fail for want of memory while Swift is on top.

extension Interpreter {
  /// Stack slots that are kept free for the steps of a conversion.
  static let reserve: Int32 = 20
  private static let deepestNesting = 24
  private static let mostValues = 1 << 23

  // MARK: Reading

  /// The value at an index.
  func read(_ index: Int32) throws -> Value {
    var budget = Interpreter.mostValues
    return try read(index, depth: 0, &budget)
  }

  private func read(_ index: Int32, depth: Int, _ budget: inout Int) throws -> Value {
    switch lua_type(state, index) {
    case LUA_TNIL, LUA_TNONE: return .none
    case LUA_TBOOLEAN: return .boolean(lua_toboolean(state, index) != 0)
    case LUA_TNUMBER:
      return lua_isinteger(state, index) != 0
        ? .integer(Int(lua_tointegerx(state, index, nil)))
        : .number(lua_tonumberx(state, index, nil))
    case LUA_TSTRING: return .string(string(at: index))
    case LUA_TTABLE: return .table(try table(lua_absindex(state, index), depth: depth, &budget))
    case LUA_TFUNCTION:
      lua_pushvalue(state, index)
      return .function(LuaFunction(Reference(takingTopOf: state, references)))
    case LUA_TUSERDATA: return .object(try object(at: index))
    default: throw ScriptError("a thread or foreign value cannot be passed")
    }
  }

  private func object(at index: Int32) throws -> ScriptObject {
    guard let box = clua_to_box(state, index) else {
      throw ScriptError("a value of a foreign library cannot be passed")
    }
    guard let pointer = box.pointee.object else { throw ScriptError("the object is closed") }
    return Unmanaged<ScriptObject>.fromOpaque(pointer).takeUnretainedValue()
  }

  private func table(_ index: Int32, depth: Int, _ budget: inout Int) throws -> Table {
    guard depth < Interpreter.deepestNesting else {
      throw ScriptError("the table is nested too deeply")
    }
    guard lua_checkstack(state, Interpreter.reserve) != 0 else {
      throw ScriptError("stack overflow")
    }
    let count = Int(lua_rawlen(state, index))
    budget -= count
    guard budget > 0 else { throw ScriptError("the table has too many elements") }
    let top = lua_gettop(state)
    defer { lua_settop(state, top) }
    var table = Table()
    table.elements.reserveCapacity(count)
    for i in 0..<count {
      let type = lua_rawgeti(state, index, lua_Integer(i + 1))
      // Long lists of numbers are the common case that takes time.
      if type == LUA_TNUMBER, lua_isinteger(state, -1) == 0 {
        table.elements.append(.number(lua_tonumberx(state, -1, nil)))
      } else {
        table.elements.append(try read(-1, depth: depth + 1, &budget))
      }
      clua_pop(state, 1)
    }
    try readFields(index, count, into: &table, depth: depth, &budget)
    return table
  }

  /// Lua's order of keys differs from run to run, so fields are sorted by name.
  private func readFields(
    _ index: Int32, _ count: Int, into table: inout Table, depth: Int, _ budget: inout Int
  ) throws {
    lua_pushnil(state)
    while lua_next(state, index) != 0 {
      if lua_type(state, -2) == LUA_TSTRING {
        budget -= 1
        let name = string(at: -2)
        table.fields.append((name: name, value: try read(-1, depth: depth + 1, &budget)))
      } else if count == 0 || !isElement(-2, of: count) {
        throw ScriptError(
          "the table has a key that is no name and no index (\(sketch(of: -2))); "
            + "it holds \(count) elements")
      }
      clua_pop(state, 1)
    }
    if table.fields.count > 1 { table.fields.sort { $0.name < $1.name } }
  }

  private func isElement(_ index: Int32, of count: Int) -> Bool {
    lua_isinteger(state, index) != 0 && (1...count).contains(Int(lua_tointegerx(state, index, nil)))
  }

  private func sketch(of index: Int32) -> String {
    switch lua_type(state, index) {
    case LUA_TNUMBER:
      lua_isinteger(state, index) != 0
        ? String(lua_tointegerx(state, index, nil)) : String(lua_tonumberx(state, index, nil))
    case let type: String(cString: lua_typename(state, type))
    }
  }

  /// The text at an index; a number's too, without changing it in place.
  func string(at index: Int32) -> String {
    if lua_type(state, index) == LUA_TNUMBER { return sketch(of: index) }
    var length = 0
    guard let start = lua_tolstring(state, index, &length) else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
  }

  // MARK: Pushing

  /// Pushes a value.
  func push(_ value: Value) throws {
    switch value {
    case .none: lua_pushnil(state)
    case .boolean(let truth): lua_pushboolean(state, truth ? 1 : 0)
    case .integer(let number): lua_pushinteger(state, lua_Integer(number))
    case .number(let number): lua_pushnumber(state, number)
    case .string(let text): push(text)
    case .table(let table): try push(table)
    case .object(let object): try push(object)
    case .function(let function): push(function)
    }
  }

  /// Pushes text.
  func push(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        _ = lua_pushlstring(state, $0.baseAddress, $0.count)
      }
    }
  }

  private func push(_ table: Table) throws {
    guard lua_checkstack(state, Interpreter.reserve) != 0 else {
      throw ScriptError("stack overflow")
    }
    let top = lua_gettop(state)
    lua_createtable(
      state, Int32(clamping: table.elements.count), Int32(clamping: table.fields.count))
    do {
      for (i, element) in table.elements.enumerated() {
        try push(element)
        lua_rawseti(state, -2, lua_Integer(i + 1))
      }
      for (name, value) in table.fields {
        push(name)
        try push(value)
        lua_rawset(state, -3)
      }
    } catch {
      lua_settop(state, top)
      throw error
    }
  }

  private func push(_ function: ScriptFunction) {
    if let function = function as? LuaFunction, function.reference.references === references {
      return function.reference.push(on: state)
    }
    push(Binding(function.name, function.call))
  }

  /// Pushes the userdata of an object, the same one as long as Lua holds it.
  private func push(_ object: ScriptObject) throws {
    let pointer = Unmanaged.passUnretained(object).toOpaque()
    lua_rawgeti(state, clua_registry(), lua_Integer(objects))
    if lua_rawgetp(state, -1, pointer) == LUA_TUSERDATA,
      clua_to_box(state, -1)?.pointee.object != nil
    {
      clua_remove(state, -2)
      return
    }
    clua_pop(state, 1)
    clua_push_box(
      state, Unmanaged.passRetained(object as AnyObject).toOpaque(),
      max(0, object.content.externalByteCount))
    pushClass(of: object.content)
    lua_setmetatable(state, -2)
    lua_pushvalue(state, -1)
    lua_rawsetp(state, -3, pointer)
    clua_remove(state, -2)
  }
}
