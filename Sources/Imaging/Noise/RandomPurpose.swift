import Tensors

/// What random numbers are for: two objects of the same seed and different purposes have
/// independent numbers, so that equal seeds of scenes and noise do no harm.
///
/// The raw values are part of what a seed means and never change.
enum RandomPurpose: UInt64 {
  case gaussianNoise = 1
  case poissonNoise = 2
  case crop = 3
  case deadLeaves = 4
  case piecewiseConstant = 5
  case augmentation = 6
  case mask = 7
  case sampling = 8
}

extension RandomSource {
  /// The numbers of one image or measurement of a dataset.
  ///
  /// - Parameter epoch: 0 is what is seen when nothing is redrawn.
  init(seed: Int, _ purpose: RandomPurpose, index: Int, epoch: Int = 0) {
    let source = RandomSource(seed: seed, stream: purpose.rawValue).substream(index)
    self = epoch == 0 ? source : source.substream(epoch)
  }
}
