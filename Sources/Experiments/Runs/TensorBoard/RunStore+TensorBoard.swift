import Imaging

extension RunStore {
  /// Writes a run as an event file of TensorBoard in a folder of the run's id below the given one.
  ///
  /// Numbers become scalars, whose values TensorBoard keeps in Float32, under their names with slashes
  /// for points. The step of a line is the last `k` that was logged, or the position of the line before
  /// there is one. Images and pictures are images.
  ///
  /// - Returns: The file's path.
  public func writeTensorBoard(_ run: RunRecord, below directory: String) throws -> String {
    var events = EventFile(startedAt: run.started)
    var places = [(step: 0, time: run.started)]  // of each position in the log
    var k: Int?
    for step in try steps(of: run.id) {
      if case .integer(let number)? = step.values["k"] { k = number }
      places.append((k ?? step.index, run.started + step.seconds))
      events.add(Self.scalars(of: step), step: k ?? step.index, time: run.started + step.seconds)
    }
    for artefact in try artefacts(of: run.id) where artefact.file.hasSuffix(".png") {
      let place = places[min(max(artefact.index, 0), places.count - 1)]
      events.add(
        png: try FileBytes.read(try file(artefact, of: run)),
        tag: "\(artefact.kind)s/\(artefact.name)", step: place.step, time: place.time)
    }
    let name = "events.out.tfevents.\(Int(run.started)).\(run.host)"
    let path = "\(directory)/\(run.folder)/\(name)"
    try AtomicFile.write(events.bytes, to: path)
    return path
  }

  private static func scalars(of step: StepRecord) -> [(tag: String, value: Double)] {
    step.values.sorted { $0.key < $1.key }.compactMap { name, value in
      let tag = String(name.map { $0 == "." ? "/" : $0 })
      return switch value {
      case .integer(let integer): name == "k" ? nil : (tag, Double(integer))
      case .number(let number): (tag, number)
      case .text: nil
      }
    }
  }
}
