import CLua
import Script

/// One page of `help`.
struct HelpPage {
  let title: String
  /// What is called, where the page is a function's.
  let function: Function?
  let text: () -> String
}

extension Interpreter {
  /// Lets `help(x)` find a page by its title.
  public func addPage(_ title: String, of function: Function? = nil, _ text: @escaping () -> String)
  {
    pages.append(HelpPage(title: title, function: function, text: text))
  }

  /// Lets `help(x)` find a page by the value on top, which stays, and by its title.
  func addHelp(
    forTop title: String, of function: Function? = nil, _ text: @escaping () -> String
  ) {
    addPage(title, of: function, text)
    lua_rawgeti(state, clua_registry(), lua_Integer(helpTable))
    lua_pushvalue(state, -2)
    lua_pushinteger(state, lua_Integer(pages.count - 1))
    lua_rawset(state, -3)
    clua_pop(state, 1)
  }

  /// Makes the global `help`.
  func openHelp() {
    clua_push_globals(state)
    _ = clua_raw_get(state, -1, "print")
    let printer = LuaFunction(Reference(takingTopOf: state, references))
    // Tables and functions are looked up by identity.
    push(
      Binding("help", takesValues: false) { [unowned self] _ in
        try printer.call([.string(try self.helpText())])
      })
    clua_raw_set(state, -2, "help")
    clua_pop(state, 1)
  }

  private func helpText() throws -> String {
    if lua_gettop(state) > 0, let page = page(at: 1) { return page.text() }
    if lua_type(state, 1) == LUA_TTABLE || lua_type(state, 1) == LUA_TFUNCTION {
      return "No page for this \(lua_type(state, 1) == LUA_TTABLE ? "table" : "function"); \(hint)"
    }
    let value = try read(1)
    switch value {
    case .object(let object):
      let type = type(of: object.content)
      let title = titles[ObjectIdentifier(type)] ?? type.declaration.name
      return Manual.page(of: type.declaration, title: title)
    case .string(let name):
      if let page = pages.first(where: { $0.title == name || $0.title.hasSuffix("." + name) }) {
        return page.text()
      }
      let near = Misuse.nearest(to: name, among: pages.map(\.title))
      throw ScriptError("help: no page '\(name)'" + (near.map { " (did you mean '\($0)'?)" } ?? ""))
    case .none:
      guard let first = pages.first else { return "There is nothing to read about." }
      return first.text() + "\n\nhelp(x) prints the page of x: a function, a group or an object."
    default: return "No page for \(value.sketch); \(hint)"
    }
  }

  private var hint: String { "help() lists what there is." }

  /// The page of the value at an index.
  func page(at index: Int32) -> HelpPage? {
    let index = lua_absindex(state, index)
    lua_rawgeti(state, clua_registry(), lua_Integer(helpTable))
    lua_pushvalue(state, index)
    defer { clua_pop(state, 2) }
    guard lua_type(state, index) != LUA_TNIL, lua_rawget(state, -2) == LUA_TNUMBER else {
      return nil
    }
    return pages[Int(lua_tointegerx(state, -1, nil))]
  }
}
