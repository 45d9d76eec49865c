import FlyingFox
import Foundation

/// Who may ask, and what for.
struct LiveGuard {
  let port: UInt16

  /// The page's own names.
  ///
  /// A name that only leads to this machine, as a web site may make one for itself, is another host.
  private var hosts: [String] { ["127.0.0.1:\(port)", "localhost:\(port)"] }

  /// The answer to a request that is refused; nil for one that is not.
  func refusal(of request: HTTPRequest) -> HTTPResponse? {
    let isOurs = request.headers[.host].map { hosts.contains($0.lowercased()) } ?? false
    guard isOurs else { return Self.refuse(.forbidden, "this page is only for this machine") }
    if let origin = request.headers[HTTPHeader("Origin")] {
      guard hosts.contains(where: { origin.lowercased() == "http://" + $0 }) else {
        return Self.refuse(.forbidden, "other pages may not ask")
      }
    }
    guard request.method == .GET else {
      var refusal = Self.refuse(.methodNotAllowed, "this page is only for reading")
      refusal.headers[HTTPHeader("Allow")] = "GET"
      return refusal
    }
    return nil
  }

  private static func refuse(_ status: HTTPStatusCode, _ reason: String) -> HTTPResponse {
    var headers = headers
    headers[.contentType] = "text/plain; charset=utf-8"
    headers[.connection] = "close"
    return HTTPResponse(statusCode: status, headers: headers, body: Data((reason + "\n").utf8))
  }

  /// What browsers are told of every answer.
  static let headers: HTTPHeaders = {
    var headers = HTTPHeaders()
    let policy = ReportPage.policy(isLive: true) + "; frame-ancestors 'none'"
    for (name, value) in [
      ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"),
      ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Cross-Origin-Resource-Policy", "same-origin"), ("Cache-Control", "no-store"),
    ] {
      headers.addValue(value, for: HTTPHeader(name))
    }
    return headers
  }()
}
