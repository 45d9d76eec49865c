import Bilevel
import Dispatch
import Script
import Synchronization
import Tensors

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Fuzz {
  /// Calls what a library offers with arguments drawn at random, for so many seconds: right ones with
  /// something in them exchanged, at any depth, objects that earlier calls made among them.
  ///
  /// A call that takes longer than `patience` seconds is interrupted, as by Ctrl-C. `log` is told the name
  /// of each call before it is made, so that the last one is known if the process dies.
  public mutating func run(
    _ library: Group, seconds: Double, seed: UInt64, patience: Double = 5,
    log: (String) -> Void = { _ in }
  ) {
    run(library)
    replacesInstances = true
    var random = RandomSource(seed: seed)
    let functions = Target.all(in: library)
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    let watchdog = Watchdog(patience: patience)
    while clock.now < end {
      let targets = functions + declarations.flatMap(Target.all)
      let target = targets[random.integer(below: targets.count)]
      guard !exceptions.contains(target.title) else { continue }
      log(target.title)
      watchdog.start()
      tryOnce(target, &random)
      watchdog.stop()
    }
    watchdog.end()
  }

  private mutating func tryOnce(_ target: Target, _ random: inout RandomSource) {
    switch target.member {
    case .function(let function):
      let arguments = receiver(of: target, &random) + arguments(of: function, target.title, &random)
      call(target.title) { try function.call(arguments, as: target.title) }
    case .members(let declaration):
      guard case .object(let object)? = receiver(of: target, &random).first else { return }
      let names = declaration.memberNames(of: object.content) + ["nonsense"]
      let name = names[random.integer(below: names.count)]
      let (key, value) = (value(&random, depth: 0), value(&random, depth: 0))
      call(target.title) { [try declaration.property(name, of: object)] }
      call(target.title) { try declaration.element(key, of: object) }
      call(target.title) { try declaration.assign(value, to: key, of: object) }
      call(target.title) { try declaration.assign(value, to: .string(name), of: object) }
      call(target.title) { _ = object.description }
    }
  }

  private func receiver(of target: Target, _ random: inout RandomSource) -> [Value] {
    guard let owner = target.owner else { return [] }
    guard let objects = instances[owner], !objects.isEmpty, random.integer(below: 20) > 0 else {
      return [value(&random, depth: 0)]
    }
    return [.object(objects[random.integer(below: objects.count)])]
  }

  private func arguments(
    of function: Function, _ title: String, _ random: inout RandomSource
  ) -> [Value] {
    if let example = examples[title], random.integer(below: 4) > 0 {
      var changed = example
      for _ in 0...random.integer(below: 2) where !changed.isEmpty {
        let place = random.integer(below: changed.count)
        changed[place] = exchanged(changed[place], &random)
      }
      return changed
    }
    let parameters = function.parameters
    return (0..<max(0, parameters.count + random.integer(below: 3) - 1)).map { place in
      guard place < parameters.count, !parameters[place].fields.isEmpty else {
        return value(&random, depth: 0)
      }
      return record(of: parameters[place].fields, &random)
    }
  }

  /// A table of some named arguments.
  private func record(of fields: [Parameter], _ random: inout RandomSource) -> Value {
    var table = Table()
    for field in fields where random.integer(below: 3) == 0 {
      if field.isElements {
        table.elements = (0..<random.integer(below: 4)).map { _ in value(&random, depth: 1) }
      } else {
        table.fields.append((name: field.name, value: value(&random, depth: 0)))
      }
    }
    return .table(table)
  }

  /// The value with something in it exchanged.
  private func exchanged(_ old: Value, _ random: inout RandomSource) -> Value {
    guard case .table(var table) = old, random.integer(below: 4) > 0 else {
      return value(&random, depth: 0)
    }
    let count = table.elements.count + table.fields.count
    guard count > 0 else { return value(&random, depth: 0) }
    let place = random.integer(below: count)
    if place < table.elements.count {
      table.elements[place] = exchanged(table.elements[place], &random)
    } else {
      let field = place - table.elements.count
      table.fields[field].value = exchanged(table.fields[field].value, &random)
    }
    return .table(table)
  }

  /// Anything: numbers small and extreme, objects, lists, texts, and what is wrong for almost everything.
  private func value(_ random: inout RandomSource, depth: Int) -> Value {
    switch random.integer(below: 8) {
    case 0, 1: return .integer(random.integer(below: 12) - 2)
    case 2: return .number(random.normal() * (random.integer(below: 2) == 0 ? 1 : 100))
    case 3, 4:
      let types = declarations.compactMap { instances[$0.identity]?.first }
      guard !types.isEmpty else { return .none }
      return .object(types[random.integer(below: types.count)])
    case 5 where depth < 3:
      return .list((0..<random.integer(below: 5)).map { _ in value(&random, depth: depth + 1) })
    case 6:
      let names = ["huber", "gaussian", "reflect", "zero", "x", "certified", "none", "isotropic"]
      return .string(names[random.integer(below: names.count)])
    default:
      let wrong = Fuzz.wrong
      return wrong[random.integer(below: wrong.count)]
    }
  }
}

/// Something that can be called.
private struct Target {
  enum Member {
    case function(Function)
    case members(Declaration)
  }

  let title: String
  let member: Member
  /// The type of the object before the colon.
  var owner: ObjectIdentifier?

  static func all(in library: Group) -> [Target] {
    all(of: library.entries, title: library.name)
  }

  private static func all(of entries: [Entry], title: String) -> [Target] {
    entries.flatMap { entry -> [Target] in
      let name = title + "." + entry.name
      switch entry {
      case .group(let group): return all(of: group.entries, title: name)
      case .function(let function): return [Target(title: name, member: .function(function))]
      case .type(let declaration):
        return declaration.constructor.map { [Target(title: name, member: .function($0))] } ?? []
      }
    }
  }

  static func all(of declaration: Declaration) -> [Target] {
    let functions =
      declaration.methods.map { (declaration.name + ":" + $0.name, $0) }
      + declaration.operators.map { (declaration.name + ": " + $0.key.text, $0.value) }
      .sorted { $0.0 < $1.0 }
    return functions.map { title, function in
      Target(title: title, member: .function(function), owner: declaration.identity)
    } + [
      Target(title: declaration.name, member: .members(declaration), owner: declaration.identity)
    ]
  }
}

/// Interrupts what takes too long.
private final class Watchdog: Sendable {
  private struct State {
    var started: Double?
    var isOver = false
  }

  private let state = Mutex(State())

  init(patience: Double) {
    DispatchQueue.global().async { [self] in
      while !state.withLock({ $0.isOver }) {
        usleep(100_000)
        let started = state.withLock { $0.started }
        if let started, Watchdog.seconds - started > patience { Interruption.request() }
      }
    }
  }

  private static var seconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + 1e-9 * Double(now.tv_nsec)
  }

  func start() { state.withLock { $0.started = Watchdog.seconds } }

  func stop() {
    state.withLock { $0.started = nil }
    Interruption.clear()
  }

  func end() { state.withLock { $0.isOver = true } }
}
