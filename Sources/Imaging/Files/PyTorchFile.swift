import Script
import Tensors

/// A `.pt` file: the tensors of a PyTorch state dict, read without running any of its code.
///
/// The pickle in the file is a program. The reader here knows its instructions for tensors,
/// numbers, words, tuples, lists and dictionaries and refuses everything else by name.
/// Dictionaries within dictionaries become names joined by dots; numbers and words become
/// metadata. Floats of up to 32 bits are read as Float32, all others as Float64.
public enum PyTorchFile {
  /// Deeper nesting is refused, before it uses up the stack.
  private static let deepest = 32
  /// More tensors and words than any state dict has.
  private static let mostNames = 20_000
  /// What PyTorch before version 1.6 wrote first: the pickle of a magic number.
  private static let oldMagic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]
  private static let pickleStart: UInt8 = 0x80
  private static let suffixes = [".pt", ".pth"]

  /// Whether a file that starts with these bytes is to be read by `read`, if only for its error.
  static func isFound(in start: UnsafeRawBufferPointer, at path: String) -> Bool {
    if start.starts(with: Array("PK".utf8)) {
      return suffixes.contains { path.hasSuffix($0) } || PyTorchArchive.isFound(at: path)
    }
    return suffixes.contains { path.hasSuffix($0) } || start.starts(with: oldMagic)
  }

  /// The tensor or the named tensors in the file at `path`.
  public static func read(_ path: String) throws -> TensorFiles.Content {
    try FileBytes.read(path, bytes: oldMagic.count) { try checkStart($0, path) }
    do {
      let archive = try PyTorchArchive(path)
      return try archive.withPickle { bytes in
        var machine = PickleMachine(bytes, archive)
        let value = try machine.run()
        if case .tensor(let index) = value { return .tensor(machine.tensors[index]) }
        var names = Names(machine)
        try names.add(value, named: "", depth: 0)
        guard !names.tensors.entries.isEmpty else { throw FileProblem("holds no tensors") }
        return .named(names.tensors)
      }
    } catch let problem as FileProblem {
      throw FileError(path, problem.text)
    } catch let error as ScriptError {
      throw FileError(path, error.description)
    }
  }

  private static func checkStart(_ start: UnsafeRawBufferPointer, _ path: String) throws {
    if start.starts(with: Array("PK".utf8)) { return }
    if start.starts(with: oldMagic) {
      throw FileError(
        path,
        "is in the form of PyTorch before version 1.6, which cannot be read; "
          + "load and save it with a newer one")
    }
    if start.first == pickleStart {
      throw FileError(path, "is a bare pickle and no PyTorch archive; nothing was run")
    }
    throw FileError(path, "is no PyTorch file, or is truncated")
  }

  /// The tensors and words of a pickled object under names.
  private struct Names {
    private let machine: PickleMachine
    private(set) var tensors = NamedTensors()
    private var words: Set<String> = []

    init(_ machine: PickleMachine) { self.machine = machine }

    mutating func add(_ value: PickleValue, named name: String, depth: Int) throws {
      guard depth <= deepest else {
        throw FileProblem("has tables within tables, more than \(deepest) deep")
      }
      switch value {
      case .tensor(let index): try add(machine.tensors[index], name)
      case .dictionary(let index): try addItems(machine.members[index], name, depth)
      case .tuple(let index), .list(let index):
        for (place, member) in machine.members[index].enumerated() {
          try add(member, named: joined(name, "\(place)"), depth: depth + 1)
        }
      case .boolean(let truth): try add(word: "\(truth)", name)
      case .integer(let number): try add(word: "\(number)", name)
      case .number(let number): try add(word: "\(number)", name)
      case .string(let text): try add(word: text, name)
      case .none, .bytes, .global, .storage: break
      }
    }

    private mutating func addItems(_ items: [PickleValue], _ name: String, _ depth: Int) throws {
      for place in stride(from: 0, to: items.count, by: 2) {
        let key: String
        switch items[place] {
        case .string(let text): key = text
        case .integer(let number): key = "\(number)"
        default: throw FileProblem("has a table with a key that is neither a word nor an integer")
        }
        try add(items[place + 1], named: joined(name, key), depth: depth + 1)
      }
    }

    private mutating func add(_ tensor: Tensor, _ name: String) throws {
      try checkCount()
      guard tensors[name] == nil else { throw FileProblem("has two tensors '\(name)'") }
      tensors.append(tensor, named: name)
    }

    private mutating func add(word: String, _ name: String) throws {
      try checkCount()
      guard words.insert(name).inserted else { throw FileProblem("has two words '\(name)'") }
      tensors.metadata.append((name, word))
    }

    private func checkCount() throws {
      guard tensors.entries.count + words.count < mostNames else {
        throw FileProblem("has more than \(mostNames) tensors and words")
      }
    }

    private func joined(_ name: String, _ key: String) -> String {
      name.isEmpty ? key : name + "." + key
    }
  }
}
