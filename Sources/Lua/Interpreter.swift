import CLua
import CPlatform
import Script

/// A Lua 5.4 state, and all that lets scripts and Swift meet in it.
///
/// No Lua error ever unwinds a Swift frame: Swift calls Lua in protected mode only, and is called
/// through a C trampoline that raises after Swift has returned. An interpreter belongs to the thread
/// that made it.
public final class Interpreter {
  /// What scripts may do, and how much they may hold.
  public struct Options: Sendable {
    /// Whether scripts may run commands, load bytecode and C libraries, and write anywhere.
    public var isTrusted = false
    /// Bytes that scripts may hold, on Lua's heap and in objects; none means no limit.
    public var memoryLimit: Int?
    /// Whether `LUA_PATH` and its like are ignored.
    public var ignoresEnvironment = false
    /// Whether Ctrl-C is this interpreter's to handle.
    public var handlesInterrupts = false

    /// Untrusted, unlimited, without Ctrl-C.
    public init() {}
  }

  /// The state in which Swift is being called now: the main one, or a coroutine.
  var state: OpaquePointer
  let main: OpaquePointer
  let references: References
  let host: UnsafeMutablePointer<clua_host>
  /// The metatable of each Swift type that was pushed, as references into the registry.
  var classes: [ObjectIdentifier: Int32] = [:]
  /// The full name of each type's constructor, as the manual has it.
  var titles: [ObjectIdentifier: String] = [:]
  /// What `help` knows, in the order of opening.
  var pages: [HelpPage] = []
  /// The iterator whose element is on its way to the script.
  var unacknowledged: (any AcknowledgedIterator)?
  /// The table from boxes of Swift objects to their userdata, and the one from values to pages.
  let objects: Int32
  let helpTable: Int32
  /// Answers the source of a module that ships with the program.
  public var moduleSource: (String) -> String? = { _ in nil }

  /// A fresh state with the standard libraries, as far as they are open.
  public init(_ options: Options = Options()) throws {
    host = .allocate(capacity: 1)
    host.initialize(to: clua_host())
    guard let state = clua_new_state(host) else {
      host.deallocate()
      throw ScriptError("not enough memory for an interpreter")
    }
    self.state = state
    main = state
    references = References(state)
    objects = Interpreter.makeTable(state, mode: "v")
    helpTable = Interpreter.makeTable(state, mode: "k")
    host.pointee.owner = Unmanaged.passUnretained(self).toOpaque()
    host.pointee.acknowledge = { owner in
      owner.map { Unmanaged<Interpreter>.fromOpaque($0).takeUnretainedValue().acknowledge() }
    }
    references.interpreter = self
    clua_set_release(state) { Unmanaged<AnyObject>.fromOpaque($0).release() }
    try openLibraries(options)
    if let limit = options.memoryLimit { host.pointee.limit = limit }
    if options.handlesInterrupts { clua_install_interrupt(state) }
  }

  deinit {
    clua_remove_interrupt(main)
    references.close()
    lua_close(main)
    host.deinitialize(count: 1)
    host.deallocate()
  }

  private func openLibraries(_ options: Options) throws {
    try check(clua_open_libraries(state, options.ignoresEnvironment))
    lua_settop(state, 0)
    platform_confine_writing(!options.isTrusted)
    if !options.isTrusted {
      try check(clua_close_sandbox(state))
      lua_settop(state, 0)
    }
    openModules()
    openHelp()
  }

  private static let bytesOfMebibyte = 1 << 20

  private static func makeTable(_ state: OpaquePointer, mode: String) -> Int32 {
    clua_new_table(state)
    clua_new_table(state)
    lua_pushstring(state, mode)
    clua_raw_set(state, -2, "__mode")
    lua_setmetatable(state, -2)
    return luaL_ref(state, clua_registry())
  }

  static func owner(of state: OpaquePointer) -> Interpreter {
    guard let owner = clua_host_of(state).pointee.owner else {
      preconditionFailure("A Lua state of no interpreter.")
    }
    return Unmanaged<Interpreter>.fromOpaque(owner).takeUnretainedValue()
  }

  // MARK: Running

  /// Runs text as a chunk and answers its results; `name` is shown in messages.
  @discardableResult
  public func run(_ text: String, name: String = "script", arguments: [String] = []) throws
    -> [Value]
  {
    try load(text, chunkName: "@" + name)
    for argument in arguments { lua_pushstring(state, argument) }
    return try callTop(Int32(arguments.count))
  }

  /// Pushes text, compiled; `@` before a chunk's name says that it is a file's, `=` that it is not.
  func load(_ text: String, chunkName: String) throws {
    references.drain()
    var text = text
    let status = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1) { empty in
          let start = characters.baseAddress ?? UnsafePointer(empty.baseAddress!)
          return clua_load(state, start, characters.count, chunkName)
        }
      }
    }
    guard status == LUA_OK else {
      lua_pushnil(state)
      throw takeFailure(status)
    }
  }

  /// Calls the function below `count` arguments on top; leaves the stack as it was below them.
  func callTop(_ count: Int32, discardingResults: Bool = false) throws -> [Value] {
    let base = lua_gettop(state) - count - 1
    try check(clua_call(state, count))
    defer { lua_settop(state, base) }
    if discardingResults { return [] }
    return try (base..<lua_gettop(state)).map { try read($0 + 1) }
  }

  /// Throws what a protected call left on the stack if it failed.
  func check(_ status: Int32) throws {
    if status != LUA_OK { throw takeFailure(status) }
  }

  /// Takes the error value and its traceback from the top.
  func takeFailure(_ status: Int32) -> ScriptFailure {
    let traceback = lua_type(state, -1) == LUA_TSTRING ? string(at: -1) : ""
    clua_pop(state, 1)
    var message = errorText(at: -1)
    if status == LUA_ERRMEM, host.pointee.limit > 0 {
      message += " (the limit is \(host.pointee.limit / Interpreter.bytesOfMebibyte) MiB)"
    }
    let reference = Reference(takingTopOf: state, references)
    return ScriptFailure(
      message: message, traceback: traceback, isSyntax: status == LUA_ERRSYNTAX,
      isInterrupt: clua_was_interrupted(state), value: reference)
  }

  private func errorText(at index: Int32) -> String {
    switch lua_type(state, index) {
    case LUA_TSTRING, LUA_TNUMBER: return string(at: index)
    default:
      if luaL_getmetafield(state, index, "__tostring") != LUA_TNIL {
        lua_pushvalue(state, index - 1)
        if let text = try? callTop(1).first, case .string(let text) = text { return text }
      }
      return
        "(error object is a \(String(cString: lua_typename(state, lua_type(state, index)))) value)"
    }
  }

  // MARK: Globals and interrupts

  /// Sets a global variable.
  public func setGlobal(_ name: String, _ value: Value) throws {
    clua_push_globals(state)
    defer { clua_pop(state, 1) }
    try push(value)
    clua_raw_set(state, -2, name)
  }

  /// Makes the next Ctrl-C stop the next script, and forgets the last one.
  public func rearmInterrupt() { clua_rearm_interrupt(main) }

  /// Lets `warn` write to standard error.
  public func turnWarningsOn() { clua_turn_warnings_on(main) }

  /// Bytes on Lua's heap.
  public var heapByteCount: Int { host.pointee.used }
  /// Bytes that objects of scripts hold outside of Lua's heap.
  public var externalByteCount: Int { host.pointee.external }
  /// Collects all garbage.
  public func collectGarbage() { _ = clua_collect(state) }
}
