import Imaging
import Script
import Tensors
import TestSupport
import Testing

/// The script face, called as the interpreter calls it.
@Suite struct ImagingLibraryTests {
  private func entry(_ path: String) -> Entry? {
    var entries = ImagingLibrary.entries
    var found: Entry?
    for name in path.split(separator: ".") {
      found = entries.first { $0.name == name }
      if case .group(let group) = found { entries = group.entries }
    }
    return found
  }

  private func call(_ path: String, _ arguments: Value...) throws -> Value {
    let function: Function? =
      switch entry(path) {
      case .function(let function): function
      case .type(let declaration): declaration.constructor
      default: nil
      }
    return try #require(function).call(arguments, as: "bl." + path).first ?? .none
  }

  private func message(_ path: String, _ arguments: Value...) -> String {
    do {
      _ = try call(path, arguments.first ?? .none)
      return "no error"
    } catch { return "\(error)" }
  }

  private func method(_ name: String, of object: Value, _ arguments: Value...) throws -> [Value] {
    guard case .object(let box) = object else { return [] }
    let function = type(of: box.content).declaration.methods.first { $0.name == name }
    return try #require(function).call([object] + arguments, as: name)
  }

  @Test func descriptionsPrintThemselves() throws {
    #expect(
      try call("noise.gaussian", .record(["sigma": .number(0.2), "seed": .integer(2)])).description
        == "gaussian { sigma = 0.2, seed = 2 }")
    #expect(try call("noise.none").description == "none()")
    #expect(try call("metric.ssim").description == "ssim { window = \"uniform\", peak = 1 }")
    #expect(
      try call("data.phantom", .record(["size": .integer(64)])).description
        == "phantom { size = 64 }")
    let scenes = try call("data.dead_leaves", .record(["seed": .integer(1)]))
    #expect(
      scenes.description
        == "dead_leaves { count = 25, size = 96, channels = 1, min_radius = 8, seed = 1 }")
    let noise = try call("noise.gaussian", .record(["seed": .integer(2)]))
    let samples = try method("observe", of: scenes, .record(["noise": noise]))[0]
    #expect(
      samples.description
        == scenes.description
        + ":observe { operator = identity(), noise = gaussian { sigma = 0.1, seed = 2 }, "
        + "redraw = false }")
  }

  @Test func seedsThatWereDrawnArePrinted() throws {
    let noise = try call("noise.gaussian", .none)
    #expect(noise.description.contains("seed = "))
  }

  @Test func misuseIsWorded() throws {
    #expect(
      message("noise.gaussian", .record(["sigma": .number(-0.1)]))
        == "bl.noise.gaussian: 'sigma' must be a number >= 0, got -0.1")
    #expect(
      message("noise.poisson", .record(["peek": .number(3)]))
        == "bl.noise.poisson: unknown argument 'peek' (did you mean 'peak'?)")
    #expect(
      message("data.images", .none)
        == "bl.data.images: 'path' is missing (a string or a list of values, each a string)")
    #expect(
      message("data.dead_leaves", .record(["size": .string("big")])).hasPrefix(
        "bl.data.dead_leaves: 'size' must be an integer >= 1"))
    #expect(
      message("data.dead_leaves", .record(["channels": .integer(2)]))
        == "bl.data.dead_leaves: 'channels' must be 1 or 3, got 2")
    #expect(
      message("data.images", .record(["path": .string("/nowhere"), "crop": .integer(0)])).contains(
        "'crop' must be"))
  }

  @Test func wrongArgumentsNeverTrap() {
    var fuzz = Fuzz()
    let (scalar, empty) = (Tensor(zeros: []), Tensor(zeros: [0]))
    let image = Tensor(zeros: [1, 9, 9])
    fuzz.examples = [
      "bl.data.tensors": [.list([.object(image), .object(image)])],
      "bl.plot.images": [.list([.object(image)])],
      "bl.plot.image": [.object(image)],
      "bl.plot.filters": [.object(Tensor(zeros: [2, 1, 3, 3]))],
    ]
    for strange in [scalar, empty, image] {
      for name in ["ssim", "psnr", "mse"] {
        fuzz.examples[name + ": call"] = [.object(strange), .object(strange)]
      }
      fuzz.examples["identity: call"] = [.object(strange)]
      fuzz.examples["identity:adjoint"] = [.object(strange)]
      fuzz.run(Group("bl", "", ImagingLibrary.entries))
    }
    #expect(fuzz.callCount > 1000)
    #expect(fuzz.silent.isEmpty)
  }

  @Test func elementsCountFromOne() throws {
    let phantom = Phantom(size: 16)
    let box = ScriptObject(phantom)
    let first = try Phantom.declaration.element(.integer(1), of: box)
    #expect(first.count == 1)
    #expect(try Phantom.declaration.element(.integer(2), of: box).first?.isNone ?? true)
    #expect(try Phantom.declaration.element(.integer(0), of: box).first?.isNone ?? true)
    #expect(throws: (any Error).self) {
      try Phantom.declaration.element(.boolean(true), of: box)
    }
  }
}
