import Tensors

/// Tensors by name, in order, with a few words about them: the content of `.npz` and
/// `.safetensors` files.
public struct NamedTensors: Sendable {
  /// The tensors in the order of the file.
  public private(set) var entries: [(name: String, tensor: Tensor)] = []
  /// Words about the whole, by name; `.npz` files have none.
  public var metadata: [(name: String, text: String)] = []

  /// No tensors.
  public init() {}

  /// The given tensors; names must differ.
  public init(_ entries: KeyValuePairs<String, Tensor>) {
    for (name, tensor) in entries { append(tensor, named: name) }
  }

  /// Adds a tensor under a name that is not taken yet.
  public mutating func append(_ tensor: Tensor, named name: String) {
    precondition(self[name] == nil, "The name \(name) is taken.")
    entries.append((name, tensor))
  }

  /// The tensor of that name.
  public subscript(name: String) -> Tensor? { entries.first { $0.name == name }?.tensor }
}
