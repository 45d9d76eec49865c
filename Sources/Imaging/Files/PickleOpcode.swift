/// The instructions of Python's pickle machine that build plain data or that could do more.
///
/// Names and codes are those of the module `pickletools`. What is missing are the decimal forms of
/// protocol 0, sets, byte arrays and buffers out of the file, which PyTorch does not write.
enum PickleOpcode: UInt8 {
  case proto = 0x80
  case frame = 0x95
  case stop = 0x2E  // .
  case mark = 0x28  // (
  case pop = 0x30  // 0
  case popMark = 0x31  // 1
  case dup = 0x32  // 2

  case none = 0x4E  // N
  case newTrue = 0x88
  case newFalse = 0x89
  case binInt = 0x4A  // J
  case binInt1 = 0x4B  // K
  case binInt2 = 0x4D  // M
  case long1 = 0x8A
  case long4 = 0x8B
  case binFloat = 0x47  // G
  case binString = 0x54  // T
  case shortBinString = 0x55  // U
  case binUnicode = 0x58  // X
  case shortBinUnicode = 0x8C
  case binUnicode8 = 0x8D
  case binBytes = 0x42  // B
  case shortBinBytes = 0x43  // C
  case binBytes8 = 0x8E

  case emptyTuple = 0x29  // )
  case tuple = 0x74  // t
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case emptyList = 0x5D  // ]
  case list = 0x6C  // l
  case append = 0x61  // a
  case appends = 0x65  // e
  case emptyDict = 0x7D  // }
  case dict = 0x64  // d
  case setItem = 0x73  // s
  case setItems = 0x75  // u

  case binGet = 0x68  // h
  case longBinGet = 0x6A  // j
  case binPut = 0x71  // q
  case longBinPut = 0x72  // r
  case memoize = 0x94

  case global = 0x63  // c
  case stackGlobal = 0x93
  case inst = 0x69  // i
  case binPersID = 0x51  // Q
  case reduce = 0x52  // R
  case build = 0x62  // b
}

/// What a pickle may name; everything else is refused.
enum PickleGlobal: Equatable {
  /// `collections.OrderedDict`, a dictionary.
  case orderedDictionary
  /// `torch._utils._rebuild_tensor_v2`.
  case tensor
  /// `torch._utils._rebuild_parameter`.
  case parameter
  /// `torch.FloatStorage` and its like.
  case storage(ElementEncoding.Format)

  private static let known: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDictionary,
    "torch._utils._rebuild_tensor_v2": .tensor,
    "torch._utils._rebuild_parameter": .parameter,
    "torch.FloatStorage": .storage(.float32),
    "torch.DoubleStorage": .storage(.float64),
    "torch.HalfStorage": .storage(.float16),
    "torch.BFloat16Storage": .storage(.brainFloat16),
    "torch.CharStorage": .storage(.int8),
    "torch.ShortStorage": .storage(.int16),
    "torch.IntStorage": .storage(.int32),
    "torch.LongStorage": .storage(.int64),
    "torch.ByteStorage": .storage(.uint8),
    "torch.BoolStorage": .storage(.uint8),
  ]
  private static let longestNameShown = 100

  /// The global of that name; throws for all that could run code.
  init(module: String, name: String) throws(FileProblem) {
    let path = "\(module).\(name)"
    guard let global = PickleGlobal.known[path] else {
      let shown = path.unicodeScalars.prefix(PickleGlobal.longestNameShown)
        .map { $0.value >= 0x20 && $0.value < 0x7F ? String($0) : "?" }.joined()
      throw FileProblem("the pickle calls '\(shown)', which is not a tensor; nothing was run")
    }
    self = global
  }
}

/// A value of a pickle.
///
/// Containers and tensors are indices into the machine's lists, so that neither depth nor cycles
/// can hurt when the values go.
enum PickleValue {
  case none
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case bytes
  case global(PickleGlobal)
  /// Members.
  case tuple(Int)
  /// Members.
  case list(Int)
  /// Keys and values in turn.
  case dictionary(Int)
  /// A flat tensor of all numbers.
  case storage(Int)
  case tensor(Int)
}
