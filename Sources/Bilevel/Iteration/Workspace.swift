import Tensors

/// Scratch memory of one worker, kept from sample to sample so that solves allocate nothing.
///
/// Handed to one worker at a time, hence sendable.
public final class Workspace: @unchecked Sendable {
  private var free: [Tensor] = []
  private var kept: [ObjectIdentifier: AnyObject] = [:]
  /// How long the work took whose results were not yet handed over.
  var seconds = PhaseSeconds()

  /// An empty workspace; it fills with use.
  public init() {}

  /// A tensor of the given shape with arbitrary elements, to be handed back by `recycle`.
  public func tensor(_ shape: Shape, _ elementType: ElementType) -> Tensor {
    if let index = free.lastIndex(where: { $0.shape == shape && $0.elementType == elementType }) {
      return free.remove(at: index)
    }
    return Tensor(zeros: shape, elementType)
  }

  /// Takes back a tensor that nobody else holds.
  public func recycle(_ tensor: consuming Tensor) {
    free.append(tensor)
  }

  /// The object of the given type that is kept here, made at first use.
  public func kept<Object: AnyObject>(_ type: Object.Type, make: () -> Object) -> Object {
    if let object = kept[ObjectIdentifier(type)] as? Object { return object }
    let object = make()
    kept[ObjectIdentifier(type)] = object
    return object
  }
}
