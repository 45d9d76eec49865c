import Imaging
import Script
import Tensors
import TestSupport
import Testing

@Suite struct SyntheticDatasetTests {
  static func make(_ which: Int, seed: Int) -> any Dataset {
    switch which {
    case 0:
      var options = DeadLeaves.Options()
      (options.count, options.size, options.seed) = (4, Extent(height: 24, width: 31), seed)
      options.channels = 3
      return DeadLeaves(options)
    default:
      var options = PiecewiseConstant.Options()
      (options.count, options.size, options.seed) = (4, Extent(height: 24, width: 31), seed)
      options.channels = 3
      return PiecewiseConstant(options)
    }
  }

  @Test(arguments: 0..<2)
  func scenesAreFixedBySeedAndIndex(which: Int) throws {
    let (first, again) = (Self.make(which, seed: 1), Self.make(which, seed: 1))
    let other = Self.make(which, seed: 2)
    let last = try again.image(at: 3)
    for index in 0..<4 {
      let image = try first.image(at: index)
      #expect(image.shape == [3, 24, 31])
      #expect(try first.extent(at: index) == Extent(height: 24, width: 31))
      #expect(image.elements.allSatisfy { $0 >= -1e-12 && $0 <= 1 + 1e-12 })
      #expect(try again.image(at: index).elements == image.elements)
      #expect(try other.image(at: index).elements != image.elements)
      if index < 3 { #expect(last.elements != image.elements) }
    }
  }

  @Test func unseededScenesTakeTheSessionsSeeds() {
    let (a, b) = (DeadLeaves(DeadLeaves.Options()), DeadLeaves(DeadLeaves.Options()))
    #expect(a.options.seed != nil)
    #expect(a.options.seed != b.options.seed)
  }

  @Test func leavesHaveEdgesAndFlatParts() {
    var options = DeadLeaves.Options()
    (options.count, options.size, options.seed) = (1, Extent(64), 3)
    let image = DeadLeaves(options).image(at: 0).elements
    var steps: [Double] = []
    for row in 0..<64 {
      for column in 0..<63 {
        let left = image[64 * row + column]
        steps.append(abs(image[64 * row + column + 1] - left))
      }
    }
    let flat = steps.filter { $0 < 1e-9 }.count
    #expect(Double(flat) > 0.4 * Double(steps.count))
    #expect(steps.contains { $0 > 0.2 })
  }

  @Test func phantomHasTheKnownLevels() throws {
    let phantom = Phantom(size: 129)
    let image = phantom.image(at: 0)
    #expect(image.shape == [1, 129, 129])
    #expect(image[flat: 0] == 0)
    // Between the skull and the brain, at the top of the middle column, and in the brain's middle.
    #expect(image[flat: 6 * 129 + 64] == 1)
    #expect(abs(image[flat: 64 * 129 + 64] - 0.2) < 1e-12)
    #expect(abs(image[flat: 64 * 129 + 64 + 14]) < 1e-12)
    #expect(throws: Never.self) { try phantom.images() }
  }
}

@Suite struct ImagesTests {
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, side) in [("b.png", 20), ("a.PNG", 16), ("c.png", 24)] {
      var source = RandomSource(seed: UInt64(side))
      let image = Tensor(uniform: [1, side, side + 2], from: &source)
      try ImageFile.writePNG(image, to: folder.path + "/" + name, bits: 16)
    }
    try AtomicFile.write([1], to: folder.path + "/notes.txt")
    try AtomicFile.write([1], to: folder.path + "/.hidden.png")
    return folder
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func folderIsSortedByName() throws {
    let folder = try folder()
    let images = try Images(Images.Options(paths: [folder.path]))
    #expect(images.count == 3)
    #expect(try images.images().map { $0.shape } == [[1, 16, 18], [1, 20, 22], [1, 24, 26]])
    #expect(images.path(at: 0) == folder.path + "/a.PNG")
    #expect(try images.extent(at: 1) == Extent(height: 20, width: 22))
  }

