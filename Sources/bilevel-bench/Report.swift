import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One line of the report.
struct Reading {
  var name: String
  var instructionSet: InstructionSet
  var single: Bool
  /// Time of one run, if it means something.
  var seconds: Double?
  var gigaflops: Double?
  /// Share of the multiply-add peak, 0...1.
  var share: Double?
  /// What else there is to say.
  var note = ""
}

/// Prints readings as a table or as tab-separated values.
struct Report {
  private let isTabular: Bool

  init(_ options: Options) { isTabular = options.isTabular }

  /// Prints what identifies the run.
  func begin(_ checksum: Double) {
    if isTabular {
      print("measurement\tvariant\ttype\tms\tgflops\tshare\tnote")
      print("checksum\t\t\t\(checksum)\t\t\t")
    } else {
      print("Fastest run, processor time; checksum of the data \(checksum)")
      print(
        column("measurement", 44) + column("variant", 11) + column("type", 9)
          + right("ms", 10) + right("GFLOP/s", 9) + right("of peak", 9))
    }
  }

  /// Prints one line.
  func add(_ reading: Reading) {
    let type = reading.single ? "float32" : "float64"
    let milliseconds = reading.seconds.map { rounded($0 * 1000, 3) } ?? ""
    let gigaflops = reading.gigaflops.map { rounded($0, 1) } ?? ""
    if isTabular {
      let share = reading.share.map { rounded($0, 4) } ?? ""
      let cells = [
        reading.name, reading.instructionSet.rawValue, type, milliseconds, gigaflops, share,
        reading.note,
      ]
      print(cells.joined(separator: "\t"))
    } else {
      let share = reading.share.map { rounded($0 * 100, 1) + " %" } ?? ""
      print(
        column(reading.name, 44) + column(reading.instructionSet.rawValue, 11) + column(type, 9)
          + right(milliseconds, 10) + right(gigaflops, 9) + right(share, 9)
          + (reading.note.isEmpty ? "" : "  " + reading.note))
    }
  }

  /// Prints a line at once, into a file too.
  private func print(_ line: String) {
    Swift.print(line)
    fflush(nil)
  }

  private func column(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 1))
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(width - text.count, 1)) + text
  }

  private func rounded(_ x: Double, _ digits: Int) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      _ = withVaList([Int32(digits), x]) { vsnprintf(buffer.baseAddress, 64, "%.*f", $0) }
      return String(cString: buffer.baseAddress!)
    }
  }
}
