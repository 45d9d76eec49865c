import Script
import Testing

/// The wording of every misuse: what users read is part of the contract.
@Suite struct MisuseTests {
  @Test func unknownArgument() {
    #expect(
      message { try construct(GaussianNoise.self, .record(["sigme": .number(1)])) }
        == "bl.gaussian: unknown argument 'sigme' (did you mean 'sigma'?)")
    #expect(
      message { try construct(GaussianNoise.self, .record(["epsilon": .number(1)])) }
        == "bl.gaussian: unknown argument 'epsilon' (known: sigma, seed, boundary, sizes)")
    #expect(
      Misuse.nearest(to: "epsilon", among: ["eps", "delta", "rho"]) == "eps")
  }

  @Test func wrongRangeAndType() {
    #expect(
      message { try construct(GaussianNoise.self, .record(["sigma": .number(-0.1)])) }
        == "bl.gaussian: 'sigma' must be a number >= 0, got -0.1")
    #expect(
      message { try construct(GaussianNoise.self, .record(["sigma": .number(.nan)])) }
        == "bl.gaussian: 'sigma' must be a number >= 0, got nan")
    #expect(
      message { try construct(GaussianNoise.self, .record(["seed": .number(1.5)])) }
        == "bl.gaussian: 'seed' must be an integer, got 1.5")
    #expect(
      message { try construct(GaussianNoise.self, .record(["sizes": .list([.integer(0)])])) }
        == "bl.gaussian: 'sizes[1]' must be an integer >= 1, got 0")
    #expect(
      message { try construct(GaussianNoise.self, .number(0.1)) }
        == "bl.gaussian: the argument must be a table of named arguments, got 0.1")
  }

  @Test func choices() {
    #expect(
      message { try construct(GaussianNoise.self, .record(["boundary": .string("reflekt")])) }
        == "bl.gaussian: 'boundary' must be \"zero\", \"reflect\" or \"periodic\", "
        + "got \"reflekt\" (did you mean \"reflect\"?)")
  }

  @Test func missingAndTooMany() throws {
    let scale = try method(GaussianNoise.self, "scale")
    let noise = Value.object(GaussianNoise())
    #expect(
      message { try scale.call([noise], as: "gaussian:scale") }
        == "gaussian:scale: 'factor' is missing (a finite number)")
    #expect(
      message { try scale.call([noise, .number(1), .number(2)], as: "gaussian:scale") }
        == "gaussian:scale: takes at most 1 argument, got 2")
    #expect(message { try construct(Sampler.self) }.hasPrefix("bl.sampler: 'shape' is missing"))
  }

  @Test func dotForColon() throws {
    let scale = try method(GaussianNoise.self, "scale")
    #expect(
      message { try scale.call([.number(2)], as: "gaussian:scale") }
        == "gaussian:scale: call it with a colon, as in object:scale(…); "
        + "its first argument must be a gaussian, got 2")
  }

  @Test func nestedRecords() {
    let batch = Value.record(["size": .integer(0)])
    let table = Table(elements: [.integer(2)], fields: [(name: "batch", value: batch)])
    #expect(
      message { try construct(Sampler.self, .table(table)) }
        == "bl.sampler: 'batch.size' must be an integer >= 1, got 0")
    let typo = Table(
      elements: [.integer(2)], fields: [(name: "batch", value: .record(["sise": .integer(1)]))])
    #expect(
      message { try construct(Sampler.self, .table(typo)) }
        == "bl.sampler: unknown argument 'batch.sise' (did you mean 'size'?)")
  }

  @Test func unknownMembers() {
    guard case .object(let object) = Value.object(GaussianNoise()) else { return }
    #expect(
      message { try GaussianNoise.declaration.property("varience", of: object) }
        == "gaussian has no 'varience' (did you mean 'variance'?)")
    #expect(
      message { try GaussianNoise.declaration.element(.integer(1), of: object) }
        == "gaussian has no elements (index 1)")
    #expect(
      message {
        try GaussianNoise.declaration.assign(.integer(1), to: .string("sigma"), of: object)
      }
        == "gaussian: 'sigma' cannot be assigned")
  }

  @Test func eitherKind() {
    let kind = Kind.either(
      Kind.list(of: .integer(atLeast: 1)),
      Kind.integer(atLeast: 1).map({ [$0, $0] }, back: { $0[0] }),
      write: { $0.scriptValue })
    #expect(message { try kind.read(.list([.integer(3), .integer(4)])) } == "no error")
    #expect(message { try kind.read(.integer(3)) } == "no error")
    let function = Function("crop", "", Argument("size", kind, "")) { _ in }
    #expect(
      message { try function.call([.string("x")], as: "crop") }
        == "crop: 'size' must be a list of values, each an integer >= 1 or an integer >= 1, got \"x\""
    )
  }
}
