import KernelInterface

/// The packed weights of one convolution K with several channels in and out, shared by all workers:
/// (K x)_o[i, j] = Σ_{c,a,b} w[o, c, a, b] x_c[i + a − r, j + b − r], r = (size − 1)/2, a
/// cross-correlation whose results are as large as the images.
public final class ConvolutionKernel: @unchecked Sendable {
  /// What a convolution is made for.
  public struct Description: Sendable, Equatable {
    /// Channels of x.
    public var inputChannels: Int
    /// Channels of K x.
    public var outputChannels: Int
    /// Width and height of the filters: 3, 5, 7, 9, 11 or 13.
    public var size: Int
    /// What the filters see outside of the image.
    public var boundary: Boundary
    /// Whether images hold Float32, not Float64.
    public var singlePrecision: Bool

    /// A description.
    public init(
      inputChannels: Int, outputChannels: Int, size: Int, boundary: Boundary,
      singlePrecision: Bool
    ) {
      self.inputChannels = inputChannels
      self.outputChannels = outputChannels
      self.size = size
      self.boundary = boundary
      self.singlePrecision = singlePrecision
    }

    /// Weights of one output channel.
    public var taps: Int { inputChannels * size * size }
    /// All weights: output channels × input channels × size × size.
    public var weightCount: Int { outputChannels * taps }
    /// Pixels that a filter reaches from its centre, r.
    public var radius: Int { size / 2 }
    /// Bytes of one element.
    var elementStride: Int {
      singlePrecision ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride
    }
  }

  /// What the convolution is made for.
  public let description: Description
  /// The instruction set that it uses.
  public let instructionSet: InstructionSet

  let entries: RidgeEntries
  let lanes: Int
  /// Blocks of output channels that a forward pass computes at once.
  let blocks: FilterBlocks
  let weights: PackedConvolution
  /// The weights as tiles need them; nil where there are no passes by tiles.
  let spectra: TileSpectra?

  /// Packs weights, ordered output channels × input channels × size × size.
  public init(
    _ description: Description, coefficients: [Double],
    instructionSet: InstructionSet = .preferred
  ) {
    precondition(
      RidgeKernel.sizes.contains(description.size), "Filters are 3, 5, 7, 9, 11 or 13 wide.")
    precondition(
      description.inputChannels > 0 && description.outputChannels > 0, "There are channels.")
    precondition(
      coefficients.count == description.weightCount,
      "Coefficients are output channels × input channels × size × size.")
    self.description = description
    self.instructionSet = instructionSet
    let table = instructionSet.table
    entries = table.ridge
    lanes = description.singlePrecision ? table.lanes.single : table.lanes.double
    blocks = FilterBlocks(description.outputChannels, entries)
    weights = PackedConvolution(description, blocks)
    spectra = TileSpectra(
      coefficients, filters: description.outputChannels, channels: description.inputChannels,
      size: description.size, singlePrecision: description.singlePrecision, table.tiles)
    coefficients.withUnsafeBufferPointer { weights.pack($0.baseAddress!) }
  }

  /// Maps that a forward pass writes: whole blocks.
  var writtenChannels: Int { blocks.count * blocks.size }
}

/// Weights of a convolution in the orders in which the passes read them; missing output channels of
/// the last block are zero.
final class PackedConvolution: Sendable {
  private let description: ConvolutionKernel.Description
  private let filtersPerBlock: Int
  private let forwardWeights: Memory  // block × input × row × column × output of the block
  private let adjointWeights: Memory  // input × output × column × row, both reversed
  private let stride: Int

  /// Space for weights, all zero.
  init(_ description: ConvolutionKernel.Description, _ blocks: FilterBlocks) {
    self.description = description
    filtersPerBlock = blocks.size
    stride = description.elementStride
    forwardWeights = Memory(
      count: blocks.count * blocks.size * description.taps, stride: stride)
    adjointWeights = Memory(count: description.weightCount, stride: stride)
  }

  /// Writes weights, ordered output channels × input channels × size × size.
  func pack(_ coefficients: UnsafePointer<Double>) {
    let size = description.size
    var next = coefficients
    for output in 0..<description.outputChannels {
      let (block, f) = output.quotientAndRemainder(dividingBy: filtersPerBlock)
      for input in 0..<description.inputChannels {
        let forward = (block * description.taps + input * size * size) * filtersPerBlock + f
        let adjoint = (input * description.outputChannels + output) * size * size
        for row in 0..<size {
          for column in 0..<size {
            let reversed = (size - 1 - column) * size + (size - 1 - row)
            write(next.pointee, forwardWeights, forward + (row * size + column) * filtersPerBlock)
            write(next.pointee, adjointWeights, adjoint + reversed)
            next += 1
          }
        }
      }
    }
  }

  /// Weights of one block for `RidgeForward`.
  func forward(block: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(
      forwardWeights.start + block * filtersPerBlock * description.taps * stride)
  }

  /// Weights of one input channel for `RidgeAdjoint`.
  func adjoint(input: Int) -> UnsafeRawPointer {
    let perInput = description.outputChannels * description.size * description.size
    return UnsafeRawPointer(adjointWeights.start + input * perInput * stride)
  }

  private func write(_ value: Double, _ memory: Memory, _ index: Int) {
    if stride == MemoryLayout<Float>.stride {
      memory.start.assumingMemoryBound(to: Float.self)[index] = Float(value)
    } else {
      memory.doubles[index] = value
    }
  }
}
