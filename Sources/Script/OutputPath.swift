import CPlatform

extension Kind where T == String {
  /// The path of a file to write: below the working directory, unless the script is trusted.
  ///
  /// Symbolic links and `..` are followed before the path is judged.
  public static var outputPath: Kind {
    let words = "the path of a file to write"
    return Kind(
      words, type: .string,
      read: { value in
        guard case .string(let path) = value, !path.isEmpty, !path.utf8.contains(0) else {
          throw Mismatch(expected: words, got: value)
        }
        guard platform_may_write(path) else {
          throw ScriptError(
            "'\(path)' is not below the working directory (--trusted opens other places)")
        }
        return path
      }, write: { .string($0) })
  }
}
