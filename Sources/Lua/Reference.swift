import CLua
import Script
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The Lua values that Swift holds on to.
///
/// Swift objects may be released on any thread, Lua may be touched on its own only: what is
/// released is noted, and let go of at the next occasion on Lua's thread.
final class References: @unchecked Sendable {
  weak var interpreter: Interpreter?
  private let thread = pthread_self()
  private let released = Mutex<[Int32]>([])
  private var state: OpaquePointer?

  init(_ state: OpaquePointer) { self.state = state }

  /// Whether this is the thread that Lua belongs to.
  var isOnOwnThread: Bool { pthread_equal(thread, pthread_self()) != 0 }

  func release(_ reference: Int32) { released.withLock { $0.append(reference) } }

  /// Lets go of what was released since the last time.
  func drain() {
    guard let state else { return }
    let released = released.withLock { list in
      defer { list.removeAll(keepingCapacity: true) }
      return list
    }
    for reference in released { luaL_unref(state, clua_registry(), reference) }
  }

  func close() { state = nil }
}

/// One Lua value that Swift holds on to.
final class Reference: @unchecked Sendable {
  let references: References
  let index: Int32

  /// Pops the value on top.
  init(takingTopOf state: OpaquePointer, _ references: References) {
    self.references = references
    index = luaL_ref(state, clua_registry())
  }

  deinit { references.release(index) }

  func push(on state: OpaquePointer) { lua_rawgeti(state, clua_registry(), lua_Integer(index)) }
}

/// A script's function, callable from Swift.
final class LuaFunction: ScriptFunction, @unchecked Sendable {
  let reference: Reference

  init(_ reference: Reference) { self.reference = reference }

  override var name: String { "the script's function" }

  override func call(_ arguments: [Value]) throws -> [Value] {
    guard reference.references.isOnOwnThread else {
      throw ScriptError("a script's function was called outside of the script's own thread")
    }
    guard let interpreter = reference.references.interpreter else {
      throw ScriptError("the interpreter of a script's function is closed")
    }
    guard lua_checkstack(interpreter.state, Int32(arguments.count) + Interpreter.reserve) != 0
    else {
      throw ScriptError("stack overflow")
    }
    reference.push(on: interpreter.state)
    let base = lua_gettop(interpreter.state)
    do { for argument in arguments { try interpreter.push(argument) } } catch {
      lua_settop(interpreter.state, base - 1)
      throw error
    }
    return try interpreter.callTop(Int32(arguments.count))
  }
}
