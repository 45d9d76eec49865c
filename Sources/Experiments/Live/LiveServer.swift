import FlyingFox
import FlyingSocks
import Foundation
import Script

/// The live view: a page about runs on this machine alone, for reading alone.
///
/// It answers `GET /` with the page and `GET /events` with its news, and nothing else; there are no paths
/// to files. Requests that were meant for another host, or that a page from elsewhere makes, are refused, so
/// that no web site can read along.
public final class LiveServer: Sendable {
  /// Where the page is when no port is asked for.
  public static let usualPort: UInt16 = 8765
  /// Further ports that are tried then.
  private static let otherPorts: UInt16 = 20

  /// The port on 127.0.0.1.
  public let port: UInt16
  private let server: HTTPServer
  private let news: LiveNews

  /// The page's address.
  public var address: String { "http://127.0.0.1:\(port)/" }

  /// A server for the given runs, or for those that are going on where nil.
  ///
  /// Throws where the port is taken; without a port, the first free one from the usual one on.
  public init(of ids: [String]?, in store: RunStore, port: UInt16? = nil) throws {
    let candidates = port.map { [$0] } ?? Array(Self.usualPort...Self.usualPort + Self.otherPorts)
    guard let free = candidates.first(where: Self.isFree) else {
      throw ScriptError(
        "port \(candidates[0]) of 127.0.0.1 is taken; choose another one with --port")
    }
    self.port = free
    news = LiveNews(of: ids, in: store)
    server = HTTPServer(
      address: try sockaddr_in.inet(ip4: "127.0.0.1", port: free), logger: .disabled,
      handler: LiveHandler(news: news, port: free))
  }

  private static func isFree(_ port: UInt16) -> Bool {
    guard let socket = try? Socket(domain: Int32(AF_INET)),
      let address = try? sockaddr_in.inet(ip4: "127.0.0.1", port: port)
    else { return false }
    defer { try? socket.close() }
    try? socket.setValue(true, for: .localAddressReuse)
    return (try? socket.bind(to: address)) != nil && (try? socket.listen()) != nil
  }

  /// Serves until the task is cancelled or `stop` is called.
  public func run() async throws {
    do { try await server.run() } catch is CancellationError {} catch SocketError.disconnected {}
  }

  /// Waits until the page can be opened.
  public func waitUntilListening() async throws { try await server.waitUntilListening() }

  /// Ends, and with it all connections.
  public func stop() async { await server.stop() }
}

/// What is answered to a request.
struct LiveHandler: HTTPHandler {
  let news: LiveNews
  let port: UInt16

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    if let refusal = LiveGuard(port: port).refusal(of: request) { return refusal }
    switch request.path {
    case "/":
      let page = ReportPage.text(data: #"{"live":true,"runs":[]}"#, isLive: true)
      return answer(.ok, "text/html; charset=utf-8", HTTPBodySequence(data: Data(page.utf8)))
    case "/events":
      return answer(
        .ok, "text/event-stream; charset=utf-8", HTTPBodySequence(from: EventStream(news: news)))
    default:
      return answer(
        .notFound, "text/plain; charset=utf-8", HTTPBodySequence(data: Data("not found\n".utf8)))
    }
  }

  private func answer(
    _ status: HTTPStatusCode, _ type: String, _ body: HTTPBodySequence
  ) -> HTTPResponse {
    var headers = LiveGuard.headers
    headers[.contentType] = type
    return HTTPResponse(statusCode: status, headers: headers, body: body)
  }
}
