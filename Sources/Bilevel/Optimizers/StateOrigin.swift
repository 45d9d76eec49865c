import Script
import Tensors

/// Whose state it is: of which optimizer, on which problem.
public struct StateOrigin: Sendable, Hashable {
  /// The optimizer's name in scripts.
  public let method: String
  /// The fingerprint of the problem.
  public let problem: String

  /// A run of the method on the problem.
  public init(_ method: any UpperLevelMethod, on problem: BilevelProblem) {
    self.init(method: Self.name(of: method), problem: problem.fingerprint)
  }

  private init(method: String, problem: String) {
    self.method = method
    self.problem = problem
  }

  private static func name(of method: any UpperLevelMethod) -> String {
    (method as? any Scriptable).map { type(of: $0).declaration.name } ?? "\(type(of: method))"
  }
}

extension UpperLevelState {
  /// Throws unless the method may go on from here on the problem.
  func checkOrigin(_ method: any UpperLevelMethod, on problem: BilevelProblem) throws {
    guard theta.layout == problem.layout else {
      throw ScriptError(
        "resume: the state is of a problem with the blocks \(theta.layout.sketch), this one has "
          + problem.layout.sketch)
    }
    guard points.count == problem.sampleCount else {
      throw ScriptError(
        "resume: the state is of a problem with \(points.count) samples, this one has "
          + "\(problem.sampleCount)")
    }
    for (i, point) in points.enumerated() {
      let shape = problem.lower.initialPoint(i).shape
      if point.image.shape == shape, point.image.elementType == problem.elementType { continue }
      throw ScriptError(
        "resume: sample \(i + 1) of the state is \(point.image.shape) in "
          + "\(point.image.elementType), of this problem \(shape) in \(problem.elementType)")
    }
    guard let origin else { return }
    let here = StateOrigin(method, on: problem)
    guard origin.method == here.method else {
      throw ScriptError(
        "resume: the state is of bl.optimizer.\(origin.method), not of \(here.method); a new run "
          + "may start at state.theta")
    }
    guard origin.problem == here.problem else {
      throw ScriptError(
        "resume: the state is of another problem: same blocks, other data, regularizer, loss or "
          + "element type; a new run may start at state.theta")
    }
  }
}

extension BilevelProblem {
  /// A number that tells problems apart: of the model's text and of every bit of the data.
  ///
  /// Computed anew at each call, in one pass over the data.
  public var fingerprint: String {
    var print = Fingerprint()
    var parts: [Any] = [loss, penalty as Any, lower]
    if let images {
      parts += [images.forward, images.fidelity, images.regularizer] as [Any]
      print.add("\(images.strongConvexity)")
      if let assumed = images.assumedConvexity { print.add("assumed \(assumed)") }
    }
    for part in parts {
      print.add((part as? any Scriptable).map { Value.object($0).description } ?? "none")
    }
    print.add("\(elementType) \(lower.redrawsMeasurements)")
    for tensor in lower.dataTensors + loss.dataTensors { print.add(tensor) }
    return print.text
  }
}

/// A 64-bit number of a sequence of words, the same on every machine.
private struct Fingerprint {
  private var state: UInt64 = 0x6269_6C65_7665_6C00

  mutating func add(_ word: UInt64) {
    state ^= word
    // High bits come down before the odd factor (the golden ratio's) carries low ones up.
    state = (state << 29 | state >> 35) &* 0x9E37_79B9_7F4A_7C15
  }

  mutating func add(_ text: String) {
    for byte in text.utf8 { add(UInt64(byte)) }
    add(UInt64(text.utf8.count))
  }

  mutating func add(_ tensor: Tensor) {
    add(tensor.shape.description)
    for element in tensor.elements { add(element.bitPattern) }
  }

  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension StateOrigin: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init(method: try archive.read("method"), problem: try archive.read("problem"))
  }

  func write(to archive: inout StateArchive) {
    archive.write(method, as: "method")
    archive.write(problem, as: "problem")
  }
}
