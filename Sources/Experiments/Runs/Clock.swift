#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The time of day.
public enum Clock {
  /// Seconds since 1970.
  public static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// A time in the machine's zone, in the words of `strftime`: `%Y%m%d-%H%M%S`.
  public static func text(_ seconds: Double, _ format: String = "%Y-%m-%d %H:%M:%S") -> String {
    var time = time_t(seconds.rounded(.down))
    var parts = tm()
    localtime_r(&time, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      return String(
        decoding: UnsafeRawBufferPointer(start: start, count: strftime(start, 64, format, &parts)),
        as: UTF8.self)
    }
  }
}
