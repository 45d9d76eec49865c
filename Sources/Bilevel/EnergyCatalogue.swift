import Script

/// The lower levels that are no images' and open to scripts: one line per member.
public enum EnergyLibrary: ScriptLibrary {
  /// `bl.energy`.
  public static let entries: [Entry] = [
    .group(
      "energy", "Lower levels with data of their own: g(x, theta).",
      [.type(Quadratic.self), .type(LogisticRegression.self), .type(Hypercleaning.self)])
  ]
}
