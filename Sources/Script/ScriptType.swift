/// What an editor is told of a value; the printer of definitions gives the types their names.
public indirect enum ScriptType: Sendable {
  /// Anything, or what only a sentence can tell.
  case any
  case boolean, number, integer, string, function
  /// A table whose fields are not declared.
  case table
  /// One of a few strings.
  case literals([String])
  /// A table of values of one type.
  case list(ScriptType)
  case either(ScriptType, ScriptType)
  /// An instance of a declared type.
  case instance(ObjectIdentifier)
  /// An instance of one of the types that go by this noun: `regularizer`.
  case noun(String)
  /// A table of named arguments that the parameter lists.
  case record
}
