import Imaging
import Tensors

extension VariationalLowerLevel {
  /// Side of the toy crop; grown where the regularizer needs more.
  private static let toySide = 16
  /// Standard deviation of the toy's noise.
  private static let toyNoise = 0.1

  /// A crop of the first image, observed anew; the whole of it where the operator takes no crops.
  public func toy(_ random: RandomSource) throws -> (lower: any LowerLevel, x: Tensor) {
    var random = random
    let sample = samples[0]
    let truth = sample.truth.converted(to: .float64)
    var side = Self.toySide
    let largest = min(truth.shape[1], truth.shape[2])
    while side < largest, regularizer.misfit(of: [truth.shape[0], side, side]) != nil { side *= 2 }
    let crop = Self.centre(truth, side: side)
    guard let operation = try? forward.prepared(for: crop.shape, .float64) else {
      let whole = Sample(truth: truth, observed: sample.observed.converted(to: .float64))
      return (try with([whole]), truth)
    }
    var observed = operation.apply(crop)
    observed.add(EnergyLaws.normal(observed.shape, &random), times: Self.toyNoise)
    return (try with([Sample(truth: crop, observed: observed)]), crop)
  }

  private static func centre(_ image: Tensor, side: Int) -> Tensor {
    let (height, width) = (image.shape[1], image.shape[2])
    let (rows, columns) = (min(side, height), min(side, width))
    let (top, left) = ((height - rows) / 2, (width - columns) / 2)
    let elements = image.elements
    var crop: [Double] = []
    for channel in 0..<image.shape[0] {
      for row in top..<top + rows {
        let start = (channel * height + row) * width + left
        crop += elements[start..<start + columns]
      }
    }
    return Tensor(crop, shape: [image.shape[0], rows, columns])
  }

  /// The laws of the operator of the first image.
  func checkAdjoint(_ report: inout LawReport, _ random: RandomSource) {
    var random = random
    AdjointCheck.check(forward(for: samples[0].truth.shape), &report, &random)
  }
}
