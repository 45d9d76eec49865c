import Imaging
import Tensors
import TestSupport
import Testing

@Suite struct NumPyFilesTests {
  static let folder = Fixture.root + "/Tests/Fixtures/numpy/"

  @Test(arguments: ["stored", "deflated"])
  func archivesOfNumPyAreRead(name: String) throws {
    let arrays = try NumPyArchive.read(NumPyFilesTests.folder + name + ".npz")
    #expect(arrays.entries.prefix(3).map(\.name) == ["f2", "f4", "f8"])
    for (name, tensor) in arrays.entries where tensor.shape == [2, 3] {
      switch name {
      case "fortran": #expect(tensor.elements == [0, 0.5, 1, 1.5, 2, 2.5])
      case "truth": #expect(tensor.elements == [1, 0, 1, 0, 1, 0])
      default: #expect(tensor.elements == [0, 1, 2, 3, 4, 5], "\(name)")
      }
      let isSingle = ["f2", "f4", "big_f2", "big_f4"].contains(name)
      #expect(tensor.elementType == (isSingle ? .float32 : .float64), "\(name)")
    }
    #expect(arrays.entries.count == 25)
    #expect(arrays["scalar"]?.shape == [])
    #expect(arrays["scalar"]?.elements == [2.5])
    #expect(arrays["empty"]?.shape == [0, 3])
    #expect(arrays["cube"]?.elements == (0..<24).map(Double.init))
    #expect(arrays["none"] == nil)
  }

  @Test func arraysOfNumPyAreRead() throws {
    let cube = try NumPyFile.read(NumPyFilesTests.folder + "fortran_cube.npy")
    #expect(cube.shape == [2, 3, 4])
    #expect(cube.elements == (0..<24).map(Double.init))
    let big = try NumPyFile.read(NumPyFilesTests.folder + "big_endian.npy")
    #expect(big.elements == [1.5, -2.25, .infinity])
    for version in [2, 3] {
      let array = try NumPyFile.read(NumPyFilesTests.folder + "version\(version).npy")
      #expect(array.elements == [0, 1, 2, 3])
    }
  }

  @Test(arguments: [[], [0], [1], [7], [3, 5], [2, 1, 4, 3]] as [Shape], ElementType.allCases)
  func whatIsWrittenIsReadAgain(shape: Shape, elementType: ElementType) throws {
    let folder = try TemporaryFolder()
    var source = RandomSource(seed: 51)
    let tensor = Tensor(normal: shape, elementType, from: &source)
    try TensorFiles.write(tensor, to: folder.path + "/x.npy")
    let again = try NumPyFile.read(folder.path + "/x.npy")
    #expect(again.elementType == elementType)
    #expect(again.equals(tensor))
    for compressed in [false, true] {
      let named = NamedTensors(["b": tensor, "a": tensor, "long name/ü": tensor])
      try TensorFiles.write(named, to: folder.path + "/x.npz", compressed: compressed)
      guard case .named(let read) = try TensorFiles.read(folder.path + "/x.npz") else {
        Issue.record("an archive holds named tensors")
        return
      }
      #expect(read.entries.map(\.name) == ["b", "a", "long name/ü"])
      #expect(read.entries.allSatisfy { $0.tensor.equals(tensor) })
      #expect(read.entries.allSatisfy { $0.tensor.elementType == elementType })
    }
    #expect(folder.names == ["x.npy", "x.npz"])
  }

  @Test func headersStartNumbersAtAMultipleOf64() throws {
    let folder = try TemporaryFolder()
    try NumPyFile.write(Tensor(zeros: [3]), to: folder.path + "/x.npy")
    let bytes = try FileBytes.read(folder.path + "/x.npy")
    #expect(bytes.count == 128 + 24)
    let header = String(decoding: bytes[10..<128], as: UTF8.self)
    #expect(header.hasPrefix("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"))
    #expect(header.hasSuffix("\n"))
  }

