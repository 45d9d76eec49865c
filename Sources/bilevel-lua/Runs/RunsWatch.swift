import ArgumentParser
import Dispatch
import Experiments
import Script

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `bilevel-lua runs watch [ID…] [--port N]`.
struct RunsWatch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show running runs in a browser on this machine, as their lines arrive.",
    discussion: """
      Serves the page of 'runs report' on 127.0.0.1, for reading alone, until Ctrl-C. Without an id it \
      shows the runs that are going on and those that begin; where none is, the newest.
      """)

  @OptionGroup var place: RunsDirectory
  @ArgumentParser.Argument(help: "The runs.") var ids: [String] = []
  @Option(
    help: ArgumentHelp(
      "The port; the first free one from \(LiveServer.usualPort) on when absent.", valueName: "n"))
  var port: Int?

  func validate() throws {
    if let port, UInt16(exactly: port).map({ $0 > 0 }) != true {
      throw ValidationError("--port must be from 1 to 65535, got \(port).")
    }
  }

  func run() throws {
    let store = try place.store
    let chosen = try ids.map { try store.run(matching: $0).id }
    let server = try LiveServer(
      of: chosen.isEmpty ? nil : chosen, in: store, port: port.map(UInt16.init))
    print("\(server.address)  (Ctrl-C ends)")
    fflush(stdout)
    try Self.serve(server)
  }

  /// Until the user stops it, or the machine does.
  private static func serve(_ server: LiveServer) throws {
    let sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { Task { await server.stop() } }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    let done = DispatchSemaphore(value: 0)
    let failure = Failure()
    Task {
      do { try await server.run() } catch { failure.error = error }
      done.signal()
    }
    done.wait()
    if let error = failure.error { throw ScriptError("the live view has ended: \(error)") }
  }

  /// Written before the semaphore is signalled, read after it.
  private final class Failure: @unchecked Sendable {
    var error: (any Error)?
  }
}
