/// A value that can be reached by names alone: `bl.optimizer`, `runs[2].theta`.
struct ValuePath {
  enum Key: Equatable {
    case name(String)
    case index(Int)
  }

  /// The global name, then the keys.
  var keys: [Key]
}

/// A call that is being typed: `path(…` or `object:method(…`.
struct CallPath {
  let path: ValuePath
  /// The name after the colon, where there is one.
  let method: String?
}

/// Where a table stands that is being typed.
indirect enum ArgumentPlace {
  /// An argument of a call, from 0.
  case argument(CallPath, Int)
  /// The named argument of another table.
  case field(String, of: OpenTable)
}

/// A table that is being typed.
struct OpenTable {
  let place: ArgumentPlace
}

/// What is before the cursor, and what it is inside of.
struct CompletionContext {
  private struct OpenBracket {
    let index: Int
    var argument = 0
  }

  private let tokens: [ScriptToken]
  private let open: [OpenBracket]

  init(tokens: [ScriptToken]) {
    self.tokens = tokens
    var open: [OpenBracket] = []
    for (index, token) in tokens.enumerated() {
      if token.isSymbol("(", "{", "[") { open.append(OpenBracket(index: index)) }
      if token.isSymbol(")", "}", "]") { _ = open.popLast() }
      if token.isSymbol(","), !open.isEmpty { open[open.count - 1].argument += 1 }
    }
    self.open = open
  }

  /// The value before a dot or colon at the end, and whether it is a colon.
  var memberAccess: (ValuePath, isMethod: Bool)? {
    guard let last = tokens.last, last.isSymbol(".", ":") else { return nil }
    return (path(endingAt: tokens.count - 2) ?? ValuePath(keys: []), last.text == ":")
  }

  /// Whether a new name is expected, which nobody can guess.
  var isDeclaringName: Bool {
    guard let last = tokens.last, last.kind == .name else { return false }
    return ["local", "for", "function", "goto"].contains(last.text)
  }

  /// The table whose argument's name is expected here.
  var argumentName: ArgumentPlace? {
    guard let bracket = open.last, tokens[bracket.index].text == "{",
      tokens.last?.isSymbol("{", ",", ";") == true
    else { return nil }
    return place(ofBracket: open.count - 1)
  }

  /// The names that the innermost table has already.
  var givenNames: [String] {
    guard let bracket = open.last else { return [] }
    var depth = 0
    var names: [String] = []
    for index in tokens.indices.dropFirst(bracket.index + 1) {
      if tokens[index].isSymbol("(", "{", "[") { depth += 1 }
      if tokens[index].isSymbol(")", "}", "]") { depth -= 1 }
      if depth == 0, tokens[index].isSymbol("="), tokens[index - 1].kind == .name {
        names.append(tokens[index - 1].text)
      }
    }
    return names
  }

  /// Names that the text itself uses, as its local variables.
  var ownNames: [String] {
    tokens.indices.filter { index in
      tokens[index].kind == .name && !scriptKeywords.contains(tokens[index].text)
        && (index == 0 || !tokens[index - 1].isSymbol(".", ":"))
    }.map { tokens[$0].text }
  }

  private func place(ofBracket number: Int) -> ArgumentPlace? {
    let start = open[number].index
    let parent = number > 0 ? open[number - 1] : nil
    if start >= 2, tokens[start - 1].isSymbol("="), tokens[start - 2].kind == .name, parent != nil {
      return place(ofBracket: number - 1).map {
        .field(tokens[start - 2].text, of: OpenTable(place: $0))
      }
    }
    if let parent, tokens[parent.index].text == "(", tokens[start - 1].isSymbol("(", ",") {
      return call(endingAt: parent.index - 1).map { .argument($0, parent.argument) }
    }
    return call(endingAt: start - 1).map { .argument($0, 0) }
  }

  /// What is called, its last word being at the index.
  private func call(endingAt index: Int) -> CallPath? {
    guard index >= 0 else { return nil }
    if index >= 2, tokens[index].kind == .name, tokens[index - 1].isSymbol(":") {
      return path(endingAt: index - 2).map { CallPath(path: $0, method: tokens[index].text) }
    }
    return path(endingAt: index).map { CallPath(path: $0, method: nil) }
  }

  /// The path whose last word is at the index.
  private func path(endingAt index: Int) -> ValuePath? {
    guard index >= 0 else { return nil }
    let token = tokens[index]
    if token.kind == .name, !scriptKeywords.contains(token.text) {
      guard index >= 1, tokens[index - 1].isSymbol(".", ":") else {
        return ValuePath(keys: [.name(token.text)])
      }
      return tokens[index - 1].text == "."
        ? path(endingAt: index - 2)?.appending(.name(token.text)) : nil
    }
    guard token.isSymbol("]"), index >= 3, tokens[index - 2].isSymbol("[") else { return nil }
    let key = tokens[index - 1]
    if key.kind == .string { return path(endingAt: index - 3)?.appending(.name(key.text)) }
    return Int(key.text).flatMap { path(endingAt: index - 3)?.appending(.index($0)) }
  }
}

extension ValuePath {
  fileprivate func appending(_ key: Key) -> ValuePath { ValuePath(keys: keys + [key]) }
}