  @Test func cropsAreFixedBySeedAndIndex() throws {
    let folder = try folder()
    var options = Images.Options(paths: [folder.path])
    (options.crop, options.count, options.seed) = (Extent(height: 8, width: 9), 12, 5)
    let (images, again) = (try Images(options), try Images(options))
    options.seed = 6
    let other = try Images(options)
    var differing = 0
    for index in (0..<12).reversed() {
      let crop = try images.image(at: index)
      #expect(crop.shape == [1, 8, 9])
      #expect(try again.image(at: index).elements == crop.elements)
      if try other.image(at: index).elements != crop.elements { differing += 1 }
    }
    #expect(differing > 8)
    #expect(try images.image(at: 0).elements != images.image(at: 3).elements)
  }

  @Test func centralCropsAreCentral() throws {
    let folder = try folder()
    var options = Images.Options(paths: [folder.path + "/a.PNG"])
    (options.crop, options.anchor) = (Extent(4), .center)
    let whole = try ImageFile.read(folder.path + "/a.PNG")
    let crop = try Images(options).image(at: 0)
    #expect(crop.elements == whole.cropped(row: 6, column: 7, to: Extent(4)).elements)
  }

  @Test func resizingComesBeforeCropping() throws {
    let folder = try folder()
    var options = Images.Options(paths: [folder.path])
    options.resize = .shorterSide(10)
    #expect(try Images(options).image(at: 1).shape == [1, 10, 11])
    options.resize = .exact(Extent(height: 30, width: 7))
    #expect(try Images(options).image(at: 1).shape == [1, 30, 7])
    options.crop = Extent(height: 26, width: 6)
    #expect(try Images(options).image(at: 1).shape == [1, 26, 6])
  }

  @Test func errorsNameTheFileAndTheRemedy() throws {
    let folder = try folder()
    var options = Images.Options(paths: [folder.path])
    options.crop = Extent(18)
    let small = try Images(options)
    #expect(
      message { _ = try small.image(at: 0) }
        == "\(folder.path)/a.PNG: is 16×18 pixels, smaller than the crop of 18×18; use a smaller "
        + "'crop', 'resize' the pictures or leave this one out")
    #expect(try small.image(at: 1).shape == [1, 18, 18])
    options.crop = nil
    options.count = 4
    #expect(message { _ = try Images(options) }.contains("'count' is 4, but there are only 3"))
    let empty = try TemporaryFolder()
    #expect(
      message { _ = try Images(Images.Options(paths: [empty.path])) }
        == "\(empty.path): holds no PNG or JPEG file")
    let missing = try Images(Images.Options(paths: [empty.path + "/x.png"]))
    #expect(
      message { _ = try missing.image(at: 0) }.hasSuffix(
        "x.png: cannot open: No such file or directory"))
  }
}

@Suite struct DerivedDatasetTests {
  private func base(_ count: Int = 5) throws -> TensorDataset {
    try TensorDataset(
      (0..<count).map { k in
        Tensor((0..<30).map { Double(100 * k + $0) }, shape: [1, 5, 6])
      })
  }

  @Test func partsKeepTheOrder() throws {
    let dataset = try base()
    #expect(dataset.prefix(2).count == 2)
    #expect(dataset.prefix(9).count == 5)
    #expect(dataset.dropFirst(9).count == 0)
    #expect(try dataset.dropFirst(3).image(at: 1)[flat: 0] == 400)
    let (first, second) = dataset.split(at: 0.6)
    #expect((first.count, second.count) == (3, 2))
    #expect(try second.prefix(1).image(at: 0)[flat: 0] == 300)
  }

  @Test func patchesAreAllThatFit() throws {
    var options = Patches.Options()
    (options.size, options.stride) = (Extent(height: 2, width: 3), Extent(height: 2, width: 1))
    let patches = try Patches(of: try base(2), options)
    #expect(patches.count == 2 * 2 * 4)
    #expect(try patches.image(at: 9).elements == [101, 102, 103, 107, 108, 109])
    options.size = Extent(6)
    #expect(throws: ScriptError.self) { try Patches(of: try base(2), options) }
  }

