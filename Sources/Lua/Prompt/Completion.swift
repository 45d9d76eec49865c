import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the word before the cursor may become.
public struct Completion: Equatable {
  /// Where the word begins, in bytes of the text.
  public let start: Int
  /// What it may become, in order.
  public let candidates: [String]

  /// What all candidates begin with.
  public var commonPrefix: String {
    guard var prefix = candidates.first.map(Array.init) else { return "" }
    for candidate in candidates.dropFirst() {
      prefix = zip(prefix, candidate).prefix { $0 == $1 }.map(\.0)
    }
    return String(prefix)
  }
}

/// The completions of a text whose cursor is at its end: members after a dot or colon, names of
/// arguments inside of the braces of a call, files inside of a string, and else what a name may be.
///
/// It only looks: no code of a script runs, no metamethod is called.
public func completions(for text: String, in interpreter: Interpreter) -> Completion {
  var tokens = ScriptScanner.tokens(of: text)
  let end = text.utf8.count
  guard let last = tokens.last else { return Completion(start: end, candidates: []) }
  if last.isOpen {
    return last.kind == .string
      ? fileCompletion(last) : Completion(start: end, candidates: [])
  }
  var partial = ""
  if last.start + last.text.utf8.count == end, last.kind == .name {
    partial = last.text
    tokens.removeLast()
  } else if last.kind == .number, last.start + last.text.utf8.count == end {
    return Completion(start: end, candidates: [])
  }
  let context = CompletionContext(tokens: tokens.filter { $0.kind != .comment })
  let names = interpreter.names(in: context).filter { $0.hasPrefix(partial) }
  return Completion(
    start: end - partial.utf8.count, candidates: Array(Set(names).subtracting([partial])).sorted())
}

extension Interpreter {
  /// All names that may follow.
  fileprivate func names(in context: CompletionContext) -> [String] {
    if let (owner, isMethod) = context.memberAccess {
      return members(of: owner, callable: isMethod)
    }
    if context.isDeclaringName { return [] }
    if let call = context.argumentName {
      let given = Set(context.givenNames)
      let fields = self.fields(of: call).map(\.name).filter { !$0.isEmpty && !given.contains($0) }
      if !fields.isEmpty { return fields.map { $0 + " = " } }
    }
    return globalNames + scriptKeywords + context.ownNames
  }

  /// The named arguments of a table that is being typed.
  private func fields(of place: ArgumentPlace) -> [Parameter] {
    switch place {
    case .argument(let call, let index):
      let parameters = self.parameters(of: call)
      return index < parameters.count ? parameters[index].fields : []
    case .field(let name, let table):
      return fields(of: table.place).first { $0.name == name }?.fields ?? []
    }
  }
}

// MARK: Files

private let mostFiles = 1000

/// The files and folders that the text of a string may name, from the working directory.
private func fileCompletion(_ token: ScriptToken) -> Completion {
  let slash = token.text.lastIndex(of: "/")
  let folder = slash.map { String(token.text[...$0]) } ?? ""
  let partial = slash.map { String(token.text[token.text.index(after: $0)...]) } ?? token.text
  let names = fileNames(in: folder.isEmpty ? "." : folder).filter {
    $0.hasPrefix(partial) && (partial.hasPrefix(".") || !$0.hasPrefix("."))
  }
  let candidates = names.map { isFolder(folder + $0) ? $0 + "/" : $0 }
  return Completion(start: token.start + folder.utf8.count, candidates: candidates.sorted())
}

private func fileNames(in folder: String) -> [String] {
  guard let stream = opendir(folder) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while names.count < mostFiles, let entry = readdir(stream) {
    names.append(
      withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      })
  }
  return names.filter { $0 != "." && $0 != ".." }
}

private func isFolder(_ path: String) -> Bool {
  var information = stat()
  return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
}
