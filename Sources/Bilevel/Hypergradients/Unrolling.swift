import Tensors

/// The derivative of ℓ(x^K(θ)) through K iterations, x⁰ held constant, with the memory of O(√K) images.
///
/// The way there keeps every ⌈√K⌉-th iterate; the way back recomputes one segment at a time. Together:
/// less than 2K gradients, K Hessian products and K mixed products.
///
/// z is judged at a certified point: x^K where it is within ε of the minimiser, else where the
/// lower-level solver gets from there, or from the warm start. With q = a Σ s, the sum of all adjoint steps,
/// z − ∇f = (z + Jᵀq) − (Jᵀq + ∇f): the first part is computed, the second is the error of an implicit
/// hypergradient with the residual ∇ℓ − Hq.
///
/// Griewank & Walther, Evaluating Derivatives, 2008, chapter 12; Mehmood & Ochs, Automatic
/// differentiation of some first-order methods in parametric optimization, 2020.
struct Unrolling {
  let recursion: MomentumRecursion
  let lowerLevelSolver: any LowerLevelSolver
  let bound: ErrorBound

  /// The hypergradient from x⁰, which took `spent` to find; a point `near` x̂ may be known besides.
  func hypergradient(
    _ sample: SampleProblem, accuracy: Accuracy, from start: Tensor, near: Tensor? = nil,
    spent: Cost = Cost(), budget: Int, workspace: Workspace
  ) -> SampleHypergradient {
    let problem = Problem(sample: sample, workspace: workspace)
    let forward = workspace.timed(.lowerLevel) {
      iterate(
        ForwardPass(recursion: recursion), on: problem, from: start,
        until: .after(recursion.count, budget: budget - spent.total))
    }
    let path = forward.state
    let reverse = iterate(
      ReversePass(recursion: recursion), on: problem, from: path,
      until: .after(path.count, budget: .max))
    var lower = lowerLevelSolver.timedSolve(
      sample, accuracy.lowerLevel, from: WarmStart(x: path.y), 0, workspace)
    if lower.outcome != .converged {
      // An iteration that has overflown is of no use as a start.
      let fallback = lower.outcome == .nonFinite ? start : path.y
      let cost = lower.cost
      for tensor in [lower.x, lower.gradient] { workspace.recycle(tensor) }
      lower = lowerLevelSolver.timedSolve(
        sample, accuracy.lowerLevel, from: WarmStart(x: near ?? fallback),
        budget - (spent + path.cost).total, workspace)
      lower.cost += cost
    }
    lower.cost += path.cost + spent

    let equation = AdjointEquation(sample, lower, workspace)
    var adjoint = equation.system.solution(
      reverse.state.sweep.q, accuracy: accuracy.linearSystem, iterations: path.count,
      outcome: forward.outcome, cost: reverse.state.cost, workspace)
    // Half of a way back is of no use.
    if reverse.outcome != .iterationLimit { adjoint.outcome = reverse.outcome }
    let result = equation.hypergradient(
      adjoint, formedOtherwise: reverse.state.sum.map { -recursion.step * $0 },
      judgedBy: ErrorJudgement(bound: bound))
    path.recycle(into: workspace)
    reverse.state.recycle(into: workspace)
    return result
  }

  /// The same from x⁰ within ε of the minimiser, which is where the warm start leads to.
  func hypergradientOfLastSteps(
    _ sample: SampleProblem, accuracy: Accuracy, from warmStart: WarmStart?, budget: Int,
    workspace: Workspace
  ) -> SampleHypergradient {
    let before = lowerLevelSolver.timedSolve(
      sample, accuracy.lowerLevel, from: warmStart, budget, workspace)
    let result = hypergradient(
      sample, accuracy: accuracy, from: before.x, spent: before.cost, budget: budget,
      workspace: workspace)
    for tensor in [before.x, before.gradient] { workspace.recycle(tensor) }
    return result
  }

  struct Problem {
    let sample: SampleProblem
    let workspace: Workspace
    var energy: any Energy { sample.energy }
    var memory: Memory { workspace.kept(Memory.self, make: Memory.init) }
    func tensor() -> Tensor { workspace.tensor(energy.shape, energy.elementType) }
  }

  /// What the way back needs of the way there; kept in the workspace, its tensors are lent by it.
  final class Memory {
    var checkpoints: [(y: Tensor, momentum: Tensor)] = []  // at k = 0, ⌈√K⌉, 2⌈√K⌉, …
    var segment: [Tensor] = []  // y_k from the last checkpoint on

