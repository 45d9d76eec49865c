import Imaging
import Tensors
import TestSupport
import Testing

/// State dicts written byte by byte, good ones and bad ones.
@Suite struct PyTorchFileTests {
  static let six: [Float] = [1, 2, 3, 4, 5, 6]

  static func bytes<T>(_ numbers: [T]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

  /// {a: whole, b: transposed, c: third and fifth number, n: {d: Int64}, epoch: 7}, with
  /// attributes.
  static let good = PickleText().global("collections", "OrderedDict").code(")R(")
    .word("a").tensor("0", count: 6, [2, 3], [3, 1])
    .word("b").tensor("0", count: 6, [3, 2], [1, 3])
    .word("c").tensor("0", count: 6, offset: 2, [2], [2])
    .word("n").code("}").word("d").tensor("1", "LongStorage", count: 2, [1, 2], [9, 1]).code("s")
    .word("epoch").integer(7).code("u}").word("_metadata").code("}sb.")

  static func archive(_ pickle: PickleText) -> StoredArchive {
    StoredArchive([
      ("model/data.pkl", pickle.bytes), ("model/byteorder", Array("little".utf8)),
      ("model/data/0", bytes(six)), ("model/data/1", bytes([Int64(-5), Int64(1) << 40])),
      ("model/version", [0x33, 0x0A]),
    ])
  }

  static func read(_ bytes: [UInt8], _ name: String = "model.pt") throws -> TensorFiles.Content {
    let folder = try TemporaryFolder()
    let path = folder.path + "/" + name
    try AtomicFile.write(bytes, to: path)
    return try TensorFiles.read(path)
  }

  static func named(_ pickle: PickleText) throws -> NamedTensors {
    guard case .named(let tensors) = try read(archive(pickle).bytes) else { return NamedTensors() }
    return tensors
  }

  static func message(_ body: () throws -> Any) -> String {
    do { _ = try body() } catch { return error is FileError ? "\(error)" : "not a FileError" }
    return "no error"
  }

  @Test(arguments: ["model.pt", "model.pth", "anything"])
  func tensorsAreRead(_ name: String) throws {
    guard case .named(let read) = try Self.read(Self.archive(Self.good).bytes, name) else {
      Issue.record("a state dict holds named tensors")
      return
    }
    #expect(read.entries.map(\.name) == ["a", "b", "c", "n.d"])
    #expect(read["a"]?.elements == [1, 2, 3, 4, 5, 6])
    #expect(read["a"]?.shape == [2, 3])
    #expect(read["a"]?.elementType == .float32)
    #expect(read["b"]?.elements == [1, 4, 2, 5, 3, 6])
    #expect(read["c"]?.elements == [3, 5])
    #expect(read["n.d"]?.elements == [-5, 0x1p40])
    #expect(read["n.d"]?.shape == [1, 2])
    #expect(read.metadata.map(\.name) == ["epoch"])
    #expect(read.metadata.map(\.text) == ["7"])
  }

  @Test(
    arguments: [
      ("DoubleStorage", bytes([1.5, -2.5]), [1.5, -2.5]),
      ("FloatStorage", bytes([Float(0.1), 3]), [Double(Float(0.1)), 3]),
      ("HalfStorage", [0x00, 0x3C, 0x01, 0x80], [1, -0x1p-24]),
      ("BFloat16Storage", [0x80, 0x3F, 0x20, 0xC0], [1, -2.5]),
      ("CharStorage", [0xFF, 0x7F], [-1, 127]), ("ByteStorage", [0xFF, 0x7F], [255, 127]),
      ("BoolStorage", [1, 0], [1, 0]), ("ShortStorage", [0xFF, 0xFF, 1, 0], [-1, 1]),
      ("IntStorage", bytes([Int32(-3), 70_000]), [-3, 70_000]),
      ("LongStorage", bytes([Int64(-3), 70_000]), [-3, 70_000]),
    ] as [(String, [UInt8], [Double])])
  func everyTypeIsRead(_ type: String, _ content: [UInt8], _ expected: [Double]) throws {
    let pickle = PickleText().tensor("7", type, count: 2, [2], [1]).code(".")
    let file = StoredArchive([("x/data.pkl", pickle.bytes), ("x/data/7", content)]).bytes
    guard case .tensor(let tensor) = try Self.read(file) else {
      Issue.record("the file holds one tensor")
      return
    }
    #expect(tensor.elements == expected)
  }

  @Test func bigEndianNumbersAreTurned() throws {
    let pickle = PickleText().tensor("0", count: 1, [], []).code(".")
    let file = StoredArchive([
      ("x/data.pkl", pickle.bytes), ("x/byteorder", Array("big".utf8)),
      ("x/data/0", [0x3F, 0x80, 0, 0]),
    ]).bytes
    guard case .tensor(let tensor) = try Self.read(file) else { return }
    #expect(tensor.elements == [1])
    #expect(tensor.shape == [])
  }

  @Test func parametersAndOtherProtocolsAreRead() throws {
    // {"p": Parameter(tensor), "l": [tensor]} with memory, frames and names on the stack.
    let pickle = PickleText().raw([0x95, 0, 0, 0, 0, 0, 0, 0, 0]).code("}").raw([0x94]).code("(")
      .raw([0x8C, 1]).code("p").raw([0x8C, 12]).code("torch._utils").raw([0x8C, 18])
      .code("_rebuild_parameter").raw([0x93]).tensor("0", count: 6, [6], [1]).raw([0x71, 9])
      .raw([0x88]).global("collections", "OrderedDict").code(")R").raw([0x87]).code("R")
      .word("l").code("]").raw([0x68, 9]).code("au.")
    let read = try Self.named(pickle)
    #expect(read.entries.map(\.name) == ["p", "l.0"])
    #expect(read["l.0"]?.elements == [1, 2, 3, 4, 5, 6])
  }

  @Test(
    arguments: [
      (PickleText().global("os", "system").code("(").word("touch owned").code("tR."), "os.system"),
      (PickleText().code("(ios\nsystem\n."), "os.system"),
      (
        PickleText().word("builtins").word("eval").raw([0x93]).code("(").word("1").code("tR."),
        "builtins.eval"
      ),
      (PickleText().global("torch", "load").code(")R."), "torch.load"),
      (PickleText().global("torch._utils", "_rebuild_tensor").code("."), "_rebuild_tensor"),
      (
        PickleText().code("}").word("a").global("subprocess", "Popen").code(")").raw([0x81])
          .code("s."), "subprocess.Popen"
      ),
      (PickleText().global("__torch__", "Module\u{1}\u{7F}ü").code("."), "__torch__.Module???"),
    ] as [(PickleText, String)])
  func codeIsRefusedByName(_ pickle: PickleText, _ name: String) {
    let message = Self.message { try Self.named(pickle) }
    #expect(message.contains("model.pt: the pickle calls '"), "\(message)")
    #expect(message.contains(name), "\(message)")
    #expect(message.hasSuffix("', which is not a tensor; nothing was run"), "\(message)")
  }

  @Test(
    arguments: [
      (PickleText().code("."), "damaged pickle"), (PickleText().code("N"), "truncated pickle"),
      (PickleText().code("N."), "no tensors"), (PickleText().code("(N."), "damaged"),
      (PickleText().code("N.N"), "damaged"), (PickleText().code("t."), "damaged"),
      (PickleText().code("(0."), "damaged"), (PickleText().code("N2a."), "damaged"),
      (PickleText().raw([0x68, 3]).code("."), "damaged"), (PickleText().code("}Nu."), "damaged"),
      (PickleText().code("}(Nu."), "damaged"), (PickleText().code("X\u{7F}\0\0\0a."), "truncated"),
      (PickleText().code("NNR."), "damaged"), (PickleText().code("NNb."), "damaged"),
      (PickleText().code("NQ."), "storage of an unknown kind"),
      (PickleText().global("torch", "FloatStorage").code(")R."), "damaged"),
      (PickleText().global("torch._utils", "_rebuild_tensor_v2").code(")R."), "damaged"),
      (PickleText().global("torch._utils", "_rebuild_parameter").code(")R."), "damaged"),
      (PickleText().global("collections", "OrderedDict").code("(NtR."), "damaged"),
      (PickleText().raw([0x80, 9]).code("N."), "unknown protocol"),
      (PickleText().raw([0x8A, 9]).code("123456789."), "9 bytes"),
      (PickleText().raw([0x8F]).code("."), "instruction 143"),
      (PickleText().code("I1\n."), "instruction 73"),
      (
        PickleText().code("}").raw([0x71, 0]).code("(").word("x").raw([0x68, 0]).code("u."), "deep"
      ),
      (PickleText().code("]").raw([0x71, 0, 0x68, 0]).code("a."), "deep"),
      (PickleText().code("}N").tensor("0", count: 6, [6], [1]).code("s."), "neither a word"),
      (PickleText().tensor("0", count: 5, [5], [1]).code("."), "storage '0' in 24 bytes"),
      (PickleText().tensor("0", count: -1, [], []).code("."), "negative"),
      (PickleText().tensor("0", count: 1 << 30, [], []).code("."), "storage '0' in 24 bytes"),
      (PickleText().tensor("0", count: 6, [7], [1]).code("."), "beyond its storage"),
      (PickleText().tensor("0", count: 6, offset: 1, [6], [1]).code("."), "beyond its storage"),
      (PickleText().tensor("0", count: 6, offset: -1, [1], [1]).code("."), "wrong strides"),
      (PickleText().tensor("0", count: 6, [2], [-1]).code("."), "wrong strides"),
      (PickleText().tensor("0", count: 6, [2], [1, 1]).code("."), "wrong strides"),
      (PickleText().tensor("0", count: 6, [-2], [1]).code("."), "negative"),
      (PickleText().tensor("0", count: 6, [1 << 20], [0]).code("."), "repeats the 6"),
      (
        PickleText().tensor("0", count: 6, [1 << 30, 1 << 30, 1 << 30], [0, 0, 0]).code("."),
        "memory"
      ),
      (
        PickleText().tensor("0", count: 6, [2, 2, 2], [.max >> 32, .max >> 32, .max >> 32])
          .code("."), "beyond its storage"
      ),
      (PickleText().tensor("8", count: 6, [6], [1]).code("."), "no member 'model/data/8'"),
      (PickleText().tensor("../data/0/", count: 6, [6], [1]).code("."), "no member"),
      (
        PickleText().code("}(").word("a").tensor("0", count: 6, [6], [1]).word("a")
          .tensor("0", count: 6, [6], [1]).code("u."), "two tensors 'a'"
      ),
      (
        PickleText().code("(").tensor("0", count: 6, [6], [1])
          .tensor("0", "IntStorage", count: 6, [6], [1]).code("t."), "two types"
      ),
    ] as [(PickleText, String)])
  func mistakesAreNamed(_ pickle: PickleText, _ words: String) {
    let message = Self.message { try Self.named(pickle) }
    #expect(message.contains("model.pt: "), "\(message)")
    #expect(message.contains(words), "\(message)")
  }

  /// Names that double with each of 60 tables are refused before they fill the memory.
  @Test func doublingTablesAreRefused() {
    var pickle = PickleText().code("}(").word("a").tensor("0", count: 6, [6], [1]).code("u")
      .raw([0x71, 0])
    for level in 0..<UInt8(60) {
      pickle = pickle.code("0}(").word("l").raw([0x68, level]).word("r").raw([0x68, level])
        .code("u").raw([0x71, level + 1])
    }
    let message = Self.message { try Self.named(pickle.code(".")) }
    #expect(message.contains("more than"), "\(message)")
  }

  /// A pickle that nests a hundred thousand tuples ends in an error and not in a full stack.
  @Test func deepNestingIsRefused() {
    let pickle = PickleText().code("N").raw([UInt8](repeating: 0x85, count: 100_000)).code(".")
    #expect(Self.message { try Self.named(pickle) }.contains("deep"))
  }

  /// Many strided views of one storage would multiply its size.
  @Test func multipliedStoragesAreRefused() {
    var pickle = PickleText().code("(")
    for _ in 0..<3000 { pickle = pickle.tensor("0", count: 6, [3, 2], [1, 3]) }
    let file = StoredArchive([
      ("m/data.pkl", pickle.code("t.").bytes), ("m/data/0", Self.bytes(Self.six)),
    ])
    #expect(Self.message { try Self.read(file.bytes) } == "no error")
    let many = Self.bytes([Float](repeating: 1, count: 100_000))
    var larger = PickleText().code("(")
    for _ in 0..<3000 {
      larger = larger.tensor("0", count: 100_000, [50_000, 2], [1, 50_000])
    }
    let bomb = StoredArchive([("m/data.pkl", larger.code("t.").bytes), ("m/data/0", many)])
    #expect(Self.message { try Self.read(bomb.bytes) }.contains("repeat the same numbers"))
  }

  @Test func otherFilesAreNamed() throws {
    let old: [UInt8] = [
      0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    for name in ["model.pt", "model"] {
      #expect(Self.message { try Self.read(old, name) }.contains("before version 1.6"))
    }
    #expect(Self.message { try Self.read(Self.good.bytes) }.contains("bare pickle"))
    #expect(Self.message { try Self.read(Array("hello".utf8)) }.contains("is no PyTorch file"))
    #expect(Self.message { try Self.read([]) }.contains("is no PyTorch file"))
    let empty = StoredArchive([("a/b", [1])]).bytes
    #expect(Self.message { try Self.read(empty) }.contains("no member 'data.pkl'"))
    let several = StoredArchive([("a/data.pkl", []), ("b/data.pkl", [])]).bytes
    #expect(Self.message { try Self.read(several) }.contains("several pickles"))
    let order = StoredArchive([
      ("a/data.pkl", Self.good.bytes), ("a/byteorder", [1]), ("a/data/0", Self.bytes(Self.six)),
    ])
    #expect(Self.message { try Self.read(order.bytes) }.contains("byte order"))
  }

  @Test func truncationIsAnErrorUnlessNothingIsLost() throws {
    let folder = try TemporaryFolder()
    let whole = Self.archive(Self.good).bytes
    let path = folder.path + "/model.pt"
    for count in 0..<whole.count {
      try AtomicFile.write(Array(whole[..<count]), to: path)
      do {
        // The last bytes of an archive are the length of its comment, which nothing depends on.
        let content = try TensorFiles.read(path)
        #expect(count > whole.count - 4, "\(count) of \(whole.count) bytes")
        try expectGood(content)
      } catch { #expect(error is FileError) }
    }
  }

  /// Whatever byte changes: an error, or the right tensors.
  @Test func changedBytesNeverMislead() throws {
    let folder = try TemporaryFolder()
    let whole = Self.archive(Self.good).bytes
    let path = folder.path + "/model.pt"
    var source = RandomSource(seed: 53)
    var errors = 0
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= UInt8(1 + source.integer(below: 255))
      try AtomicFile.write(bytes, to: path)
      do { try expectGood(try TensorFiles.read(path)) } catch {
        #expect(error is FileError)
        errors += 1
      }
    }
    #expect(errors > whole.count / 2)
  }

  /// Pickles with random changes, whose sums are right: nothing traps.
  @Test func changedPicklesNeverTrap() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/model.pt"
    var source = RandomSource(seed: 54)
    var errors = 0
    for _ in 0..<3000 {
      var bytes = Self.good.bytes
      for _ in 0...source.integer(below: 3) {
        bytes[source.integer(below: bytes.count)] = UInt8(source.integer(below: 256))
      }
      var archive = Self.archive(Self.good)
      archive.members[0].content = bytes
      try AtomicFile.write(archive.bytes, to: path)
      do { _ = try TensorFiles.read(path) } catch {
        #expect(error is FileError)
        errors += 1
      }
    }
    #expect(errors > 1000)
  }

  private func expectGood(_ content: TensorFiles.Content) throws {
    guard case .named(let read) = content else {
      Issue.record("a state dict holds named tensors")
      return
    }
    #expect(read["a"]?.elements == [1, 2, 3, 4, 5, 6])
    #expect(read["b"]?.elements == [1, 4, 2, 5, 3, 6])
    #expect(read["n.d"]?.elements == [-5, 0x1p40])
  }
}

/// Other people's models, where they are at hand, against the same arrays in NumPy's format.
@Suite struct PublishedModelTests {
  static let folder = Fixture.sharedFolder + "weights/"

  @Test(
    .enabled(if: Fixture.hasShared, "needs ../shared/data"),
    arguments: ["CRR", "WCRR", "ICNN"])
  func stateDictsEqualTheirArrays(_ name: String) throws {
    let path = Self.folder + "\(name)_bilevel_IFT_for_Denoising.pt"
    guard case .named(let read) = try TensorFiles.read(path),
      case .named(let arrays) = try TensorFiles.read(Self.folder + "\(name)_IFT.npz")
    else {
      Issue.record("both hold named tensors")
      return
    }
    #expect(read.entries.count >= 7)
    for (key, tensor) in read.entries {
      let array = try #require(arrays[key], "\(key)")
      #expect(tensor.equals(array), "\(key)")
    }
    let missing = arrays.entries.map(\.name).filter { read[$0] == nil && !$0.contains("_f64") }
    #expect(missing == [])
  }
}
