import Tensors

/// What a measurement adds to Ax: an immutable description.
///
/// Law: `observed` is a function of the noise's seed, the index, the epoch and the clean
/// measurement, and of nothing else: not of the order of calls, the thread or other indices.
public protocol Noise: Sendable {
  /// The noisy measurement of sample `index` (from 0) in the given epoch, never clipped.
  func observed(_ clean: Tensor, index: Int, epoch: Int) -> Tensor
}
