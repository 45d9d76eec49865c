import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the command line asks for.
struct Options {
  /// Fewer repetitions, and only the measurements that matter most.
  var isQuick = false
  /// Tab-separated values in place of a table.
  var isTabular = false
  /// Only measurements whose name contains this.
  var filter = ""
  /// The kernels to measure.
  var instructionSets: [InstructionSet] = [.preferred]

  static let usage = """
    bilevel-bench [--quick] [--tsv] [--filter TEXT] [--variant NAME]

      --quick         few repetitions, only the standard problem
      --tsv           tab-separated lines: measurement, variant, type, ms, GFLOP/s, share of peak
      --filter TEXT   only measurements whose name contains TEXT
      --variant NAME  baseline, x86-64-v3, x86-64-v4 or all (what this processor has)
    """

  init(_ arguments: ArraySlice<String>) {
    var rest = arguments
    while let option = rest.popFirst() {
      switch option {
      case "--quick": isQuick = true
      case "--tsv": isTabular = true
      case "--filter": filter = Options.value(option, &rest)
      case "--variant": instructionSets = Options.sets(Options.value(option, &rest))
      case "--help", "-h":
        print(Options.usage)
        exit(0)
      default: Options.fail("Unknown option \(option).")
      }
    }
  }

  func selects(_ measurement: any Measurement) -> Bool {
    (measurement.isStandard || !isQuick)
      && (filter.isEmpty || measurement.name.contains(filter))
  }

  private static func sets(_ name: String) -> [InstructionSet] {
    if name == "all" { return InstructionSet.available }
    guard let set = InstructionSet(rawValue: name), InstructionSet.available.contains(set) else {
      fail("No variant \(name) on this processor.")
    }
    return [set]
  }

  private static func value(_ option: String, _ rest: inout ArraySlice<String>) -> String {
    guard let value = rest.popFirst() else { fail("\(option) needs a value.") }
    return value
  }

  private static func fail(_ message: String) -> Never {
    print(message + "\n\n" + usage)
    exit(2)
  }
}

extension String {
  /// Whether `part` occurs in it.
  fileprivate func contains(_ part: String) -> Bool {
    indices.contains { self[$0...].hasPrefix(part) }
  }
}
