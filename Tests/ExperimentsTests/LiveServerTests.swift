import Experiments
import Foundation
import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite(.serialized, .timeLimit(.minutes(2))) struct LiveServerTests {
  private let sample: SampleStore

  init() throws { sample = try SampleStore() }

  /// Runs a server for the time of the body.
  private func serve(
    _ ids: [String]?, _ body: @Sendable @escaping (LiveServer) async throws -> Void
  ) async throws {
    let server = try LiveServer(of: ids, in: sample.store)
    let task = Task { try await server.run() }
    try await server.waitUntilListening()
    do { try await body(server) } catch {
      await server.stop()
      throw error
    }
    await server.stop()
    try await task.value
  }

  @Test func thePageIsServedWithItsPolicy() async throws {
    _ = try sample.addRun("a")
    try await serve(["a"]) { server in
      let answer = await Probe(server.port).ask("GET / HTTP/1.1")
      #expect(answer.hasPrefix("HTTP/1.1 200 "))
      for header in [
        "Content-Security-Policy: default-src 'none'; script-src 'sha256-",
        "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY", "Cache-Control: no-store",
        "Content-Type: text/html; charset=utf-8", "Cross-Origin-Resource-Policy: same-origin",
      ] {
        #expect(answer.contains(header))
      }
      #expect(answer.contains("connect-src 'self'"))
      #expect(!answer.contains("Access-Control-Allow"))
    }
  }

  @Test func otherHostsOriginsMethodsAndPathsAreRefused() async throws {
    _ = try sample.addRun("a")
    try await serve(["a"]) { server in
      let probe = Probe(server.port)
      let own = "127.0.0.1:\(server.port)"
      for host in ["evil.example", "evil.example:\(server.port)", "127.0.0.1", "0.0.0.0", ""] {
        let answer = await probe.ask("GET / HTTP/1.1", host: host)
        #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(host)")
      }
      #expect(await probe.ask("GET / HTTP/1.1", host: nil).hasPrefix("HTTP/1.1 403 "))
      for origin in ["http://evil.example", "https://\(own)", "null", "http://\(own).evil.example"]
      {
        for path in ["/", "/events"] {
          let answer = await probe.ask("GET \(path) HTTP/1.1", ["Origin: \(origin)"])
          #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(origin)")
        }
      }
      #expect(await probe.ask("GET / HTTP/1.1", ["Origin: http://\(own)"]).contains(" 200 "))
      #expect(
        await probe.ask("GET / HTTP/1.1", host: "localhost:\(server.port)").contains(" 200 "))
      for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"] {
        let answer = await probe.ask("\(method) / HTTP/1.1", ["Content-Length: 0"])
        #expect(answer.hasPrefix("HTTP/1.1 405 ") && answer.contains("Allow: GET"), "\(method)")
      }
      for path in [
        "/runs.sqlite", "/../runs/runs.sqlite", "/..%2fruns.sqlite", "//etc/passwd",
        "/a/images/0.png", "/%2e%2e/%2e%2e/etc/passwd", "/events/../a", "/index.html",
      ] {
        let answer = await probe.ask("GET \(path) HTTP/1.1")
        #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(path)")
        #expect(!answer.contains("root:"))
      }
    }
  }

  @Test func watchersAreToldEverythingThenWhatIsNew() async throws {
    _ = try sample.addRun("a", lines: 3)
    try await serve(["a"]) { [store = sample.store] server in
      let stream = Probe(server.port)
      async let heard = stream.ask("GET /events HTTP/1.1", until: "event: news", seconds: 20)
      try await Task.sleep(for: .seconds(1.5))
      try store.append(
        [StepRecord(index: 4, seconds: 9, values: ["loss": .number(0.125)])], to: "a")
      let text = await heard
      #expect(text.contains("Content-Type: text/event-stream"))
      #expect(text.ranges(of: "event: runs").count == 1)
      #expect(text.contains("\"index\":[1,2,3]"))
      #expect(text.contains("event: news") && text.contains("\"loss\":[0.125]"))
      let news = text.firstRange(of: "event: news").map { text[$0.lowerBound...] } ?? ""
      #expect(news.contains("\"index\":[4]") && !news.contains("scriptText"))
      #expect(!text.contains("<script"))
    }
  }

  @Test func anEndedRunGivesWayToOneThatBegins() async throws {
    _ = try sample.addRun("ended-1")
    try await serve(nil) { [directory = sample.store.directory] server in
      async let heard = Probe(server.port).ask("GET /events HTTP/1.1", until: "begun", seconds: 20)
      try await Task.sleep(for: .seconds(1.5))
      try await elsewhere {
        var options = RunSession.Options()
        (options.name, options.directory) = ("begun", directory)
        let session = try RunSession(options)
        usleep(2_000_000)
        try session.finish()
      }
      let text = await heard
      let events = text.ranges(of: "event: runs")
      try #require(events.count == 2)
      #expect(text[events[0].upperBound..<events[1].lowerBound].contains("ended-1"))
      #expect(!text[events[1].upperBound...].contains("ended-1"))
    }
  }

  @Test func manyWatchersAreServed() async throws {
    _ = try sample.addRun("a")
    try await serve(nil) { server in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<40 {
          group.addTask {
            // Every other watcher goes away without a word.
            let isPatient = index.isMultiple(of: 2)
            let text = await Probe(server.port).ask(
              "GET /events HTTP/1.1", until: isPatient ? "event: runs" : "HTTP", seconds: 30)
            return text.contains(isPatient ? "event: runs" : "HTTP/1.1 200")
          }
        }
        for try await isServed in group { #expect(isServed) }
      }
      #expect(await Probe(server.port).ask("GET / HTTP/1.1").contains(" 200 "))
    }
  }

  @Test(.enabled(if: Browser.isInstalled, "chromium and python3 are not installed"))
  func thePageFollowsARunInABrowser() async throws {
    let lines = 60
    try await serve(nil) { [directory = sample.store.directory] server in
      async let status = elsewhere {
        try Browser.run("live_page.py", [server.address, "\(lines)"])
      }
      try await elsewhere { try Self.log(lines, in: directory) }
      #expect(try await status == 0)
    }
  }

  /// Some ten lines a second, and a picture half way.
  private static func log(_ lines: Int, in directory: String) throws {
    var options = RunSession.Options()
    (options.name, options.directory) = ("live", directory)
    let session = try RunSession(options)
    for k in 0..<lines {
      try session.log([
        "k": .integer(k), "loss": .number(1 / Double(k + 1)), "loss_bound": .number(0.01),
        "cost": .integer(100 * (k + 1)), "seconds": .number(Double(k) / 10),
      ])
      if k == lines / 2 {
        try session.add("image", "restored", in: "images", suffix: "png") {
          try ImageFile.writePNG(Tensor(zeros: [1, 8, 8]), to: $0)
        }
      }
      usleep(120_000)
    }
    try session.finish()
  }
}

/// Work that blocks its thread, out of the way of the tasks that serve.
private func elsewhere<Result: Sendable>(
  _ body: @Sendable @escaping () throws -> Result
) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
  }
}
