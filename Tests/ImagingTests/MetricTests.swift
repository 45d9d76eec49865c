import Imaging
import Script
import Tensors
import TestSupport
import Testing

@Suite struct MetricTests {
  private let numbers = ImageFixture.numbers

  private func channel(_ name: String) -> Tensor {
    let all = numbers[name]
    return Tensor(Array(all.elements[..<(19 * 23)]), shape: [1, 19, 23])
  }

  @Test func uniformSimilarityIsThatOfScikitImage() throws {
    let (truth, image) = (channel("ssim_truth"), channel("ssim_image"))
    let value = try SSIM().value(of: image, truth: truth)
    #expect(abs(value - numbers.number("ssim_uniform")) < 1e-12)
    let wide = try SSIM(peak: 2.5).value(of: image, truth: truth)
    #expect(abs(wide - numbers.number("ssim_uniform_peak")) < 1e-12)
    let colour = try SSIM().value(of: numbers["ssim_image"], truth: numbers["ssim_truth"])
    #expect(abs(colour - numbers.number("ssim_uniform_colour")) < 1e-12)
  }

  @Test func gaussianSimilarityIsThatOfScikitImage() throws {
    let (truth, image) = (channel("ssim_truth"), channel("ssim_image"))
    let value = try SSIM(window: .gaussian).value(of: image, truth: truth)
    #expect(abs(value - numbers.number("ssim_gaussian")) < 1e-12)
  }

  @Test func equalImagesAreAsNearAsCanBe() throws {
    let truth = channel("ssim_truth")
    #expect(abs(try SSIM().value(of: truth, truth: truth) - 1) < 1e-12)
    #expect(try PSNR().value(of: truth, truth: truth) == .infinity)
    #expect(try MeanSquaredError().value(of: truth, truth: truth) == 0)
  }

  @Test func ratioIsOfTheMeanSquare() throws {
    var image = Tensor(zeros: [1, 4, 5])
    image.fill(with: 0.1)
    let truth = Tensor(zeros: [1, 4, 5])
    #expect(abs(try MeanSquaredError().value(of: image, truth: truth) - 0.01) < 1e-15)
    #expect(abs(try PSNR().value(of: image, truth: truth) - 20) < 1e-12)
    #expect(abs(try PSNR(peak: 10).value(of: image, truth: truth) - 40) < 1e-12)
  }

  @Test func misfitsAreErrors() {
    let (a, b) = (Tensor(zeros: [1, 9, 9]), Tensor(zeros: [1, 9, 8]))
    #expect(throws: ScriptError.self) { try PSNR().value(of: a, truth: b) }
    let small = Tensor(zeros: [1, 6, 9])
    #expect(throws: ScriptError.self) { try SSIM().value(of: small, truth: small) }
  }

  @Test func resizingIsThatOfPillow() throws {
    let truth = channel("ssim_truth")
    for (name, extent) in [
      ("resized_down", Extent(height: 8, width: 9)), ("resized_up", Extent(height: 33, width: 40)),
    ] {
      let mine = truth.resized(to: extent)
      // The fixture was computed in Float32.
      #expect(
        zip(mine.elements, numbers[name].elements).allSatisfy { abs($0 - $1) < 2e-6 }, "\(name)")
    }
  }
}
