import FlyingSocks
import Foundation
import Imaging

/// The endless body of the answer that carries news to one watcher, as server-sent events.
struct EventStream: AsyncBufferedSequence {
  typealias Element = UInt8

  let news: LiveNews

  func makeAsyncIterator() -> Iterator { Iterator(news: news) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    /// After this many looks without news a comment is sent: writing it fails where nobody reads any more.
    private static let patience = 10

    let news: LiveNews
    private var known = LiveNews.Knowledge()
    private var looks = 0

    init(news: LiveNews) { self.news = news }

    /// Whole events; waits until there is one.
    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
      while true {
        if looks > 0 { try await Task.sleep(for: .seconds(LiveNews.interval)) }
        looks += 1
        if let text = await event() { return Array(text.utf8) }
        if looks % Self.patience == 0 { return Array(": nothing new\n\n".utf8) }
      }
    }

    private mutating func event() async -> String? {
      do {
        guard let (event, known) = try await news.news(to: known) else { return nil }
        self.known = known
        return event
      } catch {
        let words = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
        return "event: trouble\ndata: \(words.quotedAsJSON)\n\n"
      }
    }

    /// Bodies are asked for in buffers.
    mutating func next() async throws -> UInt8? {
      preconditionFailure("The body of an answer is read in buffers.")
    }
  }
}
