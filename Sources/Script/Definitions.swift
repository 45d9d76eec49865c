/// Prints declarations for editors: the definitions that lua-language-server reads (LuaCATS), so that
/// it completes names, shows what they mean, and checks arguments while a script is being written.
public struct Definitions {
  private let library: Group
  private let names: ClassNames
  private var lines: [String] = []

  /// The definitions of a library, as the text of a file.
  public static func text(of library: Group, module: String) -> String {
    var definitions = Definitions(library)
    definitions.add(module: module)
    return definitions.lines.joined(separator: "\n") + "\n"
  }

  private init(_ library: Group) {
    self.library = library
    names = ClassNames(library)
  }

  private mutating func add(module: String) {
    lines = ["---@meta \(module)", ""]
    comment(library.summary)
    lines += ["---@class \(module)", "local \(library.name) = {}", ""]
    for noun in names.nouns { lines += ["---@class \(noun)", ""] }
    add(library.entries, title: library.name)
    comment(
      "Prints the page of anything that is bound; without an argument the list of all groups.")
    lines += ["---@param x? any", "function help(x) end", "", "return \(library.name)"]
  }

  private mutating func add(_ entries: [Entry], title: String) {
    for entry in entries {
      switch entry {
      case .group(let group):
        comment(group.summary)
        lines += ["\(title).\(group.name) = {}", ""]
        add(group.entries, title: title + "." + group.name)
      case .function(let function): add(function, title: title + "." + function.name)
      case .type(let declaration):
        add(declaration)
        guard let constructor = declaration.constructor else { continue }
        add(constructor, title: title + "." + declaration.name)
      }
    }
  }

  // MARK: Types

  private mutating func add(_ declaration: Declaration) {
    let name = names.name(of: declaration.identity)
    // A block of its own: Lua has no more than 200 local variables in one.
    lines += ["do"]
    comment(declaration.page.summary)
    lines += ["---@class \(name)" + (names.base(of: declaration.identity).map { ": " + $0 } ?? "")]
    for property in declaration.properties {
      field(property.name, type(property.type), of: property.summary, unit: property.unit)
    }
    if let dynamic = declaration.dynamic { field("[string]", "any", of: dynamic.summary) }
    if let elements = declaration.elements { field("[any]", "any", of: elements.summary) }
    addOperators(declaration)
    lines += ["local class = {}", ""]
    for method in declaration.methods { add(method, title: "class:" + method.name, within: name) }
    if lines.last == "" { lines.removeLast() }
    lines += ["end", ""]
  }

  private mutating func field(
    _ name: String, _ type: String, of summary: String, unit: String? = nil
  ) {
    lines.append("---@field \(name) \(type) \(line(summary))" + (unit.map { " (\($0))" } ?? ""))
  }

  /// Operators as lua-language-server names them.
  private static let operatorNames: [(Symbol, String)] = [
    (.add, "add(any)"), (.subtract, "sub(any)"), (.multiply, "mul(any)"), (.divide, "div(any)"),
    (.modulo, "mod(any)"), (.power, "pow(any)"), (.floorDivide, "idiv(any)"), (.negate, "unm"),
    (.concatenate, "concat(any)"), (.length, "len"),
  ]

  private mutating func addOperators(_ declaration: Declaration) {
    for (symbol, name) in Self.operatorNames {
      guard let function = declaration.operators[symbol] else { continue }
      lines.append("---@operator \(name): \(type(function.result ?? .any))")
    }
    guard let call = declaration.operators[.call] else { return }
    let arguments = call.parameters.map { parameter in
      "\(identifier(parameter)): \(type(parameter, within: names.name(of: declaration.identity)))"
    }
    let result = call.result.map { ": " + type($0) } ?? ""
    lines.append("---@overload fun(\(arguments.joined(separator: ", ")))\(result)")
  }

  // MARK: Functions

  private mutating func add(_ function: Function, title: String, within owner: String? = nil) {
    let scope =
      owner.map { $0 + "." + function.name } ?? "bilevel" + title.dropFirst(library.name.count)
    let parameters = function.parameters
    for parameter in parameters { addOptions(parameter, as: scope + ".options") }
    comment(function.page.summary)
    for parameter in parameters {
      lines.append(
        "---@param \(identifier(parameter))\(isRequired(parameter) || isRest(parameter) ? "" : "?")"
          + " \(type(parameter, within: scope)) \(line(parameter.summary))")
    }
    addResults(of: function)
    let arguments = parameters.map { identifier($0) }.joined(separator: ", ")
    lines += ["function \(title)(\(arguments)) end", ""]
  }

  private mutating func addResults(of function: Function) {
    guard let result = function.result else { return }
    let text = line(function.page.returns)
    let titles = text.prefix { $0 != "(" }.split(separator: ",").map { $0.trimmed }
    if case .any = result, titles.count > 1, titles.allSatisfy({ $0.allSatisfy(\.isLetter) }) {
      for title in titles {
        lines.append("---@return \(title == "info" ? "table" : "any") \(title)")
      }
    } else {
      var name = type(result)
      if case .any = result { name = names.named(in: text) }
      lines.append(
        "---@return \(name)" + (text.split(separator: " ").count < 3 ? "" : " # " + text))
    }
  }

