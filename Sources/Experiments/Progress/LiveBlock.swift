import Bilevel
import CPlatform
import Synchronization

/// The one block at the foot of the terminal: the lines of a run, and the images of a long pass.
///
/// Workers call it as they finish samples, so it draws at most ten times a second.
public final class LiveBlock: SampleObserver {
  /// What is in the block.
  struct Content {
    /// The lines of a run.
    var run: [String] = []
    fileprivate var pass: Pass?
    fileprivate var lastDrawing = -Double.infinity
    fileprivate var isDrawn = false
    /// Whether there is more to show than what was drawn.
    fileprivate var isStale = false
  }

  /// One pass over samples: an evaluation, or a gradient.
  fileprivate struct Pass {
    let start: Double
    let count: Int
    var finished = 0
    var isLong = false
  }

  /// The block of this process.
  public static let shared = LiveBlock()

  private static let drawingInterval = 0.1
  /// Passes that take less are not worth a line.
  private static let longPass = 1.0
  static var barWidth: Int { max(8, min(30, width / 4)) }
  /// A full line would let some terminals wrap.
  static var width: Int { max(10, Int(platform_terminal_width()) - 1) }

  private let content = Mutex(Content())

  private init() {}

  /// Shows the images of long passes from now on, where the style of the process is a live one.
  public static func observePasses() {
    if ProgressStyle.automatic.resolved == .live { SampleObservation.observer = shared }
  }

  /// Changes what is in the block and draws it, soon.
  func update(_ change: (inout Content) -> Void) {
    let now = platform_seconds()
    content.withLock { content in
      change(&content)
      content.isStale = true
      if LiveBlock.isDue(content, now) || content.run.isEmpty { draw(&content, now: now) }
    }
  }

  private static func isDue(_ content: Content, _ now: Double) -> Bool {
    now - content.lastDrawing >= drawingInterval
  }

  /// Leaves the lines of the run as ordinary text where they are.
  public func settle() {
    content.withLock { content in
      content.pass = nil
      draw(&content, now: platform_seconds())
      content.run = []
      content.isDrawn = false
      platform_leave_block()
    }
  }

  /// A pass over samples has come this far.
  public func samples(finished: Int, of count: Int) {
    let now = platform_seconds()
    content.withLock { content in
      let new = Pass(start: now, count: count)
      var pass = finished == 0 ? new : content.pass ?? new
      let wasLong = pass.isLong
      pass.finished = max(pass.finished, finished)
      pass.isLong = now - pass.start >= LiveBlock.longPass
      let isOver = finished == count
      content.pass = isOver ? nil : pass
      let isWanted = content.isStale || content.pass?.isLong == true
      if isOver && wasLong || isWanted && LiveBlock.isDue(content, now) { draw(&content, now: now) }
    }
  }

  private func draw(_ content: inout Content, now: Double) {
    (content.lastDrawing, content.isStale) = (now, false)
    var lines = content.run
    if let pass = content.pass, pass.isLong { lines.append(LiveBlock.line(pass, now: now)) }
    guard !lines.isEmpty || content.isDrawn else { return }
    content.isDrawn = !lines.isEmpty
    let text = lines.map { TerminalText.fitted($0, to: LiveBlock.width) + "\n" }.joined()
    platform_show_block(lines.isEmpty ? nil : text)
  }

  /// `images 7 of 25 ██████░░░░░░░ 28 %   left 0:12`.
  private static func line(_ pass: Pass, now: Double) -> String {
    let fraction = Double(pass.finished) / Double(max(pass.count, 1))
    let left = pass.finished > 0 ? (now - pass.start) * (1 / fraction - 1) : .nan
    return "images \(pass.finished) of \(pass.count) " + TerminalText.bar(fraction, width: barWidth)
      + formatted(" %.0f %%", 100 * fraction) + "   left " + clock(left)
  }
}
