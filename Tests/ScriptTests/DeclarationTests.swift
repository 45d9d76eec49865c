import Script
import Testing

// The worked example: a description, a mutable object, a protocol that several types share.

struct GaussianNoise: Equatable {
  var sigma = 0.1
  var seed: Int?
  var boundary = Boundary.reflect
  var sizes = [5, 5]

  enum Boundary: String, CaseIterable { case zero, reflect, periodic }
}

extension GaussianNoise: Scriptable {
  static let declaration = Declaration(
    GaussianNoise.self, "gaussian", "Adds independent normal noise.",
    example: "bl.noise.gaussian { sigma = 0.1 }", source: "Gauss 1809"
  ) {
    Constructor(GaussianNoise()) {
      Field("sigma", \.sigma, .number(atLeast: 0), "standard deviation", unit: "image units")
      Field("seed", \.seed, "key of the noise; drawn when absent")
      Field("boundary", \.boundary, .choice, "what lies outside")
      Field("sizes", \.sizes, .list(of: .integer(atLeast: 1)), "filter sizes")
    }
    Method("scale", "A multiple.", Argument("factor", .number, "factor"), returns: "a gaussian") {
      noise, factor in
      var scaled = noise
      scaled.sigma *= factor
      return scaled
    }
    Property("variance", "σ²") { $0.sigma * $0.sigma }
    Property("sigma", \.sigma, "standard deviation")
    Operator(.multiply, "scales", .number, .object(GaussianNoise.self)) { factor, noise in
      GaussianNoise(sigma: factor * noise.sigma)
    }
  }
}

struct Counter: Scriptable {
  var counts: [Double] = []

  static let declaration = Declaration(Counter.self, "counter", "Counts.") {
    Constructor(Argument(rest: "counts", .number, "the first counts")) { Counter(counts: $0) }
    Method(mutating: "push", "Adds a count.", Argument("count", .number, "the count")) {
      counter, count in counter.counts.append(count)
    }
    Method("total", "The sum.") { $0.counts.reduce(0, +) }
    Operator(.length, "how many") { $0.counts.count }
    Operator(call: "The count at i.", Argument("i", .integer(atLeast: 1), "index")) { counter, i in
      counter.counts[i - 1]
    }
    Elements(
      "the counts",
      get: { counter, key in
        key.asInteger.flatMap {
          counter.counts.indices.contains($0 - 1) ? counter.counts[$0 - 1] : nil
        }
      },
      set: { counter, key, value in
        counter.counts[(key.asInteger ?? 1) - 1] = value.asNumber ?? 0
      })
    DynamicProperties("counts by word", names: { _ in ["first"] }) { counter, name in
      name == "first" ? counter.counts.first?.scriptValue : nil
    }
  }
}

struct Sampler {
  struct Options {
    var shape: [Int] = []
    var seed: Int?
    var batch = Batch()
  }
  struct Batch {
    var size = 4
  }
  let options: Options
}

extension Sampler: Scriptable {
  static let declaration = Declaration(Sampler.self, "sampler", "Draws.") {
    Constructor(Options(), recorded: \.options) {
      Field(elements: "shape", \.shape, .list(of: .integer(atLeast: 0)), "extents", required: true)
      Field("seed", \.seed, "key")
      Field(
        "batch", \.batch,
        .record(Batch()) {
          Field("size", \.size, .integer(atLeast: 1), "samples a batch")
        }, "batches")
    } build: { options in
      guard options.shape.count < 4 else { throw ScriptError("too many axes") }
      return Sampler(options: options)
    }
  }
}

func construct<T: Scriptable>(_ type: T.Type, _ arguments: Value...) throws -> Value {
  let declaration = type.declaration
  let results = try #require(declaration.constructor).call(arguments, as: "bl.\(declaration.name)")
  return try #require(results.first)
}

func method(_ type: any Scriptable.Type, _ name: String) throws -> Function {
  try #require(type.declaration.methods.first { $0.name == name })
}

func message(_ body: () throws -> some Any) -> String {
  do { _ = try body() } catch { return "\(error)" }
  return "no error"
}

@Suite struct DeclarationTests {
  @Test func constructsFromNamedArguments() throws {
    let value = try construct(
      GaussianNoise.self, .record(["sigma": .number(0.25), "boundary": .string("zero")]))
    let noise = try GaussianNoise.kind.read(value)
    #expect(noise == GaussianNoise(sigma: 0.25, boundary: .zero))
  }

  @Test func constructsFromNothing() throws {
    #expect(try GaussianNoise.kind.read(construct(GaussianNoise.self)) == GaussianNoise())
  }

  @Test func printsTheCallThatMadeIt() throws {
    let value = try construct(GaussianNoise.self, .record(["seed": .integer(2)]))
    #expect(
      "\(value)" == "gaussian { sigma = 0.1, seed = 2, boundary = \"reflect\", sizes = {5, 5} }")
    #expect("\(Value.object(GaussianNoise(sigma: 1)))".hasPrefix("gaussian { sigma = 1, boundary"))
    #expect("\(try construct(Counter.self, .number(1), .number(2.5)))" == "counter({1, 2.5})")
    let sampler = try construct(Sampler.self, .list([.integer(2), .integer(3)]))
    #expect("\(sampler)" == "sampler { 2, 3, batch = { size = 4 } }")
  }

  @Test func methodsPropertiesAndOperators() throws {
    let noise = Value.object(GaussianNoise(sigma: 0.5))
    let scaled = try method(GaussianNoise.self, "scale").call(
      [noise, .number(4)], as: "gaussian:scale")
    #expect(try GaussianNoise.kind.read(scaled[0]).sigma == 2)
    guard case .object(let object) = noise else { return }
    #expect(try GaussianNoise.declaration.property("variance", of: object).asNumber == 0.25)
    let product = try GaussianNoise.declaration.operators[.multiply]?.call(
      [.number(2), noise], as: "*")
    #expect(try GaussianNoise.kind.read(product?.first ?? .none).sigma == 1)
  }

  @Test func changesInPlaceAreSeenThroughAllNames() throws {
    let counter = try construct(Counter.self)
    _ = try method(Counter.self, "push").call([counter, .number(3)], as: "counter:push")
    _ = try method(Counter.self, "push").call([counter, .number(4)], as: "counter:push")
    #expect(try method(Counter.self, "total").call([counter], as: "counter:total")[0].asNumber == 7)
    guard case .object(let object) = counter else { return }
    try Counter.declaration.assign(.number(10), to: .integer(1), of: object)
    #expect(try Counter.declaration.element(.integer(1), of: object)[0].asNumber == 10)
    #expect(try Counter.declaration.property("first", of: object).asNumber == 10)
  }

  @Test func severalResultsAndIterators() throws {
    let function = Function("two", "Two results.") { Results(1, "b") }
    #expect(try function.call([], as: "two").count == 2)
    var left = 2
    let iterator = NativeFunction.iterator("countdown") { () -> Int? in
      left -= 1
      return left < 0 ? nil : left
    }
    #expect(try iterator.call([.none, .none])[0].asInteger == 1)
    #expect(try iterator.call([])[0].asInteger == 0)
    #expect(try iterator.call([])[0].isNone)
  }
}
