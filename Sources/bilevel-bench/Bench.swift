import Kernels

/// `bilevel-bench`: how fast the kernels are, against what the processor could do.
@main
struct Bench {
  /// Everything that is measured, in order; a new measurement is a file of its own and a line here.
  static var measurements: [any Measurement] {
    [MultiplyAddPeak()] + RidgeSpeed.special + RidgeSpeed.general + ConvolutionSpeed.all
      + NetworkSpeed.all + [DenseSpeed(), OperatorSpeed(), WorkerSpeed()]
  }

  static func main() {
    let options = Options(CommandLine.arguments.dropFirst())
    let report = Report(options)
    report.begin(BenchNumbers.checksum)
    for set in options.instructionSets {
      let session = Session(options: options, instructionSet: set, report: report)
      for measurement in measurements where options.selects(measurement) {
        measurement.run(session)
      }
    }
  }
}
