import Synchronization
import Tensors

/// Images that were made once, kept as far as memory allows; any thread may ask.
final class ImageCache: Sendable {
  /// Beyond this many bytes a dataset's further images are made anew each time.
  private static let capacity = 1 << 30

  private struct Content {
    var images: [Int: Tensor] = [:]
    var byteCount = 0
  }

  private let content = Mutex(Content())

  /// The kept image, or a new one, which is then kept.
  ///
  /// Two threads that ask at once may both make it, which does no harm: they make the same.
  func image(at index: Int, _ make: () throws -> Tensor) rethrows -> Tensor {
    if let image = content.withLock({ $0.images[index] }) { return image }
    let image = try make()
    content.withLock { content in
      guard content.images[index] == nil, content.byteCount + image.byteCount <= Self.capacity
      else { return }
      content.images[index] = image
      content.byteCount += image.byteCount
    }
    return image
  }
}
