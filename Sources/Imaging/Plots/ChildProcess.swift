import CPlatform

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A program that is given its input, and whose output is waited for.
enum ChildProcess {
  /// What it left.
  struct Result {
    /// 0 where it was content; 128 and the number of the signal where it was killed.
    let status: Int32
    let output: [UInt8]
    let errors: [UInt8]
  }

  /// Why it did not get so far.
  enum Failure: Error, CustomStringConvertible {
    case notFound(String)
    case cannotStart(String, reason: String)
    case takesTooLong(String)
    case interrupted

    var description: String {
      switch self {
      case .notFound(let program): "\(program): there is no such program"
      case .cannotStart(let program, let reason): "\(program) cannot be started: \(reason)"
      case .takesTooLong(let program): "\(program) does not come to an end"
      case .interrupted: "interrupted"
      }
    }
  }

  /// Runs a program, found as shells find it, with this process's environment and some changes.
  ///
  /// - Parameters:
  ///   - arguments: Its name first.
  ///   - patience: Seconds after which it is killed; a wish to stop (Ctrl-C) kills it at once.
  static func run(
    _ arguments: [String], environment: [String: String], input: [UInt8], patience: Double
  ) throws -> Result {
    let channels = try Channels(arguments[0])
    defer { channels.close() }
    let process = try spawn(arguments, environment, channels)
    channels.closeChildEnds()
    do {
      let (output, errors) = try channels.exchange(
        input, with: arguments[0], until: platform_seconds() + patience)
      return Result(status: wait(for: process), output: output, errors: errors)
    } catch {
      kill(process, SIGKILL)
      _ = wait(for: process)
      throw error
    }
  }

  private static func spawn(
    _ arguments: [String], _ changes: [String: String], _ channels: Channels
  ) throws -> pid_t {
    #if canImport(Glibc)
      var actions = posix_spawn_file_actions_t()
    #else
      var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Standard input, output and errors are 0, 1 and 2.
    for (place, descriptor) in channels.childEnds.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(place))
    }
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] =
      inherited(without: changes).map { strdup($0) } + changes.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var process = pid_t()
    let code = posix_spawnp(&process, arguments[0], &actions, nil, &words, &settings)
    guard code == 0 else {
      if code == ENOENT { throw Failure.notFound(arguments[0]) }
      throw Failure.cannotStart(arguments[0], reason: String(cString: strerror(code)))
    }
    return process
  }

  private static func inherited(without changes: [String: String]) -> [String] {
    var result: [String] = []
    var next = environ
    while let setting = next.pointee {
      let text = String(cString: setting)
      let name = String(text.prefix { $0 != "=" })
      if changes[name] == nil { result.append(text) }
      next += 1
    }
    return result
  }

  private static func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }
}

/// The three ends that this process keeps of a child's standard input, output and errors.
private final class Channels {
  private var ours: [Int32] = []
  private(set) var childEnds: [Int32] = []

  /// Sockets rather than pipes: writing to a child that has gone raises no signal then.
  init(_ program: String) throws {
    for _ in 0..<3 {
      var pair: [Int32] = [-1, -1]
      #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
      #else
        let kind = SOCK_STREAM
      #endif
      guard socketpair(AF_UNIX, kind, 0, &pair) == 0 else {
        close()
        let reason = String(cString: strerror(errno))
        throw ChildProcess.Failure.cannotStart(program, reason: reason)
      }
      #if !canImport(Glibc)
        var one: Int32 = 1
        setsockopt(pair[0], SOL_SOCKET, SO_NOSIGPIPE, &one, socklen_t(MemoryLayout<Int32>.size))
        for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      #endif
      ours.append(pair[0])
      childEnds.append(pair[1])
    }
  }

  func closeChildEnds() {
    for descriptor in childEnds { systemClose(descriptor) }
    childEnds = []
  }

  func close() {
    closeChildEnds()
    for descriptor in ours where descriptor >= 0 { systemClose(descriptor) }
    ours = []
  }

  /// Writes the input and reads output and errors until both have ended.
  func exchange(
    _ input: [UInt8], with program: String, until deadline: Double
  ) throws -> (output: [UInt8], errors: [UInt8]) {
    var written = 0
    var texts: [[UInt8]] = [[], [], []]
    while ours[1] >= 0 || ours[2] >= 0 {
      guard !platform_stop_requested() else { throw ChildProcess.Failure.interrupted }
      guard platform_seconds() < deadline else { throw ChildProcess.Failure.takesTooLong(program) }
      var polled = [
        pollfd(fd: ours[0], events: Int16(POLLOUT), revents: 0),
        pollfd(fd: ours[1], events: Int16(POLLIN), revents: 0),
        pollfd(fd: ours[2], events: Int16(POLLIN), revents: 0),
      ]
      // Often enough to see a wish to stop.
      guard poll(&polled, nfds_t(polled.count), 100) > 0 else { continue }
      if polled[0].revents != 0 { send(input, &written) }
      for index in 1...2 where polled[index].revents != 0 { receive(index, &texts[index]) }
    }
    return (texts[1], texts[2])
  }

  private func send(_ input: [UInt8], _ written: inout Int) {
    #if canImport(Glibc)
      let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
    #else
      let flags = MSG_DONTWAIT
    #endif
    let count = input[written...].withUnsafeBytes { systemSend(ours[0], $0, flags) }
    if count > 0 { written += count }
    let isOver = written == input.count || count < 0 && errno != EAGAIN && errno != EINTR
    if isOver { end(0) }
  }

  private func receive(_ index: Int, _ text: inout [UInt8]) {
    var block = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(ours[index], &block, block.count)
    if count > 0 {
      text += block[..<count]
    } else if count == 0 || errno != EINTR {
      end(index)
    }
  }

  private func end(_ index: Int) {
    systemClose(ours[index])
    ours[index] = -1
  }
}

/// The system's calls, out of the reach of the methods of the same names.
private func systemClose(_ descriptor: Int32) { _ = close(descriptor) }
private func systemSend(_ socket: Int32, _ bytes: UnsafeRawBufferPointer, _ flags: Int32) -> Int {
  send(socket, bytes.baseAddress, bytes.count, flags)
}
