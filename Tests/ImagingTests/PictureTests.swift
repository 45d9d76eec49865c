import Imaging
import Script
import Tensors
import TestSupport
import Testing

@Suite struct PictureTests {
  private let truth = DeadLeaves(
    {
      var options = DeadLeaves.Options()
      (options.count, options.seed) = (1, 1)
      return options
    }()
  ).image(at: 0)

  @Test func sheetHoldsTheImagesAndCaptions() throws {
    let noisy = GaussianNoise(sigma: 0.1, seed: 1).observed(truth, index: 0, epoch: 0)
    let sheet = try ContactSheet(truth: truth, others: [("noisy", noisy), ("restored", truth)])
    let ratio = try PSNR().value(of: noisy, truth: truth)
    #expect(sheet.tiles[0].caption == "truth")
    #expect(sheet.tiles[1].caption.hasPrefix("noisy \(Int(ratio))."))
    #expect(sheet.tiles[1].caption.hasSuffix(" dB"))
    let image = try sheet.image()
    #expect(image.shape == [1, 96 + 11 + 8, 3 * (96 + 4) + 4])
    for (row, column) in [(0, 0), (50, 17), (95, 95)] {
      let shown = image[flat: (4 + row) * image.shape[2] + 4 + column]
      #expect(shown == truth[flat: row * 96 + column])
    }
    let caption = image.cropped(row: 100, column: 4, to: Extent(height: 11, width: 30))
    #expect(caption.elements.contains(0))
    #expect(caption.elements.allSatisfy { $0 == 0 || $0 == 1 })
  }

  /// Letters are 6 columns wide; a blank of white stays between captions side by side.
  @Test func captionsAreBrokenBetweenWords() throws {
    let image = Tensor(repeating: 1, shape: [1, 40, 60])
    let sheet = ContactSheet([
      .init(image, "total variation"), .init(image, "a regularization"), .init(image),
    ])
    let cell = 6 * ("regularization".count + 1)
    let whole = try sheet.image()
    #expect(whole.shape == [1, 4 + 40 + 2 * 11 + 4, 3 * (cell + 4) + 4])
    for column in 1...2 {
      let blank = whole.cropped(
        row: 44, column: column * (cell + 4) - 6, to: Extent(height: 22, width: 6))
      #expect(blank.elements.allSatisfy { $0 == 1 })
    }
    let second = whole.cropped(row: 44 + 11, column: 4, to: Extent(height: 11, width: 54))
    #expect(second.elements.contains(0))
  }

  @Test func tilesWrapAndGrow() throws {
    var sheet = ContactSheet((0..<5).map { _ in ContactSheet.Tile(Tensor(zeros: [3, 2, 3])) })
    (sheet.columns, sheet.magnification, sheet.gap) = (2, 4, 1)
    #expect(try sheet.image().shape == [3, 3 * (8 + 1) + 1, 2 * (12 + 1) + 1])
    #expect(throws: ScriptError.self) { try ContactSheet([]).image() }
    let wrong = ContactSheet([ContactSheet.Tile(Tensor(zeros: [2, 4, 4]))])
    #expect(throws: ScriptError.self) { try wrong.image() }
  }

  @Test func filtersAreSortedAndSymmetric() throws {
    let filters = Tensor([0.1, -0.1, 0, 0.05, 2, 0, -1, 1], shape: [2, 1, 2, 2])
    let sheet = try ContactSheet(filters: filters)
    #expect(sheet.tiles[0].image.elements == [1, 0.5, 0.25, 0.75])
    #expect(sheet.tiles[1].image.elements == [1, 0, 0.5, 0.75])
    let weighted = try ContactSheet(filters: filters, weights: [100, 1])
    #expect(weighted.tiles[1].image.elements == [1, 0.5, 0.25, 0.75])
    #expect(throws: ScriptError.self) { try ContactSheet(filters: filters, weights: [1]) }
    #expect(throws: ScriptError.self) { try ContactSheet(filters: Tensor(zeros: [2, 2, 2])) }
    let zero = try ContactSheet(filters: Tensor(zeros: [1, 2, 3, 3]))
    #expect(zero.tiles[0].image.shape == [1, 3, 6])
    #expect(zero.tiles[0].image.elements.allSatisfy { $0 == 0.5 })
  }

  @Test func picturesAreSaved() throws {
    let folder = try TemporaryFolder()
    try Picture(truth).save(to: folder.path + "/x.png")
    #expect(try ImageFile.read(folder.path + "/x.png").shape == truth.shape)
    #expect(throws: FileError.self) { try Picture(truth).save(to: folder.path + "/x.bmp") }
  }
}
