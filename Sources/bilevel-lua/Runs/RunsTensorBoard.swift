import ArgumentParser
import Experiments

/// `bilevel-lua runs tensorboard ID DIR`.
struct RunsTensorBoard: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensorboard", abstract: "Write a run as an event file for TensorBoard.",
    discussion: "Look at it with 'tensorboard --logdir DIR'.")

  @OptionGroup var place: RunsDirectory
  @Argument(help: "The run.") var id: String
  @Argument(help: "The folder in which the run gets one of its own.") var dir: String

  func run() throws {
    let store = try place.store
    print(try store.writeTensorBoard(store.run(matching: id), below: dir))
  }
}
