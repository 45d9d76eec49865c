import Tensors

/// Mini-batches of samples: each epoch takes every sample once, in an order of its own.
///
/// The order is a function of (seed, epoch) alone, so a resumed run meets the same batches. The last batch
/// of an epoch holds what is left.
public struct MiniBatches: Sendable {
  /// Samples of a batch at step k, rounded; at least 1, at most all.
  public var size: any Schedule
  /// Key of the order.
  public var seed: Int

  /// Batches of the given size.
  public init(size: any Schedule, seed: Int = 0) {
    self.size = size
    self.seed = seed
  }

  /// Batches as the state of a run remembers them; nil if their size was no constant.
  init?(_ position: MiniBatchPosition) {
    guard let size = position.size else { return nil }
    self.init(size: ConstantSchedule(size), seed: position.seed)
  }

  /// Where a run goes on that stood at `last`, or begins.
  func position(after last: MiniBatchPosition?) -> MiniBatchPosition {
    MiniBatchPosition(
      seed: seed, size: (size as? ConstantSchedule)?.value, epoch: last?.epoch ?? 0,
      offset: last?.offset ?? 0)
  }
}

/// Where a run through mini-batches stands: the next batch begins here.
public struct MiniBatchPosition: Sendable, Hashable {
  /// Key of the order.
  public internal(set) var seed: Int
  /// The size, where it is the same at every step.
  public internal(set) var size: Double?
  /// Passes through the data so far.
  public internal(set) var epoch = 0
  /// Places of the epoch's order that are used up.
  public internal(set) var offset = 0

  /// A stream that no other object of the same seed draws from.
  private static let stream: UInt64 = 0x6261_7463_6865_73

  init(seed: Int, size: Double?, epoch: Int, offset: Int) {
    self.seed = seed
    self.size = size
    self.epoch = epoch
    self.offset = offset
  }

  /// Takes the next `size` samples that take part, or what is left of them in the epoch.
  ///
  /// Returns them with their epoch; none where no sample takes part at all. Costs O(n) random numbers.
  mutating func take(_ size: Int, among points: [SamplePoint]) -> (samples: [Int], epoch: Int) {
    var batch: [Int] = []
    var current = epoch
    while batch.isEmpty, points.contains(where: \.isActive) {
      current = epoch
      let order = order(of: points.count)
      while offset < order.count, batch.count < size {
        if points[order[offset]].isActive { batch.append(order[offset]) }
        offset += 1
      }
      // What follows is left out for good: the epoch is over.
      if !order[offset...].contains(where: { points[$0].isActive }) {
        epoch += 1
        offset = 0
      }
    }
    return (batch, current)
  }

  private func order(of count: Int) -> [Int] {
    var random = RandomSource(seed: seed, stream: Self.stream).substream(epoch)
    return random.permutation(count)
  }
}

extension MiniBatchPosition: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init(
      seed: try archive.read("seed"), size: try archive.read("size"),
      epoch: try archive.read("epoch"), offset: try archive.read("offset"))
  }

  func write(to archive: inout StateArchive) {
    archive.write(seed, as: "seed")
    archive.write(size, as: "size")
    archive.write(epoch, as: "epoch")
    archive.write(offset, as: "offset")
  }
}
