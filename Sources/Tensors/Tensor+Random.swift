/// Tensors of random numbers. Float32 tensors hold the rounded Float64 numbers, so a change of
/// element type changes no random draw.
extension Tensor {
  /// Independent normal numbers of the given mean and standard deviation.
  public init(
    normal shape: Shape, mean: Double = 0, deviation: Double = 1,
    _ elementType: ElementType = .float64, from source: inout RandomSource
  ) {
    var drawn = Tensor(zeros: shape, .float64)
    drawn.withMutable(Double.self) { target in
      source.fillNormal(target, count: shape.count)
      if mean != 0 || deviation != 1 {
        for i in 0..<shape.count { target[i] = mean + deviation * target[i] }
      }
    }
    self = drawn.converted(to: elementType)
  }

  /// Independent numbers uniform on [lower, upper).
  public init(
    uniform shape: Shape, lower: Double = 0, upper: Double = 1,
    _ elementType: ElementType = .float64, from source: inout RandomSource
  ) {
    var drawn = Tensor(zeros: shape, .float64)
    drawn.withMutable(Double.self) { target in
      for i in 0..<shape.count { target[i] = source.uniform(lower, upper) }
    }
    self = drawn.converted(to: elementType)
    guard elementType == .float32, lower < upper else { return }
    // Rounding to Float32 may reach the upper end, which the half-open interval excludes.
    let largest = Float(upper) < Float(lower).nextUp ? Float(lower) : Float(upper).nextDown
    withMutable(Float.self) { target in
      for i in 0..<shape.count where target[i] > largest { target[i] = largest }
    }
  }
}
