import Experiments
import Imaging
import Tensors
import TestSupport

/// Markup in every place where a page could take it for its own.
let hostileText = "</script><script>window.pwned=1</script><img src=x onerror=\"window.pwned=1\">'"

/// A record of runs in a folder of its own, which goes with it.
final class SampleStore {
  let folder: TemporaryFolder
  let store: RunStore

  init() throws {
    folder = try TemporaryFolder()
    store = try RunStore(directory: folder.path + "/runs")
  }

  deinit { try? Folder.remove(folder.path + "/runs") }

  /// A finished run whose texts are hostile, with lines, two pictures and a file that is none.
  func addRun(_ id: String, lines: Int = 40) throws -> RunRecord {
    var run = RunRecord(
      id: id, name: hostileText, script: "x.lua\(hostileText)",
      scriptText: "local x = 1 -- \(hostileText)\nreturn x\n--[[ \u{2028} ]]\n",
      scriptHash: "0", arguments: ["--a", hostileText],
      facts: ["note": hostileText, hostileText: "b", "__proto__": "c", "id": id],
      started: 1.7e9, ended: nil, outcome: nil, process: 1, host: hostileText, folder: id)
    try store.begin(run)
    try store.append((1...lines).map { line($0, of: lines) }, to: id)
    for (index, name) in ["noisy", "restored", hostileText].enumerated() {
      let file = "images/\(index).png"
      let image = Tensor((0..<64).map { Double($0 * (index + 1) % 64) / 63 }, shape: [1, 8, 8])
      try AtomicFile.write(
        try ImageFile.encodePNG(image, named: file), to: "\(store.directory)/\(id)/\(file)")
      try store.add(ArtefactRecord(kind: "image", name: name, file: file, index: 1), to: id)
    }
    try AtomicFile.write(Array("secret".utf8), to: "\(store.directory)/\(id)/images/x.txt")
    let other = ArtefactRecord(kind: "image", name: "other", file: "images/x.txt", index: 1)
    try store.add(other, to: id)
    try store.finish(id, "budget \(hostileText)", at: 1.7e9 + 60)
    (run.ended, run.outcome) = (1.7e9 + 60, "budget \(hostileText)")
    return run
  }

  private func line(_ index: Int, of count: Int) -> StepRecord {
    let k = Double(index - 1)
    return StepRecord(
      index: index, seconds: k / 10,
      values: [
        "k": .integer(index - 1), "loss": .number(10 / (k + 1)), "loss_bound": .number(1 / (k + 1)),
        "psnr": .number(30 - 5 / (k + 1)), "gradient_norm": .number(3 / (k + 1)),
        "gradient_bound": .number(index == 1 ? .infinity : 0.1), "bound": .text(hostileText),
        "eps": .number(0.1 / (k + 1)), "delta": .number(.nan), "step_size": .number(0.01),
        "cost": .integer(100 * index), "seconds": .number(k / 11),
        "ledger.energies": .integer(10 * index), "ledger.gradients": .integer(20 * index),
        "ledger.hessian_products": .integer(5 * index), "ledger.mixed_products": .integer(index),
        hostileText: .number(k),
      ])
  }
}
