import Imaging
import Script
import Tensors
import TestSupport
import Testing

/// `bl.load`, `bl.save` and `t:save`, called as the interpreter calls them.
@Suite struct TensorFileLibraryTests {
  @Test func tensorsAreSavedAndLoaded() throws {
    let folder = try TemporaryFolder()
    let tensor = Tensor([1, 2, 3], shape: [3])
    _ = try call("save", .string(folder.path + "/a.npy"), .object(tensor))
    let read = try Tensor.kind.read(call("load", .string(folder.path + "/a.npy"))[0])
    #expect(read.equals(tensor))
    let save = try #require(Tensor.declaration.methods.first { $0.name == "save" })
    _ = try save.call([.object(tensor), .string(folder.path + "/b.npy")], as: "tensor:save")
    #expect(folder.names == ["a.npy", "b.npy"])
  }

  @Test func tablesAreSavedWithSortedNames() throws {
    let folder = try TemporaryFolder()
    let path = Value.string(folder.path + "/m.safetensors")
    let tensors = Value.record(["b": .object(Tensor(zeros: [2])), "a": .object(Tensor(zeros: [3]))])
    let metadata = Value.record(["metadata": .record(["kind": .string("test")])])
    _ = try call("save", path, tensors, metadata)
    let results = try call("load", path)
    guard case .table(let read) = results[0], case .table(let words) = results[1] else {
      Issue.record("load answers two tables")
      return
    }
    #expect(read.fields.map(\.name) == ["a", "b"])
    #expect(words["kind"].description == "\"test\"")
  }

  @Test func misuseIsNamed() {
    let tensor = Value.object(Tensor(zeros: [1]))
    #expect(message("load", .string("/none.npy")).contains("/none.npy: cannot open"))
    #expect(message("load").contains("'path' is missing"))
    #expect(
      message("save", .string("x.npz"), .record(["a": .number(1)])).contains("tensors.a"))
    #expect(message("save", .string("x.npz"), .list([tensor])).contains("by name"))
    #expect(message("save", .string("x.npz"), tensor).contains(".npy"))
    let options = Value.record(["compresed": .boolean(true)])
    #expect(message("save", .string("x.npz"), tensor, options).contains("'compressed'"))
  }

  private func call(_ name: String, _ arguments: Value...) throws -> [Value] {
    try call(name, arguments)
  }

  private func call(_ name: String, _ arguments: [Value]) throws -> [Value] {
    for case .function(let function) in TensorFileLibrary.entries where function.name == name {
      return try function.call(arguments, as: "bl." + name)
    }
    throw ScriptError("no function \(name)")
  }

  private func message(_ name: String, _ arguments: Value...) -> String {
    do { _ = try call(name, arguments) } catch { return "\(error)" }
    return "no error"
  }
}