  @Test func orientationsAreThoseOfTheSquare() {
    let image = Tensor([1, 2, 3, 4, 5, 6], shape: [1, 2, 3])
    #expect(image.oriented(quarterTurns: 1, mirrored: false).elements == [3, 6, 2, 5, 1, 4])
    #expect(image.oriented(quarterTurns: 1, mirrored: false).shape == [1, 3, 2])
    #expect(image.oriented(quarterTurns: 2, mirrored: false).elements == [6, 5, 4, 3, 2, 1])
    #expect(image.oriented(quarterTurns: 3, mirrored: false).elements == [4, 1, 5, 2, 6, 3])
    #expect(image.oriented(quarterTurns: 0, mirrored: true).elements == [3, 2, 1, 6, 5, 4])
    for turns in 0..<4 {
      let there = image.oriented(quarterTurns: turns, mirrored: false)
      #expect(there.oriented(quarterTurns: -turns, mirrored: false).elements == image.elements)
      let mirror = image.oriented(quarterTurns: turns, mirrored: true)
      let back = mirror.oriented(quarterTurns: -turns, mirrored: false)
      #expect(back.oriented(quarterTurns: 0, mirrored: true).elements == image.elements)
    }
  }

  @Test func augmentingReachesEveryOrientation() throws {
    var options = Augmented.Options()
    (options.copies, options.seed) = (100, 1)
    let augmented = Augmented(try base(1), options)
    #expect(augmented.count == 100)
    let versions = Set(try augmented.images().map { $0.elements + [Double($0.shape[1])] })
    #expect(versions.count == 8)
    options.rotations = false
    #expect(Set(try Augmented(try base(1), options).images().map { $0.elements }).count == 2)
  }

  @Test func mappedImagesAreMadeOnce() throws {
    final class Counter: @unchecked Sendable { var calls = 0 }
    let counter = Counter()
    let mapped = MappedDataset(try base()) { image in
      counter.calls += 1
      return image.cropped(row: 0, column: 0, to: Extent(2))
    }
    #expect(try mapped.image(at: 2).elements == [200, 201, 206, 207])
    #expect(try mapped.image(at: 2).shape == [1, 2, 2])
    #expect(counter.calls == 1)
    let wrong = MappedDataset(try base()) { _ in Tensor(zeros: [3]) }
    #expect(throws: ScriptError.self) { try wrong.image(at: 0) }
  }
}

@Suite struct ObservationsTests {
  private let images = SyntheticDatasetTests.make(0, seed: 1)

  @Test func noiseBelongsToTheSample() throws {
    let noise = GaussianNoise(sigma: 0.1, seed: 2)
    let samples = Observations(of: images, noise: noise)
    let third = try samples.sample(at: 2)
    #expect(third.truth.elements == (try images.image(at: 2)).elements)
    #expect(
      third.observed.elements
        == noise.observed(third.truth, index: 2, epoch: 0).elements)
    #expect(try samples.sample(at: 2, epoch: 5).observed.elements == third.observed.elements)
    #expect(try samples.dropFirst(2).sample(at: 0).observed.elements == third.observed.elements)
    #expect(
      try samples.split(at: 0.5).1.prefix(1).sample(at: 0).observed.elements
        == third.observed.elements)
    #expect(try samples.samples().count == 4)
  }

  @Test func noiseIsRedrawnOnlyWhenAsked() throws {
    let samples = Observations(of: images, noise: GaussianNoise(seed: 2), redraws: true)
    let first = try samples.sample(at: 1).observed.elements
    #expect(try samples.sample(at: 1, epoch: 1).observed.elements != first)
    #expect(try samples.sample(at: 1, epoch: 0).observed.elements == first)
  }

  @Test func anyThreadMayAsk() async throws {
    let samples = Observations(of: images, noise: GaussianNoise(seed: 2))
    let expected = try Observations(of: images, noise: GaussianNoise(seed: 2)).samples()
    let found = try await withThrowingTaskGroup(of: (Int, [Double]).self) { group in
      for k in 0..<16 {
        group.addTask { (k % 4, try samples.sample(at: k % 4).observed.elements) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for (index, elements) in found { #expect(elements == expected[index].observed.elements) }
  }
}
