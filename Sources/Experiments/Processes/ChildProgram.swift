import Bilevel
import CPlatform
import Script
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What scripts may start: this very program on a script, with the trust that it has itself.
///
/// A process that was started so cannot start others; it has a share of the processors, and of the memory
/// where that is limited.
public struct ChildProgram: Sendable {
  /// Where the program is.
  public var path: String
  /// Whether its scripts are trusted.
  public var isTrusted: Bool
  /// Mebibytes that all processes together may hold.
  public var mebibytes: Int?

  /// A program and what it may do.
  public init(path: String, isTrusted: Bool = false, mebibytes: Int? = nil) {
    self.path = path
    self.isTrusted = isTrusted
    self.mebibytes = mebibytes
  }

  private static let registered = Mutex<ChildProgram?>(nil)

  /// The program that scripts may start; none until the executable says which it is.
  public static var current: ChildProgram? {
    get { registered.withLock { $0 } }
    set { registered.withLock { $0 = newValue } }
  }

  /// Lets scripts start the program at the path; and keeps to the bounds that
  /// this process has if a script started it.
  public static func open(_ path: String?, isTrusted: Bool, mebibytes: Int?) {
    current = path.map { ChildProgram(path: $0, isTrusted: isTrusted, mebibytes: mebibytes) }
    guard isChild else { return }
    ThreadExecutor.defaultThreads = processorCount
    platform_end_with_parent()
  }

  /// Whether this process was itself started by a script.
  public static var isChild: Bool { getenv(parentVariable) != nil }

  private static let parentVariable = "BILEVEL_LUA_PARENT"
  private static let processorsVariable = "BILEVEL_LUA_PROCESSORS"

  /// The processors that this process should use: its share, if a script started it.
  public static var processorCount: Int {
    let all = Int(platform_processor_count())
    guard let text = getenv(processorsVariable), let share = Int(String(cString: text)) else {
      return all
    }
    return min(max(1, share), all)
  }

  /// Starts it on a script as one of so many processes at a time.
  func start(_ script: String, _ arguments: [String], oneOf count: Int) throws -> platform_child {
    let memory = mebibytes.map { ["--memory", String(max(1, $0 / count))] } ?? []
    // What follows -- is a script even if it looks like an option.
    let words = [path] + (isTrusted ? ["--trusted"] : []) + memory + ["--", script] + arguments
    let share = max(1, Self.processorCount / count)
    var child = platform_child()
    let code = Self.withPointers(words) { words in
      Self.withPointers(Self.environment(processors: share)) { environment in
        platform_start_child(path, words, environment, &child)
      }
    }
    guard code == 0 else {
      throw ScriptError("cannot start it: \(String(cString: strerror(code)))")
    }
    return child
  }

  private static func environment(processors: Int) -> [String] {
    var variables: [String] = []
    var next = environ
    while let variable = next.pointee {
      let text = String(cString: variable)
      if ![parentVariable, processorsVariable].contains(where: { text.hasPrefix($0 + "=") }) {
        variables.append(text)
      }
      next += 1
    }
    return variables + ["\(parentVariable)=\(getpid())", "\(processorsVariable)=\(processors)"]
  }

  private static func withPointers<Result>(
    _ words: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
  }
}
