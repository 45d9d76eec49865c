import Script

/// Text files that scripts write.
public enum TextFiles: ScriptLibrary {
  /// `bl.write`.
  public static let entries: [Entry] = [
    .function(
      Function(
        "write", "Writes a text file: as a whole or not at all, with the folders that it needs.",
        Argument("path", .outputPath, "name of the file"),
        Argument("text", .string, "what it is to hold"),
        example: "bl.write(\"out/notes.txt\", \"learned\\n\")"
      ) { path, text in try AtomicFile.write(Array(text.utf8), to: path) })
  ]
}
