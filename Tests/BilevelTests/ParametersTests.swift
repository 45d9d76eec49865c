import Bilevel
import Script
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ParametersTests {
  static let theta: Parameters = {
    let regularizer = Sum([FieldsOfExperts(filters: 4, size: 3), TotalVariation()])
    return regularizer.initialParameters(RandomSource(seed: 4))
  }()

  @Test func arithmeticActsOnCoordinates() {
    let theta = Self.theta
    let doubled = theta + theta
    #expect(doubled == 2 * theta)
    #expect((doubled - theta) == theta)
    #expect(relativeError(theta.dot(doubled), 2 * theta.norm * theta.norm) < 1e-14)
    #expect((-theta).values == theta.values.map { -$0 })
  }

  @Test func blocksAreReadAndSetByName() throws {
    var theta = Self.theta
    #expect(
      theta.layout.blocks.map(\.name) == [
        "r1_filters", "r1_log_weights", "r1_log_smoothing", "r2_log_weight", "r2_log_smoothing",
      ])
    #expect(theta.block("r1_filters")?.shape == [4, 1, 3, 3])
    #expect(theta.block("filters") == nil)
    theta.setBlock("r2_log_weight", to: Tensor([-1.5], shape: [1]))
    #expect(theta.block("r2_log_weight")?.elements == [-1.5])
    #expect(theta.natural("r2_log_weight")?.elements == [exp(-1.5)])
    let plain = TotalVariation(initialLogWeight: -2).initialParameters(RandomSource(seed: 0))
    #expect(plain.natural("weight")?.elements == [exp(-2)])
  }

  @Test(arguments: ["npz", "safetensors"])
  func filesKeepBlocksAndBits(_ format: String) throws {
    let path = ".build/bilevel-parameters-\(getpid()).\(format)"
    defer { unlink(path) }
    try Self.theta.save(to: path)
    #expect(try Parameters.load(from: path) == Self.theta)
  }

  @Test func descriptionNamesEveryBlock() {
    let lines = Self.theta.layout.description.split(separator: "\n")
    #expect(lines.count == 7)
    #expect(lines[1].contains("r1_filters") && lines[1].contains("{4, 1, 3, 3}"))
    #expect(lines[6].contains("46"))
  }

  @Test func scriptsReadAndAssignBlocks() throws {
    let plain = TotalVariation(initialLogWeight: -2).initialParameters(RandomSource(seed: 0))
    let object = ScriptObject(plain)
    let declaration = Parameters.declaration
    guard case .object(let raw) = try declaration.property("log_weight", of: object),
      case .object(let natural) = try declaration.property("weight", of: object)
    else {
      Issue.record("blocks are tensors")
      return
    }
    #expect((raw.content as? Tensor)?.elements == [-2])
    #expect((natural.content as? Tensor)?.elements == [exp(-2)])
    try declaration.assign(
      .object(Tensor([-1], shape: [1])), to: .string("log_weight"), of: object)
    try declaration.assign(.number(-4), to: .integer(2), of: object)
    #expect((object.content as? Parameters)?.values == [-1, -4])
    #expect(throws: (any Error).self) { try declaration.property("filters", of: object) }
    #expect(throws: (any Error).self) {
      try declaration.assign(
        .object(Tensor([1, 2], shape: [2])), to: .string("log_weight"), of: object)
    }
  }

  @Test func regularizersAreBuiltFromTables() throws {
    let make = try #require(FieldsOfExperts.declaration.constructor)
    let made = try make.call(
      [.record(["filters": .integer(12), "size": .integer(5), "initialization": .string("dct")])],
      as: "bl.regularizer.fields_of_experts")
    guard case .object(let object) = made.first else {
      Issue.record("the constructor makes an object")
      return
    }
    let regularizer = try #require(object.content as? FieldsOfExperts)
    #expect(regularizer.filters == 12 && regularizer.size == 5 && regularizer.boundary == .reflect)
    #expect(throws: (any Error).self) {
      try make.call([.record(["size": .integer(4)])], as: "bl.regularizer.fields_of_experts")
    }
  }
}
