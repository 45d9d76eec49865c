import Lua
import Script
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// All tests of the interpreter, one after the other: the place where files may be written and the
/// handler of Ctrl-C belong to the process.
@Suite(.serialized) enum LuaTests {}

/// Counts its living instances and claims to hold memory.
final class Probe: Scriptable {
  nonisolated(unsafe) static var living = 0
  let size: Int

  init(size: Int) {
    self.size = size
    Probe.living += 1
  }

  deinit { Probe.living -= 1 }

  var externalByteCount: Int { size }

  static let declaration = Declaration(Probe.self, "probe", "Counts its living instances.") {
    Constructor(Argument("size", .integer(atLeast: 0), default: 0, "bytes")) { Probe(size: $0) }
    Method("call", "Calls a function with numbers.", Argument("f", .function, "the function")) {
      _, function in try function(1, 2)
    }
    Method("same", "The same instance in another box.") { probe in probe }
    Method("fail", "Fails.") { _ -> Int in throw ScriptError("it failed") }
    Property("size", \.size, "bytes")
  }
}

/// A list of numbers that scripts may change.
struct Sequence: Scriptable {
  var numbers: [Double] = []
  var scale = 1.0

  static let declaration = Declaration(
    Sequence.self, "sequence", "Numbers.", example: "sequence { 1, 2 }"
  ) {
    Constructor(Sequence()) {
      Field(elements: "numbers", \.numbers, .list(of: .number), "the numbers")
      Field("scale", \.scale, .positive, "a factor", unit: "seconds")
    }
    Method(mutating: "push", "Appends.", Argument("number", .number, "what")) {
      $0.numbers.append($1)
    }
    Method("each", "An iterator.") { sequence in
      var rest = sequence.numbers[...]
      return NativeFunction.iterator("each") { rest.popFirst() }
    }
    Operator(.length, "how many") { $0.numbers.count }
    Operator(.add, "Sum.", operand, operand) { Sequence(numbers: zip($0, $1).map(+)) }
    Operator(.negate, "Opposite.") { Sequence(numbers: $0.numbers.map(-)) }
    Operator(call: "Number at i.", Argument("i", .integer(atLeast: 1), "index")) { sequence, i in
      i <= sequence.numbers.count ? sequence.numbers[i - 1] : nil
    }
    Elements(
      "numbers",
      get: { sequence, key -> Double? in
        key.asInteger.flatMap {
          sequence.numbers.indices.contains($0 - 1) ? sequence.numbers[$0 - 1] : nil
        }
      },
      set: { sequence, key, value in
        guard let i = key.asInteger, sequence.numbers.indices.contains(i - 1),
          let number = value.asNumber
        else { throw ScriptError("no such element") }
        sequence.numbers[i - 1] = number
      })
  }

  static let operand = Kind<[Double]>.either(
    Kind.number.map({ [$0, $0, $0] }, back: { $0[0] }),
    Kind.object(Sequence.self).map({ $0.numbers }, back: { Sequence(numbers: $0) }),
    write: { $0.scriptValue })
}

/// Counts, and hands a number out again until the script has it.
final class Counter: Scriptable, AcknowledgedIterator {
  private(set) var handedOut = 0
  private(set) var acknowledged = 0
  /// Where Ctrl-C comes while the number is on its way.
  var interruption: Int?

  func acknowledge() { acknowledged = handedOut }

  private func next() -> Int {
    if handedOut == acknowledged { handedOut += 1 }
    if handedOut == interruption {
      interruption = nil
      raise(SIGINT)
    }
    return handedOut
  }

  static let declaration = Declaration(Counter.self, "counter", "Counts.") {
    Operator(next: "the next number") { (counter: Counter) -> Int? in counter.next() }
  }
}

let library = Group(
  "bl", "The library.",
  [
    .group("noun", "A group.", [.type(Probe.self), .type(Sequence.self)]),
    .function(
      Function("add", "Adds.", Argument("a", .number, "one"), Argument("b", .number, "other")) {
        $0 + $1
      }),
    .function(
      Function(
        "each", "Calls f often.", Argument("n", .integer, "times"), Argument("f", .function, "f")
      ) {
        count, function in for i in 0..<count { _ = try function.call([.integer(i)]) }
      }),
    .function(Function("several", "Three results.") { Results(1, "two", true) }),
    .function(Function("echo", "The argument.", Argument("value", .anything, "what")) { $0 }),
  ])

/// An interpreter with the library as a global.
func makeInterpreter(trusted: Bool = false, memory: Int? = nil, interrupts: Bool = false) throws
  -> Interpreter
{
  var options = Interpreter.Options()
  options.isTrusted = trusted
  options.memoryLimit = memory
  options.handlesInterrupts = interrupts
  let interpreter = try Interpreter(options)
  try interpreter.open(library, module: "bilevel")
  interpreter.setGlobal("bl", toModule: "bilevel")
  return interpreter
}

/// The message of the error that running the text raises.
func failure(_ text: String, in interpreter: Interpreter) -> String {
  do { try interpreter.run(text, name: "test.lua") } catch { return "\(error)" }
  return "no error"
}
