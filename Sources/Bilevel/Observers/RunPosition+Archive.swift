import Imaging
import Tensors

extension RunPosition {
  private static let format = "position of a run, version 1"

  /// All of it by name, for a file.
  public var content: NamedTensors {
    var archive = StateArchive()
    archive.write(Self.format, as: "format")
    archive.write(state, as: "state")
    archive.write(psnr, as: "psnr")
    archive.write(fullLoss.map(FullLoss.init), as: "full_loss")
    archive.write(ledger, as: "ledger")
    archive.write(spent, as: "spent")
    archive.write(seconds, as: "seconds")
    archive.write(count, as: "count")
    archive.write(keys, as: "keys")
    archive.write(ending, as: "ending")
    return archive.content
  }

  /// What `content` held; throws a sentence without its subject, such as `has no 'theta'`.
  public init(_ content: NamedTensors) throws {
    let archive = StateArchive(content)
    guard let format: String = try? archive.read("format"), format == Self.format else {
      throw UnreadablePosition(problem: "is no position of a run, or one of another version")
    }
    do {
      state = try archive.read("state")
      psnr = try archive.read("psnr")
      let full: FullLoss? = try archive.read("full_loss")
      fullLoss = full?.estimate(at: state.points)
      ledger = try archive.read("ledger")
      spent = try archive.read("spent")
      seconds = try archive.read("seconds")
      count = try archive.read("count")
      keys = try archive.read("keys")
      ending = try archive.read("ending")
    } catch let gap as StateArchive.Gap {
      throw UnreadablePosition(problem: "has no '\(gap.name)', or one that cannot be read")
    }
  }
}

/// A file's content is no position of a run.
public struct UnreadablePosition: Error, Hashable {
  /// What is wrong, as the end of a sentence that starts with the file's name.
  public let problem: String
}

extension RunEnding: ArchivedRecord {
  init(from archive: StateArchive) throws {
    outcome = try archive.read("outcome")
    state = try archive.read("state")
  }

  func write(to archive: inout StateArchive) {
    archive.write(outcome, as: "outcome")
    archive.write(state, as: "state")
  }
}

/// The numbers of a loss of all samples; its points are not kept.
private struct FullLoss: ArchivedRecord {
  let value: Double
  let upperBound: Double
  let lowerBound: Double
  let isEstimated: Bool

  init(_ loss: LossEstimate) {
    value = loss.value
    upperBound = loss.upperBound
    lowerBound = loss.lowerBound
    isEstimated = loss.isEstimated
  }

  func estimate(at points: [SamplePoint]) -> LossEstimate {
    var loss = LossEstimate(
      value: value, upperBound: upperBound, lowerBound: lowerBound, points: points, cost: Cost())
    loss.isEstimated = isEstimated
    return loss
  }

  init(from archive: StateArchive) throws {
    value = try archive.read("value")
    upperBound = try archive.read("upper")
    lowerBound = try archive.read("lower")
    isEstimated = try archive.read("is_estimated")
  }

  func write(to archive: inout StateArchive) {
    archive.write(value, as: "value")
    archive.write(upperBound, as: "upper")
    archive.write(lowerBound, as: "lower")
    archive.write(isEstimated, as: "is_estimated")
  }
}

extension Ledger: ArchivedRecord {
  init(from archive: StateArchive) throws {
    cost = try archive.read("cost")
    phases = PhaseSeconds()
    phases.add(try archive.read("lower_level_seconds"), to: .lowerLevel)
    phases.add(try archive.read("linear_system_seconds"), to: .linearSystem)
    phases.add(try archive.read("mixed_product_seconds"), to: .mixedProducts)
    lineSearchSeconds = try archive.read("line_search_seconds")
    gradientSeconds = try archive.read("gradient_seconds")
    peakMemory = try archive.read("peak_memory")
  }

  func write(to archive: inout StateArchive) {
    archive.write(cost, as: "cost")
    archive.write(phases.lowerLevel, as: "lower_level_seconds")
    archive.write(phases.linearSystem, as: "linear_system_seconds")
    archive.write(phases.mixedProducts, as: "mixed_product_seconds")
    archive.write(lineSearchSeconds, as: "line_search_seconds")
    archive.write(gradientSeconds, as: "gradient_seconds")
    archive.write(peakMemory, as: "peak_memory")
  }
}

extension UInt64: Archived {}

extension RandomSource: ArchivedRecord {
  init(from archive: StateArchive) throws {
    self.init(
      seed: try archive.read("seed"), stream: try archive.read("stream"),
      position: try archive.read("position"))
  }

  func write(to archive: inout StateArchive) {
    archive.write(seed, as: "seed")
    archive.write(stream, as: "stream")
    archive.write(position, as: "position")
  }
}
