/// One thing in a library: a function, a declared type, or a named group of such things.
public enum Entry: Sendable {
  /// A free function: `bl.linspace`.
  case function(Function)
  /// A type; its constructor is callable under its name: `bl.optimizer.maid`.
  case type(Declaration)
  /// A noun group: `bl.optimizer`.
  indirect case group(Group)

  /// A declared type.
  public static func type(_ type: any Scriptable.Type) -> Entry { .type(type.declaration) }
  /// A noun group.
  public static func group(_ name: String, _ summary: String, _ entries: [Entry]) -> Entry {
    .group(Group(name, summary, entries))
  }

  /// The name within its group.
  public var name: String {
    switch self {
    case .function(let function): function.name
    case .type(let declaration): declaration.name
    case .group(let group): group.name
    }
  }

  /// Whether a script can reach it by its name; values of other types come from calls.
  public var isOpen: Bool {
    if case .type(let declaration) = self { declaration.constructor != nil } else { true }
  }

  /// One line for a list.
  public var summary: String {
    switch self {
    case .function(let function): function.page.summary
    case .type(let declaration): declaration.page.summary
    case .group(let group): group.summary
    }
  }
}

/// A named group of things.
public struct Group: Sendable {
  /// The noun: `optimizer`.
  public let name: String
  /// One line.
  public let summary: String
  /// What is in it, in the manual's order.
  public let entries: [Entry]

  /// A group of the given entries; groups of the same name among them become one.
  public init(_ name: String, _ summary: String, _ entries: [Entry]) {
    self.name = name
    self.summary = summary
    self.entries = Group.merged(entries)
  }

  private static func merged(_ entries: [Entry]) -> [Entry] {
    var result: [Entry] = []
    for entry in entries {
      guard case .group(let group) = entry,
        let index = result.firstIndex(where: { $0.isGroup(named: group.name) }),
        case .group(let first) = result[index]
      else {
        precondition(
          !result.contains { $0.name == entry.name }, "'\(entry.name)' is declared twice.")
        result.append(entry)
        continue
      }
      let summary = first.summary.isEmpty ? group.summary : first.summary
      result[index] = .group(Group(first.name, summary, first.entries + group.entries))
    }
    return result
  }
}

extension Entry {
  fileprivate func isGroup(named name: String) -> Bool {
    if case .group(let group) = self { group.name == name } else { false }
  }
}

/// What one room opens to scripts: `public enum TensorLibrary: ScriptLibrary`.
public protocol ScriptLibrary {
  /// The room's entries; groups of the same name in several rooms become one.
  static var entries: [Entry] { get }
}
