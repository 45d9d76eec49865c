import Synchronization

/// Who hears how far a pass over samples has come.
///
/// Called with 0 as a pass begins, and by the workers, on their threads, as they finish samples, so it
/// must be quick; it sees no numbers and can change none.
public protocol SampleObserver: AnyObject, Sendable {
  /// So many samples of the pass are finished.
  func samples(finished: Int, of count: Int)
}

/// The observer of all passes of this process.
public enum SampleObservation {
  private static let current = Mutex<(any SampleObserver)?>(nil)

  /// Who is told; nobody at first.
  public static var observer: (any SampleObserver)? {
    get { current.withLock { $0 } }
    set { current.withLock { $0 = newValue } }
  }
}
