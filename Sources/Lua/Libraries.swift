import CLua
import Script

extension Interpreter {
  /// Opens a library as the module of its name, for `require`, and answers its table.
  public func open(_ library: Group, module: String) throws {
    pushGroup(library, title: library.name)
    setLoaded(module)
  }

  /// Makes a module a global variable.
  public func setGlobal(_ name: String, toModule module: String) {
    clua_push_globals(state)
    pushLoaded()
    _ = clua_raw_get(state, -1, module)
    clua_remove(state, -2)
    clua_raw_set(state, -2, name)
    clua_pop(state, 1)
  }

  /// Makes a global variable nil.
  public func removeGlobal(_ name: String) {
    clua_push_globals(state)
    lua_pushnil(state)
    clua_raw_set(state, -2, name)
    clua_pop(state, 1)
  }

  private func pushGroup(_ group: Group, title: String) {
    lua_createtable(state, 0, Int32(group.entries.count))
    addHelp(forTop: title) { Manual.page(of: group, title: title) }
    for entry in group.entries { set(entry, title: title + "." + entry.name) }
    clua_new_table(state)
    let names = group.entries.filter(\.isOpen).map(\.name)
    push(
      Binding(title) { arguments in
        guard arguments.count > 1, case .string(let name) = arguments[1] else { return [.none] }
        throw Misuse.unknownMember(name, of: title, known: names)
      })
    clua_raw_set(state, -2, "__index")
    push(title)
    clua_raw_set(state, -2, "__name")
    lua_setmetatable(state, -2)
  }

  private func set(_ entry: Entry, title: String) {
    switch entry {
    case .group(let group): pushGroup(group, title: title)
    case .function(let function):
      push(function, title: title)
      addHelp(forTop: title, of: function) { Manual.page(of: function, title: title) }
    case .type(let declaration):
      guard let constructor = declaration.constructor else {
        addPage(declaration.name) { Manual.page(of: declaration, title: declaration.name) }
        return
      }
      titles[declaration.identity] = title
      push(constructor, title: title)
      addHelp(forTop: title, of: constructor) { Manual.page(of: declaration, title: title) }
    }
    clua_raw_set(state, -2, entry.name)
  }

  // MARK: Modules

  /// Lets `require` find the modules that ship with the program, after what is preloaded.
  func openModules() {
    pushLoaded()
    _ = clua_raw_get(state, -1, "package")
    _ = clua_raw_get(state, -1, "searchers")
    for index in stride(from: lua_Integer(lua_rawlen(state, -1)), to: 1, by: -1) {
      lua_rawgeti(state, -1, index)
      lua_rawseti(state, -2, index + 1)
    }
    push(Binding("require") { [unowned self] arguments in try self.findModule(arguments) })
    lua_rawseti(state, -2, 2)
    lua_settop(state, 0)
  }

  private func findModule(_ arguments: [Value]) throws -> [Value] {
    guard case .string(let name)? = arguments.first, let source = moduleSource(name) else {
      return [.string("no module of that name ships with bilevel-lua")]
    }
    // A name in brackets keeps the program's own lines out of tracebacks.
    try load(source, chunkName: "=[\(name)]")
    return [.function(LuaFunction(Reference(takingTopOf: state, references))), .string(name)]
  }

  private func pushLoaded() { _ = clua_raw_get(state, clua_registry(), "_LOADED") }

  /// Pops the value on top and makes it a loaded module.
  private func setLoaded(_ module: String) {
    pushLoaded()
    clua_insert(state, -2)
    clua_raw_set(state, -2, module)
    clua_pop(state, 1)
  }
}
