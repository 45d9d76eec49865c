import Imaging
import Script
import Tensors

/// Parameters in `.safetensors` and `.npz` files: one array per block, as stored.
///
/// A `.safetensors` file also holds the transform of each block and the description of the regularizer;
/// elsewhere a block named `log_…` is taken for a logarithm.
extension Parameters {
  /// Writes the blocks; the name of the file says the format.
  public func save(to path: String) throws {
    var tensors = NamedTensors()
    for block in layout.blocks {
      guard let tensor = self.block(block.name) else { continue }
      tensors.append(tensor, named: block.name)
      if path.hasSuffix(Self.annotatedSuffix) {
        tensors.metadata.append((Self.transformKey(block.name), block.transform.rawValue))
      }
    }
    if path.hasSuffix(Self.annotatedSuffix), let regularizer = layout.regularizer {
      tensors.metadata.append((Self.regularizerKey, regularizer))
    }
    try TensorFiles.write(tensors, to: path)
  }

  /// Reads what `save` wrote: blocks in the order of the metadata, or else of the file.
  public static func load(from path: String) throws -> Parameters {
    guard case .named(let tensors) = try TensorFiles.read(path) else {
      throw FileError(path, "holds one array; parameters are named arrays (.safetensors, .npz)")
    }
    let annotated = tensors.metadata.compactMap { name, text in
      name.hasPrefix(keyPrefix) ? (String(name.dropFirst(keyPrefix.count)), text) : nil
    }
    let names = annotated.isEmpty ? tensors.entries.map(\.name) : annotated.map(\.0)
    var blocks: [ParameterBlock] = []
    var values: [Double] = []
    for name in names {
      guard let tensor = tensors[name] else { throw FileError(path, "has no array '\(name)'") }
      let text = annotated.first { $0.0 == name }?.1
      guard let transform = text.map(ParameterTransform.init) ?? transform(ofBlock: name) else {
        throw FileError(path, "has an unknown transform '\(text ?? "")' of '\(name)'")
      }
      blocks.append(ParameterBlock(name, tensor.shape, transform))
      values += tensor.elements
    }
    guard !blocks.isEmpty else { throw FileError(path, "holds no arrays") }
    let regularizer = tensors.metadata.first { $0.name == regularizerKey }?.text
    return Parameters(values, layout: ParameterLayout(blocks, regularizer: regularizer))
  }

  /// Formats with this suffix hold words beside the arrays.
  private static let annotatedSuffix = ".safetensors"
  private static let keyPrefix = "transform."
  private static let regularizerKey = "regularizer"

  private static func transformKey(_ block: String) -> String { keyPrefix + block }

  private static func transform(ofBlock name: String) -> ParameterTransform? {
    // Sums put r1_, r2_, … in front.
    let parts = name.split(separator: "_").drop { $0.first == "r" && Int($0.dropFirst()) != nil }
    return parts.first == "log" ? .exponential : .identity
  }
}

extension Parameters {
  /// The regularizer that they belong to, as it is described where they come from.
  func regularizer() throws -> any Scriptable {
    guard let text = layout.regularizer else {
      throw ScriptError(
        "regularizer: these parameters do not tell what they belong to; those of a problem over images "
          + "do, and .safetensors files of theirs")
    }
    let constructors = RegularizerLibrary.types
    do { return try DescriptionReader.object(text, among: constructors) } catch let error
      as ScriptError
    {
      throw ScriptError("regularizer: what the parameters belong to is unknown here: \(error)")
    }
  }
}

/// What parameters open to scripts beside the objects themselves.
public enum ParameterLibrary: ScriptLibrary {
  /// `bl.parameters.load`.
  public static let entries: [Entry] = [
    .group(
      "parameters", "Parameters theta, and how they are read.",
      [
        .type(Parameters.self),
        .function(
          Function(
            "load", "Reads parameters from a .safetensors or .npz file.",
            Argument("path", .string, "name of the file"), returns: "parameters",
            example: "local theta = bl.parameters.load \"theta.safetensors\""
          ) { path in try Parameters.load(from: path) }),
      ])
  ]
}
