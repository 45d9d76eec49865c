import Dispatch
import KernelInterface

/// One worker's kernels of the smoothed total variation α Σ √(|Dx|² + ν²) for images of one size.
///
/// D takes forward differences, 0 in the last column and row; channels are summed. `isotropic` puts
/// the horizontal and the vertical difference under one root, otherwise each has a root of its own.
/// Each operation is one pass over the image. All results accumulate. With `workers` > 1 a call is
/// split by strips of rows over that many threads, with the same bits. Owns its memory, allocates
/// nothing once made, and belongs to one caller at a time.
public final class TotalVariationWorkspace {
  private let channels: Int
  private let height: Int
  private let width: Int
  private let isotropic: Bool
  private let singlePrecision: Bool
  private let strips: [Strip]
  private let squaredSmoothing: Double  // ν²
  private let weight: Double  // α
  private let entry: TotalVariationEntries.Entry
  private let memory: UnsafeMutableRawPointer
  private let scratchBytes: Int  // of one strip
  private let sums: UnsafeMutablePointer<Double>
  private var planes: UnsafeMutableRawPointer?

  private struct Strip {
    var channel: Int
    var rows: Range<Int>
  }

  /// Rows below which a strip is not worth a thread.
  private static let minimumRows = 16

  /// Workspace for images of `channels` × `height` × `width` elements.
  public init(
    channels: Int, height: Int, width: Int, isotropic: Bool, singlePrecision: Bool, weight: Double,
    smoothing: Double, workers: Int = 1, instructions: InstructionSet = .preferred
  ) {
    precondition(channels > 0 && height > 0 && width > 0, "An image has at least one pixel.")
    self.channels = channels
    self.height = height
    self.width = width
    self.isotropic = isotropic
    self.singlePrecision = singlePrecision
    self.weight = weight
    squaredSmoothing = smoothing * smoothing
    let entries = instructions.table.totalVariation
    switch (isotropic, singlePrecision) {
    case (true, true): entry = entries.isotropicSingle
    case (true, false): entry = entries.isotropicDouble
    case (false, true): entry = entries.anisotropicSingle
    case (false, false): entry = entries.anisotropicDouble
    }
    strips = Self.strips(channels, height, workers)
    let element = singlePrecision ? 4 : 8
    scratchBytes = (TotalVariationTask.scratchCount(width) * element + 63) / 64 * 64
    memory = .allocate(byteCount: scratchBytes * strips.count, alignment: 64)
    sums = .allocate(capacity: 2 * channels * height)
  }

  deinit {
    memory.deallocate()
    sums.deallocate()
    planes?.deallocate()
  }

  /// α Σ s.
  public func value(_ x: UnsafeRawPointer) -> Double {
    run(.value, x)
    return weight * total(0)
  }

  /// gradient += α Dᵀ(p/s); returns α Σ s.
  public func gradient(_ x: UnsafeRawPointer, _ gradient: UnsafeMutableRawPointer) -> Double {
    run(.gradient, x, result: gradient)
    return weight * total(0)
  }

  /// Stores the curvature at x for the products that follow.
  public func prepareCurvature(_ x: UnsafeRawPointer) {
    if planes == nil {
      let bytes = 3 * channels * height * width * (singlePrecision ? 4 : 8)
      planes = .allocate(byteCount: bytes, alignment: 64)
    }
    run(.prepareCurvature, x)
  }

  /// product += ∂²/∂x² v at the prepared x.
  public func hessianProduct(_ v: UnsafeRawPointer, _ product: UnsafeMutableRawPointer) {
    precondition(planes != nil, "prepareCurvature comes first.")
    run(.hessianProduct, v, q: v, result: product)
  }

  /// Σ ⟨p, Dq⟩/s and Σ ⟨p, Dq⟩/s³, from which ⟨q, ∂∇/∂α⟩ and ⟨q, ∂∇/∂ν⟩ = −αν times the second.
  public func mixedProduct(_ x: UnsafeRawPointer, _ q: UnsafeRawPointer) -> (Double, Double) {
    run(.mixedProduct, x, q: q)
    return (total(0), total(1))
  }

  /// image += Dᵀ(p (first/s + second/s³)); α does not enter.
  public func mixedDirection(
    _ x: UnsafeRawPointer, first: Double, second: Double, _ image: UnsafeMutableRawPointer
  ) {
    run(.mixedDirection, x, result: image, scale: first, slope: second)
  }

  /// image += ∂³/∂x³ [q, d].
  public func thirdProduct(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, _ d: UnsafeRawPointer,
    _ image: UnsafeMutableRawPointer
  ) {
    run(.thirdProduct, x, q: q, d: d, result: image)
  }

  /// The derivatives along d of the two sums of `mixedProduct`.
  public func mixedVariation(
    _ x: UnsafeRawPointer, _ q: UnsafeRawPointer, _ d: UnsafeRawPointer
  ) -> (Double, Double) {
    run(.mixedVariation, x, q: q, d: d)
    return (total(0), total(1))
  }

  private func run(
    _ operation: TotalVariationOperation, _ x: UnsafeRawPointer, q: UnsafeRawPointer? = nil,
    d: UnsafeRawPointer? = nil, result: UnsafeMutableRawPointer? = nil, scale: Double? = nil,
    slope: Double = 0
  ) {
    // Images that an operation does not touch are never read: any address will do for them.
    let task = TotalVariationTask(
      operation: operation, height: height, width: width, rows: 0..<0, scale: scale ?? weight,
      slope: slope, squaredSmoothing: squaredSmoothing, x: x, q: q ?? x, d: d ?? x,
      result: result ?? memory, planes: planes ?? memory, scratch: memory, sums: sums)
    if strips.count == channels {
      for index in strips.indices { perform(task, strip: index) }
    } else {
      nonisolated(unsafe) let shared = (workspace: self, task: task)
      DispatchQueue.concurrentPerform(iterations: strips.count) { index in
        shared.workspace.perform(shared.task, strip: index)
      }
    }
  }

  private func perform(_ whole: TotalVariationTask, strip index: Int) {
    let strip = strips[index]
    let bytes = strip.channel * height * width * (singlePrecision ? 4 : 8)
    var task = whole
    task.rows = strip.rows
    task.x += bytes
    task.q += bytes
    task.d += bytes
    if task.result != memory { task.result += bytes }
    if task.planes != memory { task.planes += 3 * bytes }
    task.scratch += index * scratchBytes
    task.sums += 2 * strip.channel * height
    withUnsafePointer(to: task) { entry($0) }
  }

  /// Row sums added in order.
  private func total(_ which: Int) -> Double {
    var total = 0.0
    for row in 0..<channels * height { total += sums[2 * row + which] }
    return total
  }

  /// One strip per channel for one worker, otherwise about one per worker and channel.
  private static func strips(_ channels: Int, _ height: Int, _ workers: Int) -> [Strip] {
    let count = workers <= 1 ? 1 : max(1, min(workers, height / minimumRows))
    return (0..<channels).flatMap { channel in
      (0..<count).map {
        Strip(channel: channel, rows: height * $0 / count..<height * ($0 + 1) / count)
      }
    }
  }
}
