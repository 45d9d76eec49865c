import CLua
import Script

/// A Swift closure behind a Lua function.
final class Binding {
  let title: String
  /// Whether the arguments are converted; else the closure looks at the stack by itself.
  let takesValues: Bool
  let body: ([Value]) throws -> [Value]

  init(_ title: String, takesValues: Bool = true, _ body: @escaping ([Value]) throws -> [Value]) {
    self.title = title
    self.takesValues = takesValues
    self.body = body
  }

  /// A declared function under its full name.
  convenience init(_ function: Function, title: String) {
    self.init(title) { arguments in try function.call(arguments, as: title) }
  }
}

extension Interpreter {
  /// Pushes a Lua function that calls the closure.
  func push(_ binding: Binding) {
    clua_push_function(
      state,
      { state, context in
        guard let context else { return Int32(CLUA_ERROR) }
        let binding = Unmanaged<Binding>.fromOpaque(context).takeUnretainedValue()
        return Interpreter.owner(of: state).answer(binding, in: state)
      }, Unmanaged.passRetained(binding as AnyObject).toOpaque())
  }

  /// Pushes a Lua function that calls a declared one under its full name.
  func push(_ function: Function, title: String) {
    push(Binding(function, title: title))
  }

  /// Calls the closure with what is on the stack of the calling coroutine.
  private func answer(_ binding: Binding, in caller: OpaquePointer) -> Int32 {
    let previous = state
    state = caller
    defer { state = previous }
    references.drain()
    do {
      let results = try binding.body(try arguments(of: binding))
      guard lua_checkstack(state, Int32(clamping: results.count) + Interpreter.reserve) != 0 else {
        throw ScriptError("\(binding.title): too many results")
      }
      for result in results { try push(result) }
      return Int32(results.count)
    } catch let failure as ScriptFailure where failure.value.references === references {
      failure.value.push(on: state)
      push(failure.traceback)
      clua_restore_traceback(state)
      return Int32(CLUA_RAISE)
    } catch {
      push("\(error)")
      return Int32(CLUA_ERROR)
    }
  }

  /// Sees to it that the iterator is told when the script has what it answers now.
  func awaitAcknowledgement(of iterator: (any AcknowledgedIterator)?) {
    unacknowledged = iterator
    host.pointee.unacknowledged = iterator != nil
  }

  /// The script has it.
  func acknowledge() {
    let iterator = unacknowledged
    unacknowledged = nil
    iterator?.acknowledge()
  }

  private func arguments(of binding: Binding) throws -> [Value] {
    let count = lua_gettop(state)
    guard count > 0, binding.takesValues else { return [] }
    do { return try (1...count).map { try read($0) } } catch let error as ScriptError {
      throw ScriptError("\(binding.title): \(error)")
    }
  }
}
