import KernelInterface

/// Filters in the space of row tiles: the rows of G f, in which responses are products point by point.
///
/// Ordered blocks × points × filters of the block × planes × rows; missing filters of the last block are
/// zero. Every segment of a channel's columns is a plane.
final class RowTileSpectra: Sendable {
  let entries: RowTileEntries
  let description: RidgeKernel.Description
  let plan: RowTilePlan
  private let memory: Memory
  private let numbersMemory: Memory

  /// Fewer filters do not pay for the transforms of the image.
  static let leastFilters = 4

  /// Transforms coefficients, ordered filters × channels × size × size; nil where that does not pay.
  init?(
    _ coefficients: [Double], _ description: RidgeKernel.Description, _ entries: RowTileEntries
  ) {
    guard description.filters >= Self.leastFilters else { return nil }
    self.entries = entries
    self.description = description
    plan = RowTilePlan(size: description.size, single: description.singlePrecision)
    let order = Order(description, plan, entries)
    memory = Memory(count: order.count, stride: description.elementStride)
    numbersMemory = Memory(count: plan.numbers.count, stride: description.elementStride)
    var spectra = [Double](repeating: 0, count: order.count)
    order.each { place, coefficient, factor in
      spectra[place] += factor * coefficients[coefficient]
    }
    fill(memory, spectra)
    fill(numbersMemory, plan.numbers)
  }

  private func fill(_ memory: Memory, _ numbers: [Double]) {
    for (i, number) in numbers.enumerated() {
      if description.singlePrecision {
        memory.start.assumingMemoryBound(to: Float.self)[i] = Float(number)
      } else {
        memory.doubles[i] = number
      }
    }
  }

  /// The transformed filters.
  var start: UnsafeRawPointer { UnsafeRawPointer(memory.start) }
  /// The numbers of the other transforms.
  var numbers: UnsafeRawPointer { UnsafeRawPointer(numbersMemory.start) }
  /// How many numbers the transformed filters are.
  var count: Int { Order(description, plan, entries).count }

  /// Adds Gᵀ of derivatives by the spectra to those by the coefficients.
  func addDerivatives(
    _ spectra: UnsafePointer<Double>, to coefficients: UnsafeMutablePointer<Double>
  ) {
    Order(description, plan, entries).each { place, coefficient, factor in
      coefficients[coefficient] += factor * spectra[place]
    }
  }

  /// Which coefficients a number of the spectra is made of.
  private struct Order {
    let description: RidgeKernel.Description
    let plan: RowTilePlan
    let filtersPerBlock: Int

    init(_ description: RidgeKernel.Description, _ plan: RowTilePlan, _ entries: RowTileEntries) {
      self.description = description
      self.plan = plan
      filtersPerBlock = entries.filtersPerBlock
    }

    var count: Int {
      let blocks = (description.filters + filtersPerBlock - 1) / filtersPerBlock
      let planes = description.channels * plan.segments
      return blocks * filtersPerBlock * plan.points * planes * description.size
    }

    /// Calls `body` with the place of a number, a coefficient's index and the factor between them.
    func each(_ body: (_ place: Int, _ coefficient: Int, _ factor: Double) -> Void) {
      let (size, transform) = (description.size, plan.filterTransform)
      for filter in 0..<description.filters {
        let (block, f) = filter.quotientAndRemainder(dividingBy: filtersPerBlock)
        for channel in 0..<description.channels {
          for column in 0..<size {
            let (segment, tap) = column.quotientAndRemainder(dividingBy: plan.segmentTaps)
            let plane = channel * plan.segments + segment
            for point in 0..<plan.points where transform[point][tap] != 0 {
              let first = (block * plan.points + point) * filtersPerBlock + f
              let place = (first * description.channels * plan.segments + plane) * size
              for row in 0..<size {
                let coefficient = ((filter * description.channels + channel) * size + row) * size
                body(place + row, coefficient + column, transform[point][tap])
              }
            }
          }
        }
      }
    }
  }
}