  /// The class of a table of named arguments.
  private mutating func addOptions(_ parameter: Parameter, as name: String) {
    guard !parameter.fields.isEmpty else { return }
    for field in parameter.fields { addOptions(field, as: name + "." + field.name) }
    lines.append("---@class \(name)")
    for field in parameter.fields {
      let title = field.isElements ? "[integer]" : field.name + (isRequired(field) ? "" : "?")
      let kind = field.fields.isEmpty ? elementType(field) : name + "." + field.name
      lines.append("---@field \(title) \(kind) \(facts(field))")
    }
    lines.append("")
  }

  private func elementType(_ field: Parameter) -> String {
    if field.isElements, case .list(let element) = field.type { return type(element) }
    return type(field.type)
  }

  private func facts(_ parameter: Parameter) -> String {
    let unit = parameter.unit.map { ", in \($0)" } ?? ""
    let value = parameter.default.map { "; default \($0)" } ?? ""
    return line("\(parameter.summary) (\(parameter.words)\(unit)\(value))")
  }

  private func isRest(_ parameter: Parameter) -> Bool { parameter.name.hasSuffix("…") }

  private func isRequired(_ parameter: Parameter) -> Bool {
    parameter.fields.isEmpty
      ? parameter.isRequired : parameter.fields.contains { $0.isRequired && !$0.isElements }
  }

  private static let keywords: Set<String> = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
    "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
  ]

  private func identifier(_ parameter: Parameter) -> String {
    if isRest(parameter) { return "..." }
    let name = parameter.name.isEmpty ? "options" : parameter.name.replacing(" ", with: "_")
    return Self.keywords.contains(name) ? name + "_" : name
  }

  private func type(_ parameter: Parameter, within scope: String) -> String {
    if isRest(parameter) { return names.text(of: .either(parameter.type, .list(parameter.type))) }
    guard !parameter.fields.isEmpty else { return type(parameter.type) }
    let options = scope + ".options"
    if case .either(.record, let other) = parameter.type { return options + "|" + type(other) }
    if case .either(let other, .record) = parameter.type { return type(other) + "|" + options }
    return options
  }

  private func type(_ type: ScriptType) -> String { names.text(of: type) }

  private mutating func comment(_ text: String) {
    lines += text.split(separator: "\n").map { "---" + $0.trimmed }
  }

  private func line(_ text: String) -> String {
    text.split(separator: "\n").map { $0.trimmed }.joined(separator: " ")
  }
}

/// What the types of a library are called in its definitions.
private struct ClassNames {
  private var names: [ObjectIdentifier: String] = [:]
  private var bases: [ObjectIdentifier: String] = [:]
  private let groups: [String]
  /// The classes that stand for all types of a group.
  private(set) var nouns: [String] = []

  /// What all types of a group are, where that is not the group's own name.
  private static let nounOfGroup = [
    "data": "dataset", "linear": "linear solver", "hypergradient": "hypergradient method",
  ]

  init(_ library: Group) {
    var groups: [String] = []
    for case .type(let declaration) in library.entries {
      names[declaration.identity] = "bilevel." + declaration.name
    }
    for case .group(let group) in library.entries {
      let types = group.entries.compactMap { if case .type(let type) = $0 { type } else { nil } }
      let noun = Self.className(Self.nounOfGroup[group.name] ?? group.name)
      // A group in which nothing is made has no noun for what it makes.
      let isKind = types.contains { $0.constructor != nil }
      if isKind {
        groups.append(group.name)
        nouns.append(noun)
      }
      for type in types {
        let name = type.constructor == nil ? type.name : group.name + "." + type.name
        names[type.identity] = "bilevel." + name
        if isKind, "bilevel." + name != noun { bases[type.identity] = noun }
      }
    }
    self.groups = groups
    let declared = Set(names.values)
    nouns.removeAll { declared.contains($0) }
  }

  func name(of identity: ObjectIdentifier) -> String { names[identity] ?? "any" }
  func base(of identity: ObjectIdentifier) -> String? { bases[identity] }

  func text(of type: ScriptType) -> String {
    switch type {
    case .any: "any"
    case .boolean: "boolean"
    case .number: "number"
    case .integer: "integer"
    case .string: "string"
    case .function: "function"
    case .table, .record: "table"
    case .literals(let strings): strings.map { "\"\($0)\"" }.joined(separator: "|")
    case .list(let element): list(of: text(of: element))
    case .either(let first, let second): text(of: first) + "|" + text(of: second)
    case .instance(let identity): name(of: identity)
    case .noun(let noun): isKnown(noun) ? Self.className(noun) : "any"
    }
  }

  private func list(of element: String) -> String {
    element.contains("|") ? "(\(element))[]" : element + "[]"
  }

  private func isKnown(_ noun: String) -> Bool { groups.contains { noun.hasPrefix($0) } }

  private static func className(_ noun: String) -> String {
    "bilevel." + noun.replacing(" ", with: "_")
  }

  /// What a sentence such as `a number, or a tensor {height, width}` speaks of.
  func named(in text: String) -> String {
    let found = text.replacing(", or ", with: " or ").split(separator: " or ").map(single)
    return found.contains("any") ? "any" : found.joined(separator: "|")
  }

  private func single(_ text: Substring) -> String {
    guard let noun = String(text).withoutArticle.split(whereSeparator: { !$0.isLetter }).first
    else { return "any" }
    if ["number", "table", "string"].contains(noun) { return String(noun) }
    let name = "bilevel." + noun
    return names.values.contains(name) || nouns.contains(name) ? name : "any"
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
