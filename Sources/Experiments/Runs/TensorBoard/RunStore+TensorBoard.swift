import Imaging

extension RunStore {
  /// Writes a run as an event file of TensorBoard in a folder of the run's id below the given one; answers
  /// the file's path.
  ///
  /// Numbers become scalars, whose values TensorBoard keeps in Float32, under their names with slashes for
  /// points; a step is `k` where that was logged, else the position of the line. Images and pictures
  /// are images.
  public func writeTensorBoard(_ run: RunRecord, below directory: String) throws -> String {
    var events = EventFile(startedAt: run.started)
    let steps = try steps(of: run.id)
    for step in steps {
      events.add(Self.scalars(of: step), step: step.number, time: run.started + step.seconds)
    }
    for artefact in try artefacts(of: run.id) where artefact.file.hasSuffix(".png") {
      let line =
        artefact.index > 0 && artefact.index <= steps.count ? steps[artefact.index - 1] : nil
      events.add(
        png: try FileBytes.read(try file(artefact, of: run)),
        tag: "\(artefact.kind)s/\(artefact.name)", step: line?.number ?? artefact.index,
        time: run.started + (line?.seconds ?? 0))
    }
    let folder = "\(directory)/\(run.folder)"
    let path = "\(folder)/events.out.tfevents.\(Int(run.started)).\(run.host)"
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

extension StepRecord {
  /// `k` of an optimizer's step, else the position.
  var number: Int {
    if case .integer(let k)? = values["k"] { k } else { index }
  }
}
