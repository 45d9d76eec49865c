import CPlatform
import KernelInterface
import KernelsBaseline

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
#if arch(x86_64)
  import KernelsX86V3
  import KernelsX86V4
#endif

/// The instruction sets that the kernels were compiled for.
public enum InstructionSet: String, Sendable, CaseIterable {
  /// What every processor of the architecture has (SSE2; NEON).
  case baseline
  /// AVX2 and fused multiply-add.
  case x86v3 = "x86-64-v3"
  /// AVX-512.
  case x86v4 = "x86-64-v4"

  /// Name of the environment variable that asks for one of them.
  public static let environmentVariable = "BILEVEL_KERNELS"

  /// Those that this processor can run, the best last.
  public static var available: [InstructionSet] {
    let level = platform_processor_level()
    return allCases.filter { $0.requiredLevel <= level }
  }

  /// The one that kernels use unless told otherwise.
  ///
  /// It is the best that this processor has, or the one that the environment variable
  /// `BILEVEL_KERNELS` names (the best, if the processor lacks that one); decided once.
  public static let preferred: InstructionSet = {
    let best = available[available.count - 1]
    guard let wish = getenv(environmentVariable) else { return best }
    let name = String(cString: wish)
    guard let set = InstructionSet(rawValue: name) else {
      fatalError(
        "\(environmentVariable) is \"\(name)\"; it can be "
          + allCases.map(\.rawValue).joined(separator: ", ") + ".")
    }
    return available.contains(set) ? set : best
  }()

  /// This instruction set's kernels, which must be available.
  public var table: KernelTable {
    precondition(
      InstructionSet.available.contains(self), "This processor has no \(rawValue) instructions.")
    switch self {
    case .baseline: return KernelsBaseline.Variant.table
    #if arch(x86_64)
      case .x86v3: return KernelsX86V3.Variant.table
      case .x86v4: return KernelsX86V4.Variant.table
    #else
      default: return KernelsBaseline.Variant.table
    #endif
    }
  }

  private var requiredLevel: Int32 {
    switch self {
    case .baseline: 1
    case .x86v3: 3
    case .x86v4: 4
    }
  }
}
