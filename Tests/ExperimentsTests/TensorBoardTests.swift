import Experiments
import Imaging
import Tensors
import TestSupport
import Testing

/// Event files are taken apart by a reader of its own, bit by bit.
@Suite("Event files of TensorBoard")
struct TensorBoardTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("Scalars and images are in the file, with their steps and times")
  func holdsScalarsAndImages() throws {
    let directory = folder.path + "/runs"
    let store = try RunStore(directory: directory)
    let run = sampleRun("a", started: 1000)
    try store.begin(run)
    try store.append(
      [
        StepRecord(
          index: 1, seconds: 0.5,
          values: ["k": .integer(7), "ledger.energies": .integer(300), "word": .text("x")]),
        StepRecord(index: 2, seconds: 1.5, values: ["loss": .number(0.1)]),
      ], to: "a")
    try ImageFile.writePNG(Tensor(zeros: [3, 5, 9]), to: directory + "/a/x.png")
    try store.add(ArtefactRecord(kind: "image", name: "x", file: "x.png", index: 1), to: "a")

    let path = try store.writeTensorBoard(run, below: directory + "/board")
    #expect(path.hasPrefix(directory + "/board/a/events.out.tfevents.1000."))
    let events = try records(try FileBytes.read(path)).map(Message.init)
    #expect(events.count == 4)
    #expect(events[0].number(1) == 1000 && events[0].text(3) == "brain.Event:2")
    #expect(events[1].number(1) == 1000.5 && events[1].varints[2] == [7])
    let scalars = events[1].messages(5)[0].messages(1)
    #expect(scalars.map { $0.text(1) } == ["ledger/energies"])
    #expect(scalars[0].floats[2] == [300])
    #expect(events[2].varints[2] == [7])
    #expect(events[2].messages(5)[0].messages(1)[0].floats[2] == [0.1])
    let picture = events[3].messages(5)[0].messages(1)[0]
    #expect(picture.text(1) == "images/x" && events[3].varints[2] == [7])
    let image = picture.messages(4)[0]
    #expect(image.varints[1] == [5] && image.varints[2] == [9] && image.varints[3] == [3])
    #expect(try image.contents[4]?.first == FileBytes.read(directory + "/a/x.png"))
  }

  /// The contents of TFRecords, their checks checked.
  private func records(_ bytes: [UInt8]) throws -> [[UInt8]] {
    var records: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let head = Array(rest.prefix(8))
      let count = Int(Message.little(head))
      try #require(rest.count >= count + 16)
      #expect(Message.little(rest.dropFirst(8).prefix(4)) == masked(head))
      let content = Array(rest.dropFirst(12).prefix(count))
      #expect(Message.little(rest.dropFirst(12 + count).prefix(4)) == masked(content))
      records.append(content)
      rest = rest.dropFirst(16 + count)
    }
    return records
  }

  /// CRC-32C, one bit at a time, rotated right by 15 and shifted.
  private func masked(_ bytes: [UInt8]) -> UInt64 {
    var register = ~UInt32(0)
    for bit in bytes.flatMap({ byte in (0..<8).map { UInt32(byte >> $0 & 1) } }) {
      register = (register ^ bit) & 1 == 1 ? register >> 1 ^ 0x82F6_3B78 : register >> 1
    }
    let value = ~register
    return UInt64((value >> 15 | value << 17) &+ 0xA282_EAD8)
  }
}

/// A message of Protocol Buffers, its fields by number.
private struct Message {
  private(set) var varints: [Int: [Int]] = [:]
  private(set) var doubles: [Int: [Double]] = [:]
  private(set) var floats: [Int: [Float]] = [:]
  private(set) var contents: [Int: [[UInt8]]] = [:]

  init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let key = Self.varint(&rest)
      let field = key >> 3
      switch key & 7 {
      case 0: varints[field, default: []].append(Self.varint(&rest))
      case 1: doubles[field, default: []].append(Double(bitPattern: Self.take(8, &rest)))
      case 5:
        floats[field, default: []].append(Float(bitPattern: UInt32(Self.take(4, &rest))))
      default:
        let count = Self.varint(&rest)
        contents[field, default: []].append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
    }
  }

  func number(_ field: Int) -> Double? { doubles[field]?.first }
  func text(_ field: Int) -> String? {
    contents[field]?.first.map { String(decoding: $0, as: UTF8.self) }
  }
  func messages(_ field: Int) -> [Message] { (contents[field] ?? []).map(Message.init) }

  static func little(_ bytes: some Collection<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) -> UInt64 {
    defer { rest = rest.dropFirst(count) }
    return little(rest.prefix(count))
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> Int {
    var (value, shift) = (0, 0)
    while let byte = rest.popFirst() {
      value |= Int(byte & 0x7F) << shift
      shift += 7
      if byte < 0x80 { break }
    }
    return value
  }
}