  @Test func typesWithoutRealNumbersAreRefused() {
    for (name, words) in [("complex", "type '<c16'"), ("records", "records")] {
      let path = NumPyFilesTests.folder + name + ".npy"
      #expect {
        try NumPyFile.read(path)
      } throws: {
        "\($0)".hasPrefix(path) && "\($0)".contains(words)
      }
    }
  }

  @Test(arguments: [
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", "truncated"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", "8 bytes behind"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "memory"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", "malformed"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (-2,), }", "malformed"),
    ("{'descr': '<f8', 'fortran_order': 1, 'shape': (2,), }", "malformed"),
    ("{'descr': '<f8', 'shape': (2,), }", "malformed"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), 'x': 1}", "unknown entry 'x'"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "type '|O'"),
    ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), } x", "malformed"),
    ("{'descr': '<f8", "malformed"), ("", "malformed"), ("\u{0}\u{0}", "malformed"),
  ])
  func damagedHeadersAreNamed(header: String, words: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.npy"
    let text = Array(header.utf8)
    let start: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count), 0]
    try AtomicFile.write(start + text + [UInt8](repeating: 0, count: 16), to: path)
    #expect {
      try NumPyFile.read(path)
    } throws: {
      "\($0)".hasPrefix(path) && "\($0)".contains(words)
    }
  }

  @Test(arguments: ["stored.npz", "deflated.npz", "fortran_cube.npy", "version2.npy"])
  func truncationIsAnErrorUnlessNothingIsLost(name: String) throws {
    let folder = try TemporaryFolder()
    let whole = try FileBytes.read(NumPyFilesTests.folder + name)
    let path = folder.path + "/" + name
    for count in stride(from: 0, to: whole.count, by: max(whole.count / 150, 1)) {
      try AtomicFile.write(Array(whole[..<count]), to: path)
      do {
        // The last bytes of an archive are the length of its comment, which nothing depends on.
        let content = try TensorFiles.read(path)
        #expect(count > whole.count - 4, "\(count) bytes")
        guard case .named(let arrays) = content else { continue }
        #expect(arrays.entries.count == 25)
      } catch { #expect(error is FileError) }
    }
  }

  @Test(arguments: ["stored.npz", "deflated.npz", "fortran_cube.npy"])
  func changedBytesNeverTrap(name: String) throws {
    let folder = try TemporaryFolder()
    let whole = try FileBytes.read(NumPyFilesTests.folder + name)
    let path = folder.path + "/" + name
    var source = RandomSource(seed: 52)
    var errors = 0
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[source.integer(below: bytes.count)] = UInt8(source.integer(below: 256))
      }
      try AtomicFile.write(bytes, to: path)
      do { _ = try TensorFiles.read(path) } catch {
        #expect(error is FileError)
        errors += 1
      }
    }
    #expect(errors > 0)
  }

  @Test func wrongFilesAndNamesAreNamed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/x.txt"
    try AtomicFile.write(Array("hello world".utf8), to: path)
    #expect(throws: FileError(path, "is neither a .npy, a .npz, a .safetensors nor a PyTorch file"))
    {
      try TensorFiles.read(path)
    }
    #expect(throws: FileError.self) { try TensorFiles.write(Tensor(zeros: [1]), to: path) }
    #expect(throws: FileError.self) {
      try TensorFiles.write(NamedTensors(["a": Tensor(zeros: [1])]), to: path)
    }
    #expect(throws: FileError.self) {
      let unnamable = NamedTensors(["a\u{0}b": Tensor(zeros: [1])])
      try NumPyArchive.write(unnamable, to: folder.path + "/x.npz")
    }
    #expect(throws: FileError.self) { try TensorFiles.read("") }
    #expect(throws: FileError.self) { try TensorFiles.read(path + "\u{0}.npy") }
    #expect(folder.names == ["x.txt"])
  }

  #if os(Linux)
    @Test func aFullDiskIsAnError() {
      let named = NamedTensors(["a": Tensor(repeating: 1, shape: [300_000])])
      let full = FileError("/dev/full", "cannot write: No space left on device")
      #expect(throws: full) { try NumPyFile.write(Tensor(zeros: [9]), to: "/dev/full") }
      #expect(throws: full) { try SafetensorsFile.write(named, to: "/dev/full") }
      #expect(throws: FileError.self) { try NumPyArchive.write(named, to: "/dev/full") }
    }
  #endif
}
