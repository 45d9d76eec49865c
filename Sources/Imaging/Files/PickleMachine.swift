import Tensors

/// Runs a pickle that builds tensors and plain data, and nothing else.
///
/// Every name is checked when it is met, before anything is made of it; the only functions are
/// those of `PickleGlobal`, all in this folder.
struct PickleMachine {
  private static let damaged = FileProblem("has a damaged pickle")
  /// Later protocols are unknown.
  private static let newestProtocol = 5

  /// The members of tuples, lists and dictionaries.
  private(set) var members: [[PickleValue]] = []
  /// The tensors that were built.
  private(set) var tensors: [Tensor] = []

  private var reader: PickleReader
  private let source: any PyTorchStorageSource
  private var storages: [Tensor] = []
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var copied = 0

  /// A machine for the given pickle, whose storages come from `source`.
  init(_ bytes: UnsafeRawBufferPointer, _ source: any PyTorchStorageSource) {
    reader = PickleReader(bytes)
    self.source = source
  }

  /// The pickled object.
  mutating func run() throws -> PickleValue {
    while true {
      let code = try reader.byte()
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw FileProblem(
          "has a pickle with the instruction \(code), which no file of tensors needs; "
            + "nothing was run")
      }
      if opcode == .stop { break }
      let isDone =
        try runConstant(opcode) || runContainer(opcode) || runMemory(opcode) || runCall(opcode)
      guard isDone else { throw PickleMachine.damaged }
    }
    guard stack.count == 1, marks.isEmpty, reader.isAtEnd else { throw PickleMachine.damaged }
    return stack[0]
  }

  // MARK: Constants

  private mutating func runConstant(_ opcode: PickleOpcode) throws -> Bool {
    switch opcode {
    case .none: stack.append(.none)
    case .newTrue: stack.append(.boolean(true))
    case .newFalse: stack.append(.boolean(false))
    case .binInt: stack.append(.integer(try reader.signed(bytes: 4)))
    case .binInt1: stack.append(.integer(try reader.unsigned(bytes: 1)))
    case .binInt2: stack.append(.integer(try reader.unsigned(bytes: 2)))
    case .long1: stack.append(.integer(try reader.signed(bytes: reader.unsigned(bytes: 1))))
    case .long4: stack.append(.integer(try reader.signed(bytes: reader.unsigned(bytes: 4))))
    case .binFloat: stack.append(.number(try reader.double()))
    default: return try runText(opcode)
    }
    return true
  }

  private mutating func runText(_ opcode: PickleOpcode) throws -> Bool {
    let width =
      switch opcode {
      case .shortBinString, .shortBinUnicode, .shortBinBytes: 1
      case .binString, .binUnicode, .binBytes: 4
      case .binUnicode8, .binBytes8: 8
      default: 0
      }
    guard width > 0 else { return false }
    let text = try reader.text(bytes: reader.unsigned(bytes: width))
    switch opcode {
    case .shortBinBytes, .binBytes, .binBytes8: stack.append(.bytes)
    default: stack.append(.string(text))
    }
    return true
  }

  // MARK: Containers

  private mutating func runContainer(_ opcode: PickleOpcode) throws -> Bool {
    switch opcode {
    case .emptyTuple: stack.append(.tuple(keep([])))
    case .tuple: stack.append(.tuple(keep(try popToMark())))
    case .tuple1: stack.append(.tuple(keep(try pop(1))))
    case .tuple2: stack.append(.tuple(keep(try pop(2))))
    case .tuple3: stack.append(.tuple(keep(try pop(3))))
    case .emptyList: stack.append(.list(keep([])))
    case .list: stack.append(.list(keep(try popToMark())))
    case .append: try extendList(by: pop(1))
    case .appends: try extendList(by: popToMark())
    case .emptyDict: stack.append(.dictionary(keep([])))
    case .dict: stack.append(.dictionary(keep(try pairs(popToMark()))))
    case .setItem: try extendDictionary(by: pop(2))
    case .setItems: try extendDictionary(by: popToMark())
    default: return false
    }
    return true
  }

  private mutating func keep(_ values: [PickleValue]) -> Int {
    members.append(values)
    return members.count - 1
  }

  private mutating func extendList(by values: [PickleValue]) throws {
    guard case .list(let index) = try top() else { throw PickleMachine.damaged }
    members[index] += values
  }

  private mutating func extendDictionary(by values: [PickleValue]) throws {
    guard case .dictionary(let index) = try top() else { throw PickleMachine.damaged }
    members[index] += try pairs(values)
  }

  private func pairs(_ values: [PickleValue]) throws -> [PickleValue] {
    guard values.count % 2 == 0 else { throw PickleMachine.damaged }
    return values
  }

  // MARK: Stack and memory

  private mutating func runMemory(_ opcode: PickleOpcode) throws -> Bool {
    switch opcode {
    case .proto:
      guard try reader.byte() <= PickleMachine.newestProtocol else {
        throw FileProblem("has a pickle of an unknown protocol")
      }
    case .frame: _ = try reader.unsigned(bytes: 8)
    case .mark: marks.append(stack.count)
    case .pop: _ = try pop(1)
    case .popMark: _ = try popToMark()
    case .dup: stack.append(try top())
    case .binGet: try recall(reader.unsigned(bytes: 1))
    case .longBinGet: try recall(reader.unsigned(bytes: 4))
    case .binPut: memo[try reader.unsigned(bytes: 1)] = try top()
    case .longBinPut: memo[try reader.unsigned(bytes: 4)] = try top()
    case .memoize: memo[memo.count] = try top()
    default: return false
    }
    return true
  }

  private mutating func recall(_ index: Int) throws {
    guard let value = memo[index] else { throw PickleMachine.damaged }
    stack.append(value)
  }

  /// The first place of the stack above the last mark.
  private var floor: Int { marks.last ?? 0 }

  private func top() throws -> PickleValue {
    guard stack.count > floor, let value = stack.last else { throw PickleMachine.damaged }
    return value
  }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - count >= floor else { throw PickleMachine.damaged }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw PickleMachine.damaged }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  // MARK: Calls

  private mutating func runCall(_ opcode: PickleOpcode) throws -> Bool {
    switch opcode {
    case .global: try name(module: reader.line(), reader.line())
    case .stackGlobal:
      let names = try pop(2)
      guard case (.string(let module), .string(let name)) = (names[0], names[1]) else {
        throw PickleMachine.damaged
      }
      try self.name(module: module, name)
    case .inst:
      // What may be named is never made in this way.
      _ = try PickleGlobal(module: reader.line(), name: reader.line())
      throw PickleMachine.damaged
    case .binPersID: try load(pop(1)[0])
    case .reduce: try call(pop(2))
    case .build:
      // Attributes of a dictionary, such as the versions of modules.
      _ = try pop(1)
      guard case .dictionary = try top() else { throw PickleMachine.damaged }
    default: return false
    }
    return true
  }

  private mutating func name(module: String, _ name: String) throws {
    stack.append(.global(try PickleGlobal(module: module, name: name)))
  }

  /// ('storage', type, key, location, count).
  private mutating func load(_ identity: PickleValue) throws {
    guard case .tuple(let index) = identity, members[index].count == 5,
      case .string("storage") = members[index][0],
      case .global(.storage(let format)) = members[index][1],
      case .string(let key) = members[index][2], case .integer(let count) = members[index][4]
    else { throw FileProblem("has a pickle with a storage of an unknown kind") }
    storages.append(try source.storage(key, format, count: count))
    stack.append(.storage(storages.count - 1))
  }

  private mutating func call(_ operands: [PickleValue]) throws {
    guard case (.global(let function), .tuple(let index)) = (operands[0], operands[1]) else {
      throw PickleMachine.damaged
    }
    let arguments = members[index]
    switch function {
    case .orderedDictionary where arguments.isEmpty: stack.append(.dictionary(keep([])))
    case .orderedDictionary: stack.append(.dictionary(keep(try items(of: arguments))))
    case .tensor:
      tensors.append(try tensor(arguments))
      stack.append(.tensor(tensors.count - 1))
    case .parameter:
      guard let first = arguments.first, case .tensor = first else { throw PickleMachine.damaged }
      stack.append(first)
    case .storage: throw PickleMachine.damaged
    }
  }

  /// Keys and values of the pairs in a list, the form in which Python 2 wrote dictionaries.
  private func items(of arguments: [PickleValue]) throws -> [PickleValue] {
    guard arguments.count == 1, case .list(let index) = arguments[0] else {
      throw PickleMachine.damaged
    }
    return try members[index].flatMap { pair in
      switch pair {
      case .tuple(let index), .list(let index):
        guard members[index].count == 2 else { throw PickleMachine.damaged }
        return members[index]
      default: throw PickleMachine.damaged
      }
    }
  }

  /// (storage, offset, shape, strides, …).
  private mutating func tensor(_ arguments: [PickleValue]) throws -> Tensor {
    guard arguments.count >= 4, case .storage(let index) = arguments[0],
      case .integer(let offset) = arguments[1]
    else { throw PickleMachine.damaged }
    let view = StridedView(
      offset: offset, shape: try Shape(checked: integers(arguments[2])),
      strides: try integers(arguments[3]))
    let storage = storages[index]
    try view.check(storage.count)
    if view.isWhole(storage.count) { return Tensor(reshaping: storage, to: view.shape) }
    copied += view.shape.count
    guard copied <= source.largestCopy else {
      throw FileProblem("has tensors that repeat the same numbers over and over")
    }
    return view.tensor(of: storage)
  }

  private func integers(_ value: PickleValue) throws -> [Int] {
    guard case .tuple(let index) = value else { throw PickleMachine.damaged }
    return try members[index].map {
      guard case .integer(let number) = $0 else { throw PickleMachine.damaged }
      return number
    }
  }
}
