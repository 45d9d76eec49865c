import Bilevel
import Experiments
import Imaging
import Lua
import Script
import Tensors

/// Everything that is open to scripts: a list, like Lua's own `linit.c`.
public enum Workbench {
  /// The library `bl`.
  public static let library = Group(
    "bl", "Bilevel learning of regularizers. help(bl.group) and help(bl.group.name) tell more.",
    TensorLibrary.entries + TensorFileLibrary.entries + TextFiles.entries + ImagingLibrary.entries
      + RegularizerLibrary.entries + EnergyLibrary.entries + MethodCatalogue.entries
      + ProblemLibrary.entries + RunLibrary.entries + ProcessLibrary.entries)

  /// Opens the library in an interpreter, for `require "bilevel"`, and the modules that ship.
  public static func open(in interpreter: Interpreter) throws {
    try interpreter.open(library, module: "bilevel")
    interpreter.addPage("tutorial") { tutorial }
    interpreter.moduleSource = { name in
      let path = name.split(separator: ".").joined(separator: "/")
      return Shipped.text(at: "Stdlib/\(path).lua")
    }
  }

  /// The definitions that editors read.
  public static func definitions() -> String {
    Definitions.text(of: library, module: "bilevel")
  }

  /// The manual, in Markdown.
  public static func manual() -> String {
    Manual.markdown(
      of: library,
      introduction: """
        Everything that scripts see, printed from the declarations that also check the arguments; \
        `help(x)` prints the same page at the prompt. `bl` is `require "bilevel"`.

        \(tutorial)
        """)
  }

  /// From nothing to a table for a paper, in Markdown.
  private static var tutorial: String {
    String((Shipped.text(at: "Stdlib/tutorial.md") ?? "").dropLast())  // the end of its last line
  }
}
