import Imaging
import Tensors

/// The content of a state's file while it is written or read: vectors as tensors, single values as
/// words, both by dotted names such as `cost.gradients`.
///
/// Numbers are written so that they read back bit for bit. What is nil is not in the file.
struct StateArchive {
  private var tensors: [(name: String, tensor: Tensor)] = []
  private var words: [(name: String, text: String)] = []

  /// An empty archive.
  init() {}

  /// What a file holds.
  init(_ content: NamedTensors) {
    tensors = content.entries
    words = content.metadata
  }

  /// What goes into a file.
  var content: NamedTensors {
    var content = NamedTensors()
    for (name, tensor) in tensors { content.append(tensor, named: name) }
    content.metadata = words
    return content
  }

  /// Enters a value.
  mutating func write<Value: Archived>(_ value: Value, as name: String) {
    value.write(to: &self, as: name)
  }

  /// The value of that name.
  func read<Value: Archived>(_ name: String) throws -> Value {
    try Value.read(from: self, as: name)
  }

  fileprivate mutating func append(_ tensor: Tensor, as name: String) {
    tensors.append((name, tensor))
  }

  fileprivate mutating func append(_ text: String, as name: String) { words.append((name, text)) }

  fileprivate func tensor(_ name: String) throws -> Tensor {
    guard let entry = tensors.first(where: { $0.name == name }) else { throw Gap(name: name) }
    return entry.tensor
  }

  fileprivate func word(_ name: String) throws -> String {
    guard let entry = words.first(where: { $0.name == name }) else { throw Gap(name: name) }
    return entry.text
  }

  fileprivate func contains(_ name: String) -> Bool {
    (tensors.map(\.name) + words.map(\.name)).contains { $0 == name || $0.hasPrefix(name + ".") }
  }

  /// What lies below a name, by the names behind its dot.
  fileprivate func part(_ name: String) -> StateArchive {
    func below<Content>(_ entries: [(name: String, content: Content)]) -> [(String, Content)] {
      entries.filter { $0.name.hasPrefix(name + ".") }
        .map { (String($0.name.dropFirst(name.count + 1)), $0.content) }
    }
    var part = StateArchive()
    for (name, tensor) in below(tensors.map { ($0.name, $0.tensor) }) {
      part.append(tensor, as: name)
    }
    for (name, text) in below(words.map { ($0.name, $0.text) }) { part.append(text, as: name) }
    return part
  }

  fileprivate mutating func insert(_ part: StateArchive, as name: String) {
    tensors += part.tensors.map { (name + "." + $0.name, $0.tensor) }
    words += part.words.map { (name + "." + $0.name, $0.text) }
  }

  /// What the file lacks, or holds in a form that cannot be read.
  struct Gap: Error {
    let name: String
  }
}

/// A value that a state keeps in its file.
protocol Archived {
  static func read(from archive: StateArchive, as name: String) throws -> Self
  func write(to archive: inout StateArchive, as name: String)
}

/// A value of several named parts.
protocol ArchivedRecord: Archived {
  init(from archive: StateArchive) throws
  func write(to archive: inout StateArchive)
}

extension ArchivedRecord {
  static func read(from archive: StateArchive, as name: String) throws -> Self {
    try Self(from: archive.part(name))
  }

  func write(to archive: inout StateArchive, as name: String) {
    var part = StateArchive()
    write(to: &part)
    archive.insert(part, as: name)
  }
}

// MARK: Single values

extension Archived where Self: LosslessStringConvertible {
  static func read(from archive: StateArchive, as name: String) throws -> Self {
    guard let value = Self(try archive.word(name)) else { throw StateArchive.Gap(name: name) }
    return value
  }

  func write(to archive: inout StateArchive, as name: String) {
    archive.append(description, as: name)
  }
}

extension Archived where Self: RawRepresentable, RawValue == String {
  static func read(from archive: StateArchive, as name: String) throws -> Self {
    guard let value = Self(rawValue: try archive.word(name)) else {
      throw StateArchive.Gap(name: name)
    }
    return value
  }

  func write(to archive: inout StateArchive, as name: String) {
    archive.append(rawValue, as: name)
  }
}

extension Double: Archived {}
extension Int: Archived {}
extension Bool: Archived {}
extension String: Archived {}
extension Outcome: Archived {}
extension ParameterTransform: Archived {}

// MARK: Several values

extension Tensor: Archived {
  static func read(from archive: StateArchive, as name: String) throws -> Tensor {
    try archive.tensor(name)
  }

  func write(to archive: inout StateArchive, as name: String) { archive.append(self, as: name) }
}

extension Optional: Archived where Wrapped: Archived {
  static func read(from archive: StateArchive, as name: String) throws -> Wrapped? {
    archive.contains(name) ? try Wrapped.read(from: archive, as: name) : nil
  }

  func write(to archive: inout StateArchive, as name: String) {
    self?.write(to: &archive, as: name)
  }
}

extension Array: Archived where Element: Archived {
  /// Numbers as one vector; other elements under their number, from 1.
  static func read(from archive: StateArchive, as name: String) throws -> [Element] {
    if Element.self == Double.self { return try archive.tensor(name).elements as? [Element] ?? [] }
    guard let count = Int(try archive.word(name + ".count")) else {
      throw StateArchive.Gap(name: name + ".count")
    }
    var elements: [Element] = []  // a count too large ends at the first element that is not there
    while elements.count < count {
      elements.append(try Element.read(from: archive, as: "\(name).\(elements.count + 1)"))
    }
    return elements
  }

  func write(to archive: inout StateArchive, as name: String) {
    // An empty array of anything would pass for one of numbers.
    if Element.self == Double.self, let numbers = self as? [Double] {
      return archive.append(Tensor(numbers, shape: [count]), as: name)
    }
    archive.append("\(count)", as: name + ".count")
    for (i, element) in enumerated() { element.write(to: &archive, as: "\(name).\(i + 1)") }
  }
}
