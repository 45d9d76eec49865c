import Bilevel
import Experiments
import Imaging
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A checkpoint of a few kilobytes: two images of 3 × 4 pixels.
private func smallCheckpoint(lines: Int = 1) throws -> Checkpoint {
  let log = ListedSteps()
  let folder = try TemporaryFolder()
  let arm = OptimizerArm.all[0]
  let run = try arm.run(RunCheckpoints(in: folder.path, log: log), of: arm.problem(tiny: true))
  _ = try run.next()
  let found = try CheckpointFolder(path: folder.path + "/1").newest()
  try Folder.remove(folder.path)
  return Checkpoint(
    position: try #require(found).checkpoint.position, mark: RunMark(lines: lines, optimizers: 1))
}

@Suite struct CheckpointTests {
  @Test("What is written reads back, bit for bit")
  func survivesFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.checkpoint"
    let checkpoint = try smallCheckpoint(lines: 17)
    try checkpoint.write(to: path)
    let first = try FileBytes.read(path)
    let loaded = try Checkpoint(contentsOf: path)
    #expect(loaded.mark == RunMark(lines: 17, optimizers: 1))
    #expect(loaded.position.seconds == checkpoint.position.seconds)
    #expect(loaded.position.keys == checkpoint.position.keys)
    try loaded.write(to: path)
    #expect(try FileBytes.read(path) == first)
  }

  @Test("Each single flipped byte is noticed, and every truncation")
  func everyDamageIsNoticed() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.checkpoint"
    try smallCheckpoint().write(to: path)
    let bytes = try FileBytes.read(path)
    var unnoticed: [Int] = []
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= UInt8(1 << (place % 8))
      if isReadable(damaged, at: path) { unnoticed.append(place) }
      damaged[place] = ~bytes[place]
      if isReadable(damaged, at: path) { unnoticed.append(place) }
      if isReadable(Array(bytes[..<place]), at: path) { unnoticed.append(place) }
    }
    #expect(unnoticed.isEmpty)
    #expect(!isReadable(bytes + [0], at: path))
    #expect(isReadable(bytes, at: path))
  }

  private func isReadable(_ bytes: [UInt8], at path: String) -> Bool {
    do {
      overwrite(path, bytes)
      _ = try Checkpoint(contentsOf: path)
      return true
    } catch {
      #expect("\(error)".hasPrefix(path + ": is damaged"))
      return false
    }
  }

  @Test("The last three are kept, and a damaged newest one gives way to the one before, in words")
  func fallsBack() throws {
    let folder = try TemporaryFolder()
    let checkpoints = CheckpointFolder(path: folder.path)
    #expect(try checkpoints.newest() == nil)
    for lines in 1...5 { try checkpoints.write(try smallCheckpoint(lines: lines)) }
    #expect(
      folder.names == ["000003.checkpoint", "000004.checkpoint", "000005.checkpoint"])
    let whole = try #require(try checkpoints.newest())
    #expect(whole.checkpoint.mark.lines == 5 && whole.complaints.isEmpty)
    overwrite(folder.path + "/000005.checkpoint", [1, 2, 3])
    let second = try #require(try checkpoints.newest())
    #expect(second.checkpoint.mark.lines == 4)
    #expect(second.complaints == [folder.path + "/000005.checkpoint: is damaged: it is too short"])
    overwrite(folder.path + "/000004.checkpoint", [UInt8](repeating: 0, count: 500))
    #expect(try checkpoints.newest()?.complaints.count == 2)
    overwrite(folder.path + "/000003.checkpoint", [])
    #expect(throws: FileError.self) { try checkpoints.newest() }
    // The next one has a name of its own, and is used.
    try checkpoints.write(try smallCheckpoint(lines: 9))
    #expect(try checkpoints.newest()?.checkpoint.mark.lines == 9)
  }

  @Test("What killed processes left half written goes; names that are no checkpoint's do no harm")
  func tidies() throws {
    let folder = try TemporaryFolder()
    let checkpoints = CheckpointFolder(path: folder.path)
    overwrite(folder.path + "/.bilevel-1234-1.part", [1])
    overwrite(folder.path + "/99999999999999999999.checkpoint", [1])
    overwrite(folder.path + "/9223372036854775807.checkpoint", [1])
    overwrite(folder.path + "/-1.checkpoint", [1])
    overwrite(folder.path + "/notes.txt", [1])
    #expect(try checkpoints.newest() == nil)
    try checkpoints.write(try smallCheckpoint(lines: 2))
    checkpoints.removeLeftovers()
    #expect(folder.names.contains("000001.checkpoint"))
    #expect(!folder.names.contains(".bilevel-1234-1.part"))
    #expect(try checkpoints.newest()?.checkpoint.mark.lines == 2)
  }

  @Test("A folder that cannot be written to is an error that names it")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    overwrite(folder.path + "/file", [1])
    let inFile = CheckpointFolder(path: folder.path + "/file/1")
    let checkpoint = try smallCheckpoint()
    #expect(throws: FileError.self) { try inFile.write(checkpoint) }
    let inSystem = CheckpointFolder(path: "/proc/none/1")
    #expect(throws: FileError.self) { try inSystem.write(checkpoint) }
  }

  @Test("A checkpoint that cannot be written is told, and the run goes on to its end")
  func goesOnWithout() throws {
    let folder = try TemporaryFolder()
    overwrite(folder.path + "/file", [1])
    let log = ListedSteps()
    var warnings: [String] = []
    let checkpoints = RunCheckpoints(
      in: folder.path + "/file", CheckpointSchedule(), log: log
    ) { warnings.append($0) }
    let run = try OptimizerArm.all[0].run(checkpoints, of: OptimizerArm.all[0].problem(tiny: true))
    while try run.next() != nil {}
    #expect(run.outcome == .iterationLimit)
    #expect(log.lines.count == 7)
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasPrefix("no checkpoint was written (\(folder.path)/file/1/") == true)
  }
}
