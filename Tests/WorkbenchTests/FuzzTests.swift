import Lua
import Script
import TestSupport
import Testing
import Workbench

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FuzzTests {
  /// Arguments that are right, small enough for thousands of calls.
  private static let examples = """
    local bl = require "bilevel"
    local folder = ...
    local data = bl.data.dead_leaves { count = 2, size = 8, seed = 1 }
    local samples = data:observe { noise = bl.noise.gaussian { sigma = 0.1, seed = 2 } }
    local foe = bl.regularizer.fields_of_experts { filters = 2, size = 3 }
    local description = { data = samples, regularizer = foe, fidelity = bl.fidelity.squared_l2(),
      loss = bl.loss.squared_l2() }
    local problem = bl.problem(description)
    local theta = problem:parameters { seed = 3 }
    local x, t = samples[1].observed, bl.rand { 3, 4, seed = 1 }
    local maid = bl.optimizer.maid { eps = 0.1, delta = 0.1 }
    local limits = { max_iterations = 1, budget = 200, tolerance = 0.1 }
    local batches = { max_iterations = 1, batch = { size = 1, seed = 1 }, full_loss_every = 1 }
    local accuracy = { eps = 0.1, delta = 0.1, indices = { 1, 2 } }
    local steps = maid:steps(problem, theta, limits)
    steps()
    local square, labels = bl.rand { 9, 2, seed = 4 }, bl.tensor { 1, 2, 3, 1, 2, 3, 1, 2, 3 }
    local quadratic = { matrix = square, parameter_matrix = bl.rand { 9, 3, seed = 5 }, target = bl.ones { 9 } }
    local examples = { features = square, labels = labels, classes = 3 }
    local validation = { features = square, labels = labels }
    local squares = { matrix = square, target = bl.ones { 9 } }
    local closed = { lower = bl.energy.quadratic(quadratic), loss = bl.loss.least_squares(squares) }
    local cleaning = bl.problem { lower = bl.energy.hypercleaning(examples),
      loss = bl.loss.cross_entropy(validation) }
    return {
      ["bl.fidelity.weighted_squared_l2"] = { { weights = t } },
      ["bl.energy.quadratic"] = { quadratic }, ["bl.energy.logistic_regression"] = { examples },
      ["bl.energy.hypercleaning"] = { examples }, ["bl.loss.least_squares"] = { squares },
      ["bl.loss.cross_entropy"] = { validation }, ["bl.problem"] = { description },
      ["cross_entropy:value"] = { bl.ones { 3, 2 } }, ["cross_entropy:error_rate"] = { bl.ones { 3, 2 } },
      ["bl.tensor"] = { { { 1, 2 }, { 3, 4 } } }, ["bl.zeros"] = { { 2, 3 } }, ["bl.ones"] = { { 2, 3 } },
      ["bl.full"] = { { 2, 3 }, 4 }, ["bl.eye"] = { 3 }, ["bl.arange"] = { 1, 3, 0.5 },
      ["bl.linspace"] = { 0, 1, 5 }, ["bl.rand"] = { { 2, 3, seed = 1 } },
      ["bl.randn"] = { { 2, 3, seed = 1 } }, ["bl.stack"] = { { t, t } }, ["bl.concatenate"] = { { t, t }, 1 },
      ["bl.data.dead_leaves"] = { { count = 2, size = 10, channels = 1, min_radius = 2, max_radius = 4 } },
      ["bl.data.piecewise_constant"] = { { count = 2, size = 10 } }, ["bl.data.phantom"] = { { size = 10 } },
      ["bl.data.tensors"] = { { x, x } }, ["bl.noise.gaussian"] = { { sigma = 0.1, seed = 2 } },
      ["bl.noise.poisson"] = { { peak = 100, seed = 2 } },
      ["bl.regularizer.fields_of_experts"] = { { filters = 2, size = 3 } },
      ["bl.regularizer.sum"] = { { foe, bl.regularizer.tikhonov {} } },
      ["bl.operator.mask"] = { { keep = 0.5, seed = 1 } }, ["bl.operator.blur"] = { { sigma = 0.7 } },
      ["bl.operator.fourier"] = { { pattern = "cartesian", seed = 1 } },
      ["bl.operator.radon"] = { { angles = 3 } }, ["bl.operator.downsample"] = { { factor = 2 } },
      ["bl.operator.matrix"] = { bl.ones { 3, 4 } }, ["fourier:mask"] = { { 8, 8 } },
      ["bl.operator.compose"] = { bl.operator.identity(), bl.operator.blur { sigma = 1 } },
      ["bl.operator.sampling"] = { { size = { 8, 8 }, weights = "lines" } },
      ["mask:adjoint"] = { x }, ["blur:adjoint"] = { x }, ["blur:norm"] = { { 1, 4, 4 } },
      ["fourier:adjoint"] = { bl.ones { 2, 8, 8 } }, ["radon:norm"] = { { 1, 8, 8 } },
      ["radon:adjoint"] = { bl.ones { 1, 3, 12 } }, ["radon:pinv"] = { bl.ones { 1, 3, 12 } },
      ["bl.plot.image"] = { x }, ["bl.plot.images"] = { { x, x } }, ["bl.plot.filters"] = { theta.filters },
      ["bl.plot.lines"] = { { { x = { 1, 2 }, y = { 3, 4 } }, { 5, 6 }, log = "xy" } },
      ["bl.plot.histogram"] = { t, { bins = 3 } }, ["polynomial:plot"] = { 5 },
      ["bl.plot.schedule"] = { bl.schedule.constant(0.1), { steps = 5 } },
      ["bl.check.gradient"] = { foe }, ["bl.check.hessian"] = { foe }, ["bl.check.convexity"] = { foe },
      ["bl.check.adjoint"] = { bl.operator.identity() }, ["bl.check.hypergradient"] = { problem },
      ["dead_leaves:take"] = { 1 }, ["dead_leaves:skip"] = { 1 }, ["dead_leaves:split"] = { 0.5 },
      ["dead_leaves:observe"] = { { noise = bl.noise.gaussian { sigma = 0.1 } } },
      ["dead_leaves:patches"] = { { size = 4, stride = 2 } }, ["dead_leaves:augment"] = { { copies = 2 } },
      ["dead_leaves:map"] = { function(image) return image end },
      ["problem:parameters"] = { { seed = 1 } }, ["problem:solve"] = { theta, { eps = 0.1, index = 1 } },
      ["problem:loss"] = { theta, accuracy }, ["problem:hypergradient"] = { theta, accuracy },
      ["problem:evaluate"] = { theta, { data = samples, metrics = { bl.metric.psnr() }, eps = 0.1 } },
      ["maid:steps"] = { problem, theta, limits },
      ["maid:resume"] = { problem, steps:state(), limits },
      ["gradient_descent:steps"] = { problem, theta, limits }, ["hoag:steps"] = { problem, theta, limits },
      ["isgd:steps"] = { problem, theta, batches }, ["iadam:steps"] = { problem, theta, batches },
      ["bl.schedule.constant"] = { 0.1 }, ["polynomial:floor"] = { 0.1 },
      ["bl.schedule.polynomial"] = { { initial = 1, power = 0.5 } },
      ["bl.schedule.piecewise"] = { { values = { 1, 0.1 }, changes = { 5 } } },
      ["tensor:sum"] = { 1 }, ["tensor:clamp"] = { 0, 1 }, ["tensor:norm"] = { 2 }, ["tensor:dot"] = { t },
      ["tensor:reshape"] = { { 4, 3 } }, ["tensor:transpose"] = { 2, 1 }, ["tensor:matmul"] = { bl.ones { 4, 2 } },
      ["tensor:conv2d"] = { bl.ones { 3, 3 }, { boundary = "reflect" } }, ["tensor:equals"] = { t, 0.1 },
    }, problem, theta, samples, t, steps, cleaning, bl.problem(closed),
      bl.run { name = "fuzz", directory = folder }
    """

  /// A fuzzer that knows right arguments.
  private static func withFuzz(_ body: (inout Fuzz) throws -> Void) throws {
    let interpreter = try Interpreter()
    try Workbench.open(in: interpreter)
    let folder = try TemporaryFolder()
    let results = try interpreter.run(
      FuzzTests.examples, name: "examples.lua", arguments: [folder.path])
    var fuzz = Fuzz()
    // Settings of the process; what writes to the working directory; and what runs for long when it is
    // given no limits.
    fuzz.exceptions = ["bl.threads", "bl.precision", "bl.seed", "bl.run", "bl.write"]
    // Fill the terminal, or the working directory.
    fuzz.exceptions.formUnion(["picture:show", "plot:show", "run:report"])
    for name in ["maid", "hoag", "isgd", "iadam", "gradient_descent", "adam"] {
      fuzz.exceptions.insert(name + ":minimize")
    }
    if case .table(let table)? = results.first {
      for (name, value) in table.fields {
        if case .table(let arguments) = value { fuzz.examples[name] = arguments.elements }
      }
    }
    fuzz.start(with: Array(results.dropFirst()))
    // The examples hold functions of the script.
    try withExtendedLifetime((interpreter, folder)) { try body(&fuzz) }
  }

  @Test func nothingTrapsOnWrongArguments() throws {
    try Self.withFuzz { fuzz in
      fuzz.run(Workbench.library)
      #expect(fuzz.callCount > 10_000)
      #expect(fuzz.silent.isEmpty, "errors without a message: \(fuzz.silent)")
      #expect(Set(["problem", "parameters", "run", "tensor", "maid"]).isSubset(of: fuzz.typeNames))
    }
  }

  /// For so many seconds, from a seed: FUZZ_SECONDS=600 FUZZ_SEED=1 swift test --filter FuzzTests.
  ///
  /// Best with --sanitize=address. The last line of the file FUZZ_LOG names what was called when it died.
  @Test(.enabled(if: getenv("FUZZ_SECONDS") != nil))
  func nothingTrapsOnRandomArguments() throws {
    func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
    let log = getenv("FUZZ_LOG").flatMap { fopen($0, "w") }
    defer { if let log { fclose(log) } }
    try Self.withFuzz { fuzz in
      fuzz.run(
        Workbench.library, seconds: Double(number("FUZZ_SECONDS") ?? 10),
        seed: UInt64(number("FUZZ_SEED") ?? 1)
      ) { title in
        guard let log else { return }
        fputs(title + "\n", log)
        fflush(log)
      }
      print("fuzz: \(fuzz.callCount) calls of \(fuzz.typeNames.count) types")
      #expect(fuzz.silent.isEmpty, "errors without a message: \(fuzz.silent)")
    }
  }
}
