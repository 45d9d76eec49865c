import Script
import Tensors

/// Tensors in files of every known format, told apart by their first bytes and by their names.
public enum TensorFiles {
  /// What a file holds.
  public enum Content: Sendable {
    /// One array: `.npy`, or a `.pt` file of one tensor.
    case tensor(Tensor)
    /// Arrays by name: `.npz`, `.safetensors`, `.pt`.
    case named(NamedTensors)
  }

  /// Reads a `.npy`, `.npz`, `.safetensors` or PyTorch file.
  public static func read(_ path: String) throws -> Content {
    let (isArray, isPyTorch, isArchive) = try FileBytes.read(path, bytes: 16) {
      (
        NumPyHeader.isFound(in: $0), PyTorchFile.isFound(in: $0, at: path),
        $0.starts(with: Array("PK".utf8))
      )
    }
    if isArray { return .tensor(try NumPyFile.read(path)) }
    if isPyTorch { return try PyTorchFile.read(path) }
    if isArchive { return .named(try NumPyArchive.read(path)) }
    if path.hasSuffix(".safetensors") { return .named(try SafetensorsFile.read(path)) }
    throw FileError(path, "is neither a .npy, a .npz, a .safetensors nor a PyTorch file")
  }

  /// Writes named tensors to a `.npz` or `.safetensors` file, as its name says.
  public static func write(
    _ tensors: NamedTensors, to path: String, compressed: Bool = false
  ) throws {
    if path.hasSuffix(".npz") {
      guard tensors.metadata.isEmpty else {
        throw FileError(path, "cannot write: .npz files hold no metadata")
      }
      try NumPyArchive.write(tensors, to: path, compressed: compressed)
    } else if path.hasSuffix(".safetensors") {
      guard !compressed else {
        throw FileError(path, "cannot write: .safetensors files are never compressed")
      }
      try SafetensorsFile.write(tensors, to: path)
    } else {
      throw FileError(
        path, "cannot write: the name of a file of tensors ends in .npz or .safetensors")
    }
  }

  /// Writes one tensor to a `.npy` file.
  public static func write(_ tensor: Tensor, to path: String) throws {
    guard path.hasSuffix(".npy") else {
      throw FileError(path, "cannot write: the name of a file of one tensor ends in .npy")
    }
    try NumPyFile.write(tensor, to: path)
  }
}

// MARK: Scripts

/// `t:save`.
private struct NumPyWriter: TensorWriter {
  func write(_ tensor: Tensor, to path: String) throws { try TensorFiles.write(tensor, to: path) }
}

/// What the file formats of tensors open to scripts: `bl.load` and `bl.save`.
public enum TensorFileLibrary: ScriptLibrary {
  /// `load` and `save`; reading this also connects `t:save`.
  public static let entries: [Entry] = {
    Session.shared.setWriter(NumPyWriter())
    return [load, save]
  }()

  private static var load: Entry {
    .function(
      Function(
        "load", "Reads tensors from a .npy, .npz, .safetensors or PyTorch (.pt) file.",
        Argument("path", .string, "name of the file"),
        returns: "a tensor; or a table of tensors by name, and one of the file's metadata",
        details: """
          Of a PyTorch file tensors, numbers and words are read; code in it is refused, never run. \
          Tables within tables become names joined by dots.
          """,
        example: "local t = bl.load \"x.npy\""
      ) { path in
        switch try TensorFiles.read(path) {
        case .tensor(let tensor): return Results(tensor)
        case .named(let tensors):
          return Results(
            Table(fields: tensors.entries.map { (name: $0.name, value: .object($0.tensor)) }),
            Table(fields: tensors.metadata.map { (name: $0.name, value: .string($0.text)) }))
        }
      })
  }

  private static var save: Entry {
    .function(
      Function(
        "save",
        "Writes a tensor to a .npy file, or tensors by name to a .npz or .safetensors file.",
        Argument("path", .outputPath, "name of the file"),
        Argument("tensors", Saved.kind, "what to write; names are sorted"),
        Argument("options", SaveOptions.kind, "named arguments"),
        example: "bl.save(\"m.npz\", {a = t, b = u})"
      ) { path, saved, options in
        switch saved {
        case .tensor(let tensor):
          guard !options.compressed, options.metadata.isEmpty else {
            throw ScriptError("save: a .npy file is neither compressed nor has metadata")
          }
          try TensorFiles.write(tensor, to: path)
        case .named(var tensors):
          tensors.metadata = options.metadata
          try TensorFiles.write(tensors, to: path, compressed: options.compressed)
        }
      })
  }
}

/// The second argument of `bl.save`.
private enum Saved {
  static let kind = Kind<TensorFiles.Content>(
    "a tensor or a table of tensors by name", type: .either(Tensor.scriptType, .table),
    read: { value in
      if case .object(let object) = value, let tensor = object.content as? Tensor {
        return .tensor(tensor)
      }
      guard case .table(let table) = value, table.elements.isEmpty, !table.fields.isEmpty else {
        throw Mismatch(expected: "a tensor or a table of tensors by name", got: value)
      }
      var tensors = NamedTensors()
      // A script's table has no order; the file shall not depend on the run.
      for (name, value) in table.fields.sorted(by: { $0.name < $1.name }) {
        do { tensors.append(try Tensor.kind.read(value), named: name) } catch let error as Mismatch
        {
          throw error.inside(name)
        }
      }
      return .named(tensors)
    },
    write: { _ in .none })
}

/// Named arguments of `bl.save`.
private struct SaveOptions {
  var compressed = false
  var metadata: [(name: String, text: String)] = []

  static let kind = Kind.record(SaveOptions()) {
    Field("compressed", \.compressed, .boolean, "whether a .npz file is deflated")
    Field("metadata", \.metadata, words, "words by name for a .safetensors file")
  }

  private static let words = Kind<[(name: String, text: String)]>(
    "a table of strings by name", type: .table,
    read: { value in
      guard case .table(let table) = value, table.elements.isEmpty else {
        throw Mismatch(expected: "a table of strings by name", got: value)
      }
      return try table.fields.sorted { $0.name < $1.name }.map { name, value in
        guard case .string(let text) = value else {
          throw Mismatch(expected: "a string", got: value).inside(name)
        }
        return (name, text)
      }
    },
    write: { words in .table(Table(fields: words.map { (name: $0.name, value: .string($0.text)) }))
    })
}