    /// Empty after a way back to the start; not if that was interrupted.
    func recycle(into workspace: Workspace) {
      while let y = segment.popLast() { workspace.recycle(y) }
      while let (y, momentum) = checkpoints.popLast() {
        workspace.recycle(y)
        workspace.recycle(momentum)
      }
    }
  }

  /// y_k and m_k.
  struct Trajectory: IterationState {
    var y: Tensor
    var momentum: Tensor  // m_k
    var gradient: Tensor  // at y_{k−1}
    var error = 0.0  // ‖∇g(y_{k−1})‖: finite as long as the iteration is
    var cost = Cost()

    /// k.
    var count: Int { cost.lowerIterations }

    func recycle(into workspace: Workspace) {
      for tensor in [y, momentum, gradient] { workspace.recycle(tensor) }
    }
  }

  /// The way there.
  struct ForwardPass: IterativeMethod {
    typealias Failure = Never
    let recursion: MomentumRecursion

    func start(_ problem: Problem, at x0: Tensor) -> Trajectory {
      problem.memory.recycle(into: problem.workspace)
      var path = Trajectory(
        y: problem.tensor(), momentum: problem.tensor(), gradient: problem.tensor())
      path.y.copyElements(from: x0)
      path.momentum.copyElements(from: x0)
      return path
    }

    /// One gradient.
    func step(_ problem: Problem, _ path: inout Trajectory) {
      if path.count % recursion.interval == 0 {
        var (y, momentum) = (problem.tensor(), problem.tensor())
        y.copyElements(from: path.y)
        momentum.copyElements(from: path.momentum)
        problem.memory.checkpoints.append((y, momentum))
      }
      problem.energy.gradient(at: path.y, into: &path.gradient)
      path.error = path.gradient.norm
      recursion.advance(path.count, &path.y, &path.momentum, gradient: path.gradient)
      path.cost.gradients += 1
      path.cost.lowerIterations += 1
    }
  }

  /// The way back.
  struct ReversePass: IterativeMethod {
    typealias Failure = Never
    let recursion: MomentumRecursion

    struct State: IterationState {
      var sweep: AdjointSweep
      var gradient: Tensor
      var sum: [Double]  // Σ Jᵀs
      var left: Int  // k
      var cost = Cost()
      var error: Double { sweep.w.norm }

      func recycle(into workspace: Workspace) {
        sweep.recycle(into: workspace)
        workspace.recycle(gradient)
      }
    }

    /// w = ∇ℓ(x^K).
    func start(_ problem: Problem, at path: Trajectory) -> State {
      let (sample, workspace) = (problem.sample, problem.workspace)
      var gradient = problem.tensor()
      _ = sample.loss.gradient(at: path.y, truth: sample.truth, into: &gradient)
      return State(
        sweep: AdjointSweep(from: gradient, workspace), gradient: gradient,
        sum: [Double](repeating: 0, count: sample.energy.parameterCount), left: path.count)
    }

    /// One Hessian product and one mixed product; a segment's gradients where one begins.
    func step(_ problem: Problem, _ state: inout State) {
      let (energy, workspace) = (problem.energy, problem.workspace)
      if problem.memory.segment.isEmpty {
        workspace.timed(.linearSystem) { replay(problem, &state) }
      }
      state.left -= 1
      let y = problem.memory.segment.removeLast()
      state.sweep.beginStep(state.left, recursion)
      workspace.timed(.mixedProducts) {
        energy.addMixedProduct(at: y, state.sweep.w, to: &state.sum)
      }
      workspace.timed(.linearSystem) {
        state.sweep.finishStep(state.left, recursion, energy.curvature(at: y))
      }
      workspace.recycle(y)
      state.cost.linearIterations += 1
      state.cost.hessianProducts += 1
      state.cost.mixedProducts += 1
    }

    /// Computes the iterates from the last checkpoint up to y_{k−1} again.
    private func replay(_ problem: Problem, _ state: inout State) {
      let memory = problem.memory
      var (y, momentum) = memory.checkpoints.removeLast()
      for k in memory.checkpoints.count * recursion.interval..<state.left {
        var kept = problem.tensor()
        kept.copyElements(from: y)
        memory.segment.append(kept)
        if k + 1 == state.left { break }
        problem.energy.gradient(at: y, into: &state.gradient)
        state.cost.gradients += 1
        recursion.advance(k, &y, &momentum, gradient: state.gradient)
      }
      problem.workspace.recycle(y)
      problem.workspace.recycle(momentum)
    }
  }
}

extension MomentumRecursion {
  /// ⌈√K⌉: iterations from one checkpoint to the next.
  fileprivate var interval: Int { Int(Double(count).squareRoot().rounded(.up)) }
}
