import Imaging

/// States in `.safetensors` files: everything that a run needs to go on bit for bit in another process.
///
/// Of a loss the file holds the numbers and which samples took part; its points are those of the state.
extension UpperLevelState {
  /// Writes the file as a whole or not at all.
  public func save(to path: String) throws {
    guard path.hasSuffix(Self.suffix) else {
      throw FileError(path, "cannot write: the name of a file of a state ends in \(Self.suffix)")
    }
    var archive = StateArchive()
    archive.write(Self.format, as: "format")
    write(to: &archive)
    try TensorFiles.write(archive.content, to: path)
  }

  /// Reads what `save` wrote.
  public static func load(from path: String) throws -> UpperLevelState {
    guard case .named(let content) = try TensorFiles.read(path) else {
      throw FileError(path, "holds one array, not the state of an optimizer")
    }
    let archive = StateArchive(content)
    guard let format: String = try? archive.read("format"), format == Self.format else {
      throw FileError(path, "is no file of an optimizer's state, or one of another version")
    }
    do {
      return try UpperLevelState(from: archive)
    } catch let gap as StateArchive.Gap {
      throw FileError(path, "has no '\(gap.name)', or one that cannot be read")
    }
  }

  private static let suffix = ".safetensors"
  private static let format = "state of an optimizer, version 1"
}
