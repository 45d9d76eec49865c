import Experiments

/// A run of nothing, begun in a store.
func sampleRun(_ id: String, started: Double = 1.7e9) -> RunRecord {
  RunRecord(
    id: id, name: "sample", script: "sample.lua", scriptText: "return 1\n",
    scriptHash: SHA256.hexadecimal(of: "return 1\n".utf8), arguments: ["--a", "\"b\" \n\u{1F600}"],
    facts: ["version": "0", "note": "x, \"y\""], started: started, ended: nil, outcome: nil,
    process: 1, host: "here", folder: id)
}

/// Lines with the positions of the range and one value each.
func sampleSteps(_ positions: ClosedRange<Int>) -> [StepRecord] {
  positions.map { position in
    StepRecord(
      index: position, seconds: Double(position) / 3,
      values: ["k": .integer(position), "loss": .number(1 / Double(position))])
  }
}
