import Script
import Tensors
import Testing

/// The script face, called as the interpreter calls it.
@Suite(.serialized) struct TensorScriptTests {
  @Test func nestedTablesBecomeTensorsAndBack() throws {
    let t = try make(
      "tensor", .list([.list([.integer(1), .number(2)]), .list([.number(3), .number(.nan)])]))
    #expect(t.shape == [2, 2])
    #expect(t[flat: 2] == 3 && t[flat: 3].isNaN)
    #expect(t.nested.description == "{{1, 2}, {3, nan}}")
    #expect(try make("tensor", .number(4)).shape == [])
    #expect(try make("tensor", .list([])).shape == [0])
  }

  @Test func raggedTablesSayWhere() {
    let ragged = Value.list([.list([.number(1), .number(2)]), .list([.number(3)])])
    #expect(message { try make("tensor", ragged) }.contains("'values[2]'"))
    #expect(message { try make("tensor", .list([.string("x")])) }.contains("a number"))
    #expect(message { try make("tensor") }.contains("missing"))
  }

  @Test func makersTakeShapesTypesAndSeeds() throws {
    let shape = Table(elements: [.integer(2), .integer(3)])
    #expect(try make("zeros", .table(shape)).shape == [2, 3])
    var typed = shape
    typed.fields = [(name: "dtype", value: .string("float32"))]
    #expect(try make("ones", .table(typed)).elementType == .float32)
    #expect(try make("full", .table(shape), .number(7)).elements.allSatisfy { $0 == 7 })
    var seeded = shape
    seeded.fields = [(name: "seed", value: .integer(5))]
    #expect(try make("randn", .table(seeded)).equals(make("randn", .table(seeded))))
    #expect(message { try make("zeros", .list([.integer(-1)])) }.contains(">= 0"))
    #expect(
      message { try make("zeros", .list([.integer(1 << 40), .integer(1 << 40)])) }.contains(
        "memory"))
    #expect(message { try make("eye", .integer(1 << 40)) }.contains("memory"))
    #expect(message { try make("arange", .number(0), .number(1), .number(0)) }.contains("step"))
    #expect(
      message { try make("rand", .table(Table(fields: [(name: "sed", value: .integer(1))]))) }
        .contains("did you mean 'seed'"))
  }

  @Test func unseededObjectsDrawTheirKeysInOrder() throws {
    let shape = Value.list([.integer(4)])
    _ = try call("seed", .integer(3))
    let first = try [make("rand", shape), make("rand", shape)]
    _ = try call("seed", .integer(3))
    let again = try [make("rand", shape), make("rand", shape)]
    #expect(first[0].equals(again[0]) && first[1].equals(again[1]))
    #expect(!first[0].equals(first[1]))
  }

  @Test func precisionIsWhatNewTensorsTake() throws {
    defer { Session.shared.elementType = .float64 }
    _ = try call("precision", .string("float32"))
    #expect(try make("zeros", .list([.integer(1)])).elementType == .float32)
    #expect(try make("tensor", .list([.integer(1)])).elementType == .float32)
    #expect(try call("precision").description == "\"float32\"")
    #expect(message { try call("precision", .string("float16")) }.contains("float32"))
  }

  @Test func indicesCountFromOneAndFromTheEnd() throws {
    let t = object(Tensor((1...12).map(Double.init), shape: [3, 4]))
    #expect(try element(t, .integer(2)).contains("[5 6 7 8]"))
    #expect(try element(t, .list([.integer(2), .integer(3)])) == "7")
    #expect(try element(t, .list([.integer(-1), .integer(-1)])) == "12")
    #expect(
      try element(t, .list([.list([.integer(1), .integer(2)]), .integer(4)])).contains("[4 8]"))
    #expect(try element(t, .list([.list([]), .integer(1)])).contains("[1 5 9]"))
    #expect(
      try element(t, .list([.integer(1), .list([.integer(4), .integer(1), .integer(-2)])]))
        .contains("[4 2]"))
    #expect(try element(t, .integer(4)) == "nil")
    for key in [Value.integer(0), .integer(5), .integer(-4), .boolean(true), .number(1.5)] {
      #expect(throws: ScriptError.self) { try element(t, key) }
    }
    #expect(throws: ScriptError.self) {
      try element(t, .list([.integer(1), .integer(1), .integer(1)]))
    }
    #expect(throws: ScriptError.self) {
      try element(t, .list([.list([.integer(1), .integer(2), .integer(0)])]))
    }
  }

  @Test func elementsCanBeAssigned() throws {
    let t = object(Tensor(zeros: [2, 2]))
    try Tensor.declaration.assign(.number(5), to: .list([.integer(1), .integer(2)]), of: t)
    try Tensor.declaration.assign(.list([.integer(7), .integer(8)]), to: .integer(2), of: t)
    #expect((t.content as? Tensor)?.elements == [0, 5, 7, 8])
    #expect(throws: ScriptError.self) {
      try Tensor.declaration.assign(.string("x"), to: .integer(1), of: t)
    }
    #expect((t.content as? Tensor)?.elements == [0, 5, 7, 8])
  }

  @Test func operatorsTakeNumbersOnEitherSide() throws {
    let t = Tensor([1, 4], shape: [2])
    #expect(try operate(.subtract, .number(1), .object(t)).elements == [0, -3])
    #expect(try operate(.power, .object(t), .number(0.5)).elements == [1, 2])
    #expect(try operate(.power, .object(t), .number(2)).elements == [1, 16])
    #expect(try operate(.divide, .object(t), .object(t)).elements == [1, 1])
    #expect(
      message { try operate(.add, .object(t), .string("x")) }.contains("a tensor or a number"))
  }

  @Test(arguments: Tensor.declaration.methods.map(\.name))
  func wrongArgumentsAreErrorsAndNeverTraps(method: String) throws {
    let function = try #require(Tensor.declaration.methods.first { $0.name == method })
    let wrong: [Value] = [
      .none, .number(.nan), .number(-1e300), .integer(.max), .integer(.min), .integer(0),
      .string("x"), .list([]), .list([.integer(.max), .integer(.max)]), .boolean(true),
      .object(Tensor(zeros: [])), .object(Tensor(zeros: [0, 5])),
      .object(Tensor(zeros: [7, 3, 2, 2])),
      .function(NativeFunction("f") { _ in [] }),
    ]
    for shape in [[], [0], [3], [2, 2], [2, 3, 4]] as [Shape] {
      for first in wrong {
        for rest in [[], [Value.integer(.min)], [.none, .none, .none, .list([])]] {
          let receiver = Value.object(Tensor(zeros: shape))
          do { _ = try function.call([receiver, first] + rest, as: method) } catch {
            #expect(!"\(error)".isEmpty)
          }
        }
      }
    }
    #expect(throws: (any Error).self) { try function.call([], as: method) }
    #expect(throws: (any Error).self) { try function.call([.integer(1)], as: method) }
  }

  // MARK: Shorthands

  private func function(_ name: String) throws -> Function {
    for entry in TensorLibrary.entries where entry.name == name {
      switch entry {
      case .function(let function): return function
      case .type(let declaration): return try #require(declaration.constructor)
      case .group: break
      }
    }
    throw ScriptError("no function \(name)")
  }

  @discardableResult
  private func call(_ name: String, _ arguments: Value...) throws -> Value {
    try function(name).call(arguments, as: "bl." + name).first ?? .none
  }

  @discardableResult
  private func make(_ name: String, _ arguments: Value...) throws -> Tensor {
    let results = try function(name).call(arguments, as: "bl." + name)
    return try Tensor.kind.read(results.first ?? .none)
  }

  private func message(_ body: () throws -> Any) -> String {
    do { _ = try body() } catch { return "\(error)" }
    return "no error"
  }

  private func object(_ tensor: Tensor) -> ScriptObject { ScriptObject(tensor) }

  @discardableResult
  private func element(_ object: ScriptObject, _ key: Value) throws -> String {
    try Tensor.declaration.element(key, of: object).first?.description ?? "nil"
  }

  @discardableResult
  private func operate(_ symbol: Script.Symbol, _ a: Value, _ b: Value) throws -> Tensor {
    let function = try #require(Tensor.declaration.operators[symbol])
    return try Tensor.kind.read(function.call([a, b], as: symbol.text).first ?? .none)
  }
}
