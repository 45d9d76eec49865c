/// Prints declarations: pages for `help()`, and the whole manual.
public enum Manual {
  /// The page of a function under its full name.
  public static func page(of function: Function, title: String) -> String {
    let head = title.hasSuffix(function.name) ? String(title.dropLast(function.name.count)) : ""
    return joined([
      head + function.signature, function.page.summary, arguments(of: function),
      closing(function.page),
    ])
  }

  /// The page of a type; `title` is the full name of its constructor.
  public static func page(of declaration: Declaration, title: String) -> String {
    let head = String(title.dropLast(declaration.name.count))
    let call = declaration.constructor.map { head + $0.signature } ?? declaration.name
    return joined([
      call, declaration.page.summary, declaration.constructor.map(arguments) ?? "",
      members(of: declaration), closing(declaration.page),
    ])
  }

  /// The page of a group: its entries, one a line.
  public static func page(of group: Group, title: String) -> String {
    let lines = group.entries.filter(\.isOpen).map { (title + "." + $0.name, $0.summary) }
    return joined([title, group.summary, table(lines)])
  }

  /// The page of whatever is bound under the title.
  public static func page(of entry: Entry, title: String) -> String {
    switch entry {
    case .function(let function): page(of: function, title: title)
    case .type(let declaration): page(of: declaration, title: title)
    case .group(let group): page(of: group, title: title)
    }
  }

  /// The whole manual in Markdown.
  public static func markdown(of library: Group, introduction: String) -> String {
    let plain = library.entries.filter { !$0.isGroup }
    let groups = library.entries.filter(\.isGroup)
    var parts = ["# Manual", introduction]
    parts += sections(of: plain, in: library.name, level: 2)
    for case .group(let group) in groups {
      let title = library.name + "." + group.name
      parts += ["## `\(title)`", group.summary]
      parts += sections(of: group.entries, in: title, level: 3)
    }
    return joined(parts) + "\n"
  }

  private static func sections(of entries: [Entry], in title: String, level: Int) -> [String] {
    let marks = String(repeating: "#", count: level)
    return entries.flatMap { entry in
      let name = entry.isOpen ? title + "." + entry.name : entry.name
      return ["\(marks) `\(name)`", "```text\n\(page(of: entry, title: name))\n```"]
    }
  }

  // MARK: Parts of a page

  private static func arguments(of function: Function) -> String {
    var lines: [(String, String)] = []
    for parameter in function.parameters {
      let isOptions = !parameter.fields.isEmpty
      if !isOptions { lines.append(line(parameter, path: "")) }
      lines += fields(of: parameter, path: "")
    }
    return lines.isEmpty ? "" : "Arguments\n" + table(lines)
  }

  private static func fields(of parameter: Parameter, path: String) -> [(String, String)] {
    parameter.fields.flatMap { field in
      [line(field, path: path)] + fields(of: field, path: path + field.name + ".")
    }
  }

  private static func line(_ parameter: Parameter, path: String) -> (String, String) {
    var facts = parameter.words
    if let unit = parameter.unit { facts += ", in \(unit)" }
    if let value = parameter.default { facts += "; default \(value)" }
    let name = parameter.isElements ? "{\(parameter.name), …}" : path + parameter.name
    return (name, parameter.summary + " (" + facts + (parameter.isRequired ? "; required)" : ")"))
  }

  private static func members(of declaration: Declaration) -> String {
    let methods = declaration.methods.map { method in
      let returns = method.page.returns.isEmpty ? "" : " → \(method.page.returns)"
      return (":" + method.signature, method.page.summary + returns)
    }
    let properties = declaration.properties.map { property in
      ("." + property.name, property.summary + (property.unit.map { " (\($0))" } ?? ""))
    }
    let elements = declaration.elements.map { [("[…]", $0.summary)] } ?? []
    let dynamic = declaration.dynamic.map { [(".…", $0.summary)] } ?? []
    let operators = Symbol.allCases.compactMap { symbol in
      declaration.operators[symbol].map { (symbol.text, $0.page.summary) }
    }
    let details = declaration.methods.filter { !$0.parameters.isEmpty }.map { method in
      ":" + method.signature + "\n"
        + table(
          method.parameters.flatMap {
            $0.fields.isEmpty ? [line($0, path: "")] : fields(of: $0, path: "")
          })
    }
    return joined(
      [
        section("Methods", methods), section("Properties", properties + dynamic + elements),
        section("Operators", operators),
      ] + details)
  }

  private static func section(_ title: String, _ lines: [(String, String)]) -> String {
    lines.isEmpty ? "" : title + "\n" + table(lines)
  }

  private static func closing(_ page: Page) -> String {
    joined([
      page.returns.isEmpty ? "" : "Returns\n  " + page.returns, page.details,
      page.example.isEmpty ? "" : "Example\n" + indented(page.example),
      page.source.isEmpty ? "" : "Source\n" + indented(page.source),
    ])
  }

  private static let widestName = 22

  /// Two columns; a name too wide for its column has a line of its own.
  private static func table(_ lines: [(String, String)]) -> String {
    let width = min(widestName, lines.map(\.0.count).max() ?? 0)
    return lines.map { name, text in
      let gap =
        name.count > width
        ? "\n" + String(repeating: " ", count: width + 4)
        : String(repeating: " ", count: width - name.count + 2)
      return "  " + name + gap + text
    }.joined(separator: "\n")
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }
      .joined(separator: "\n")
  }

  private static func joined(_ parts: [String]) -> String {
    parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}

extension Entry {
  fileprivate var isGroup: Bool { if case .group = self { true } else { false } }
}
