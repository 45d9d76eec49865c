/// The words of the command line: the program, its options, the script, the script's own arguments.
///
/// What follows the script belongs to it, even if it looks like an option.
struct CommandWords {
  /// What is done before the script, in the order of the options.
  enum Preparation {
    /// `-e stat`.
    case statement(String)
    /// `-l module`, `-l global=module`.
    case module(String, global: String)
    /// `-W`.
    case warnings
  }

  private static let withValue: Set<String> = ["-e", "-l", "--memory", "--log"]

  /// All of them.
  let all: [String]
  /// Those before the script, without the program.
  let options: [String]
  /// Where the script is among all words; nil without one.
  let scriptIndex: Int?
  /// What the options say in order.
  let preparations: [Preparation]

  /// The script's name.
  var script: String? { scriptIndex.map { all[$0] } }
  /// What follows the script.
  var arguments: [String] { scriptIndex.map { Array(all[($0 + 1)...]) } ?? [] }

  init(_ words: [String]) {
    var index = 1
    var options: [String] = []
    var preparations: [Preparation] = []
    while index < words.count, words[index].hasPrefix("-"), words[index] != "-",
      words[index] != "--"
    {
      let word = words[index]
      let takesNext = CommandWords.withValue.contains(word)
      let value = takesNext ? words.dropFirst(index + 1).first : String(word.dropFirst(2))
      if let value { preparations += CommandWords.preparation(word, value) }
      options += CommandWords.separated(word)
      if takesNext, let value { options.append(value) }
      index += takesNext ? 2 : 1
    }
    all = words
    let end = min(index, words.count)
    self.options = options
    if end < words.count, words[end] == "--" { index += 1 }
    scriptIndex = index < words.count ? index : nil
    self.preparations = preparations
  }

  /// `-lg=mod` as `-l g=mod`, lest its value be read as the option's name.
  private static func separated(_ word: String) -> [String] {
    let option = String(word.prefix(2))
    guard ["-e", "-l"].contains(option), word != option else { return [word] }
    return [option, String(word.dropFirst(2))]
  }

  private static func preparation(_ word: String, _ value: String) -> [Preparation] {
    if word.hasPrefix("-e") { return [.statement(value)] }
    if word == "-W" { return [.warnings] }
    guard word.hasPrefix("-l") else { return [] }
    let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    return [.module(String(parts[parts.count - 1]), global: String(parts[0]))]
  }

  /// Whether a statement is among the options.
  var hasStatements: Bool {
    preparations.contains { if case .statement = $0 { true } else { false } }
  }
}
