import Synchronization
import Tensors

/// What an operator has prepared, by shape and element type: bounds cost more than a few products, and
/// each sample asks anew.
final class PreparedOperatorCache: Sendable {
  private struct Key: Hashable {
    let domain: Shape
    let elementType: ElementType
  }

  private let content = Mutex<[Key: any PreparedOperator]>([:])

  /// The kept operator, or a new one, which is then kept.
  ///
  /// Two threads that ask at once may both make it, which does no harm: they make the same.
  func prepared(
    for domain: Shape, _ elementType: ElementType, make: () throws -> any PreparedOperator
  ) rethrows -> any PreparedOperator {
    let key = Key(domain: domain, elementType: elementType)
    if let known = content.withLock({ $0[key] }) { return known }
    let made = try make()
    content.withLock { $0[key] = made }
    return made
  }
}
