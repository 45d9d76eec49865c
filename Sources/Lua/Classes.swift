import CLua
import Script

// The metatable of a declared type, made when its first instance is pushed.

extension Interpreter {
  /// Pushes the metatable of an object's type.
  func pushClass(of content: any Scriptable) {
    let type = type(of: content)
    let key = ObjectIdentifier(type)
    if let reference = classes[key] {
      lua_rawgeti(state, clua_registry(), lua_Integer(reference))
      return
    }
    makeClass(type.declaration, title: titles[key] ?? type.declaration.name)
    lua_pushvalue(state, -1)
    classes[key] = luaL_ref(state, clua_registry())
  }

  private func makeClass(_ declaration: Declaration, title: String) {
    let name = declaration.name
    clua_new_table(state)
    for method in declaration.methods {
      push(method, title: "\(name):\(method.name)")
      addHelp(forTop: title + ":" + method.name) {
        Manual.page(of: method, title: name + ":" + method.name)
      }
      clua_raw_set(state, -2, method.name)
    }
    push(Binding(name) { try Interpreter.get($0, declaration) })
    clua_push_class(state, name)
    for (symbol, function) in declaration.operators {
      let title = "\(name): \(symbol.text)"
      push(symbol == .call ? handingOut(function, title: title) : Binding(function, title: title))
      clua_raw_set(state, -2, symbol.rawValue)
    }
    setMetamethod("__newindex", name) { try Interpreter.set($0, declaration) }
    setMetamethod("__tostring", name) {
      [.string(try Interpreter.object($0, declaration).description)]
    }
    if declaration.operators[.equal] == nil {
      setMetamethod("__eq", name) { [.boolean(Interpreter.areSame($0))] }
    }
  }

  /// `object(…)`, which may hand out an element that is to be acknowledged.
  private func handingOut(_ function: Function, title: String) -> Binding {
    Binding(title) { [unowned self] arguments in
      let results = try function.call(arguments, as: title)
      if case .object(let object)? = arguments.first {
        awaitAcknowledgement(of: object.content as? any AcknowledgedIterator)
      }
      return results
    }
  }

  private func setMetamethod(
    _ event: String, _ name: String, _ body: @escaping ([Value]) throws -> [Value]
  ) {
    push(Binding(name, body))
    clua_raw_set(state, -2, event)
  }

  private static func object(_ values: [Value], _ declaration: Declaration) throws -> ScriptObject {
    guard case .object(let object)? = values.first else {
      throw ScriptError("\(declaration.name): no object")
    }
    return object
  }

  private static func get(_ values: [Value], _ declaration: Declaration) throws -> [Value] {
    let object = try object(values, declaration)
    let key = values.count > 1 ? values[1] : .none
    if case .string(let name) = key { return [try declaration.property(name, of: object)] }
    return try declaration.element(key, of: object)
  }

  private static func set(_ values: [Value], _ declaration: Declaration) throws -> [Value] {
    let object = try object(values, declaration)
    try declaration.assign(
      values.count > 2 ? values[2] : .none, to: values.count > 1 ? values[1] : .none, of: object)
    return []
  }

  /// Two boxes hold the same instance of a class.
  private static func areSame(_ values: [Value]) -> Bool {
    guard values.count == 2, case .object(let first) = values[0],
      case .object(let second) = values[1]
    else { return false }
    if first === second { return true }
    guard type(of: first.content) is AnyClass, type(of: second.content) is AnyClass else {
      return false
    }
    return first.content as AnyObject === second.content as AnyObject
  }
}
