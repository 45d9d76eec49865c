import CPlatform
import Imaging

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The machine that the program runs on, as runs record it.
public enum Machine {
  /// Its name in the network.
  public static var host: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress, gethostname(start, 255) == 0 else { return "unknown" }
      start[255] = 0
      return String(cString: start)
    }
  }

  /// The processor's name as the system tells it.
  public static var processor: String {
    #if canImport(Glibc)
      let line = Machine.lines(of: "/proc/cpuinfo").first { $0.hasPrefix("model name") }
      let name = line?.split(separator: ":", maxSplits: 1).last?.drop { $0 == " " }
      return name.map(String.init) ?? "unknown"
    #else
      var size = 0
      sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
      var name = [CChar](repeating: 0, count: size + 1)
      sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0)
      return String(cString: name)
    #endif
  }

  /// The name, and how many processors this process may use.
  public static var description: String {
    "\(processor), \(platform_processor_count()) processors, level \(platform_processor_level())"
  }

  /// The lines in the first part of a text file of the system, which has no size.
  private static func lines(of path: String) -> [Substring] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
  }
}
