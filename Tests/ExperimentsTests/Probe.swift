import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A client that sends what it is told, right or wrong.
struct Probe {
  let port: UInt16

  init(_ port: UInt16) { self.port = port }

  /// Sends a request and answers what comes back until the server ends it, the text appears or the time is
  /// over.
  func ask(
    _ line: String, _ headers: [String] = [], host: String? = "own", until end: String? = nil,
    seconds: Int = 5
  ) async -> String {
    let named = host.map { $0 == "own" ? "127.0.0.1:\(port)" : $0 }
    let head = [line] + (named.map { ["Host: \($0)"] } ?? []) + ["Connection: close"] + headers
    return await withCheckedContinuation { continuation in
      // A thread of its own: those of queues are few.
      Thread.detachNewThread {
        let request = head.joined(separator: "\r\n") + "\r\n\r\n"
        continuation.resume(returning: exchange(request, end, seconds))
      }
    }
  }

  private func exchange(_ request: String, _ end: String?, _ seconds: Int) -> String {
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    defer { close(descriptor) }
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    guard connects(descriptor) else { return "cannot connect" }
    let bytes = Array(request.utf8)
    guard send(descriptor, bytes, bytes.count, 0) == bytes.count else { return "cannot send" }
    var answer: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    let deadline = time(nil) + seconds
    while time(nil) <= deadline {
      let count = recv(descriptor, &block, block.count, 0)
      if count == 0 { break }
      if count > 0 { answer += block[..<count] }
      if let end, String(decoding: answer, as: UTF8.self).contains(end), ends(answer) { break }
    }
    return String(decoding: answer, as: UTF8.self)
  }

  /// Whether the last event has come as a whole.
  private func ends(_ answer: [UInt8]) -> Bool { answer.suffix(2).elementsEqual("\r\n".utf8) }

  private func connects(_ descriptor: Int32) -> Bool {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
