import Imaging
import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  @Test func whatIsWrittenIsReadAgain() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/theta.safetensors"
    var source = RandomSource(seed: 61)
    var tensors = NamedTensors([
      "weights": Tensor(normal: [4, 1, 3, 3], .float32, from: &source),
      "b\"\\\n\u{1}ü": Tensor(normal: [5], from: &source), "scalar": Tensor([2], shape: []),
      "empty": Tensor(zeros: [0, 2]),
    ])
    tensors.metadata = [("transform", "exp"), ("a \"quoted\" key", "line\nline")]
    try TensorFiles.write(tensors, to: path)
    guard case .named(let read) = try TensorFiles.read(path) else {
      Issue.record("the file holds named tensors")
      return
    }
    #expect(read.entries.map(\.name) == tensors.entries.map(\.name))
    for (one, other) in zip(read.entries, tensors.entries) {
      #expect(one.tensor.equals(other.tensor))
      #expect(one.tensor.elementType == other.tensor.elementType)
    }
    #expect(read.metadata.map(\.name) == tensors.metadata.map(\.name))
    #expect(read.metadata.map(\.text) == tensors.metadata.map(\.text))
    let length = try FileBytes.read(path)[0]
    #expect(length % 8 == 0)
  }

  @Test func narrowNumbersAreWidened() throws {
    let half: [UInt8] = [0x00, 0x3C, 0x00, 0xC0, 0x01, 0x00, 0x00, 0x7C]
    let brain: [UInt8] = [0x80, 0x3F, 0x20, 0xC0]
    let integers: [UInt8] = [0xFF, 0x7F]
    let read = try tensors(
      """
      {"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},
       "b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},
       "i":{"dtype":"I8","shape":[2,1],"data_offsets":[12,14]}}
      """, half + brain + integers)
    #expect(read["h"]?.elements == [1, -2, 0x1p-24, .infinity])
    #expect(read["h"]?.elementType == .float32)
    #expect(read["b"]?.elements == [1, -2.5])
    #expect(read["i"]?.elements == [-1, 127])
    #expect(read["i"]?.elementType == .float64)
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "in 8 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "gap"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "belong to no tensor"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "overlap"
    ),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "outside"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, "outside"),
    (#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#, "type C64"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "negative"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, "memory"),
    (#"{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}"#, "malformed"),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, "incomplete"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#, "unknown entry 'x'"),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      "two entries 'a'"
    ),
    (#"{"__metadata__":{"a":1}}"#, "no string"), (#"[]"#, "no JSON object"), ("{", "malformed"),
    ("", "malformed"), (#"{"a":"\ud800"}"#, "malformed"), ("{}x", "malformed"),
    (String(repeating: "[", count: 10_000), "malformed"),
  ])
  func damagedHeadersAreNamed(header: String, words: String) {
    #expect {
      try tensors(header, [UInt8](repeating: 0, count: 8))
    } throws: {
      $0 is FileError && "\($0)".contains(words)
    }
  }

  @Test func lengthsBeyondTheFileAreErrors() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.safetensors"
    for bytes in [
      [], [1, 2, 3], [UInt8](repeating: 255, count: 8), [9, 0, 0, 0, 0, 0, 0, 0, 123],
    ]
      as [[UInt8]]
    {
      try AtomicFile.write(bytes, to: path)
      #expect(throws: FileError.self) { try SafetensorsFile.read(path) }
    }
  }

  @Test func optionsOfOtherFormatsAreRefused() throws {
    let folder = try TemporaryFolder()
    var tensors = NamedTensors(["a": Tensor(zeros: [1])])
    #expect(throws: FileError.self) {
      try TensorFiles.write(tensors, to: folder.path + "/x.safetensors", compressed: true)
    }
    tensors.metadata = [("a", "b")]
    #expect(throws: FileError.self) { try TensorFiles.write(tensors, to: folder.path + "/x.npz") }
    #expect(throws: FileError.self) {
      let reserved = NamedTensors(["__metadata__": Tensor(zeros: [1])])
      try SafetensorsFile.write(reserved, to: folder.path + "/x.safetensors")
    }
    #expect(folder.names == [])
  }

  @discardableResult
  private func tensors(_ header: String, _ content: [UInt8]) throws -> NamedTensors {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.safetensors"
    let text = Array(header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    try AtomicFile.write(length + text + content, to: path)
    return try SafetensorsFile.read(path)
  }
}
