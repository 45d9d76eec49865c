import Script
import Tensors
import TestSupport
import Testing

@Suite struct TensorReductionsTests {
  @Test(arguments: [0, 1, 3, 4, 5, 255, 256, 257, 1000], ElementType.allCases)
  func totalsAgreeWithPlainSums(count: Int, elementType: ElementType) throws {
    var source = RandomSource(seed: 31)
    let x = Tensor(normal: [count], elementType, from: &source)
    let plain = x.elements.reduce(0, +)
    #expect(abs(x.sum() - plain) <= 1e-12 * Double(count + 1))
    guard count > 0 else { return }
    #expect(try x.minimum() == x.elements.min())
    #expect(try x.maximum() == x.elements.max())
    #expect(try abs(x.mean() - plain / Double(count)) <= 1e-12)
  }

  @Test func sumsOfFloat32AreAccumulatedInFloat64() {
    let x = Tensor(repeating: 0.1, shape: [1_000_000], .float32)
    #expect(abs(x.sum() - Double(Float(0.1)) * 1e6) < 1e-6)
  }

  @Test(arguments: 0..<3)
  func axesAgreeWithSlices(axis: Int) throws {
    var source = RandomSource(seed: 32)
    let x = Tensor(normal: [3, 4, 5], from: &source)
    let sums = try x.sum(axis: axis)
    let means = try x.mean(axis: axis)
    let least = try x.minimum(axis: axis)
    let most = try x.maximum(axis: axis)
    #expect(sums.shape == x.shape.removing(axis: axis))
    let order = [axis] + (0..<3).filter { $0 != axis }
    let first = try x.transposed(order)
    let extent = x.shape[axis]
    for flat in 0..<sums.count {
      let line = (0..<extent).map { first[flat: $0 * sums.count + flat] }
      #expect(abs(sums[flat: flat] - line.reduce(0, +)) < 1e-13)
      #expect(abs(means[flat: flat] - line.reduce(0, +) / Double(extent)) < 1e-13)
      #expect(least[flat: flat] == line.min())
      #expect(most[flat: flat] == line.max())
    }
  }

  @Test func emptyTensorsHaveASumButNoMean() throws {
    let x = Tensor(zeros: [0, 3])
    #expect(x.sum() == 0)
    #expect(try x.sum(axis: 0).elements == [0, 0, 0])
    #expect(throws: ScriptError.self) { try x.mean() }
    #expect(throws: ScriptError.self) { try x.maximum() }
    #expect(throws: ScriptError.self) { try x.minimum(axis: 0) }
    #expect(throws: ScriptError.self) { try x.sum(axis: 2) }
  }

  @Test func normsAreThoseOfTheirExponents() {
    let x = Tensor([3, -4], shape: [2])
    #expect(x.norm(1) == 7)
    #expect(x.norm(2) == 5)
    #expect(x.norm(.infinity) == 4)
    #expect(abs(x.norm(3) - 4.497941445275415) < 1e-14)
    #expect(abs(Tensor([3e200, -4e200], shape: [2]).norm(3) / 4.497941445275415e200 - 1) < 1e-14)
    #expect(Tensor(zeros: [0]).norm(3) == 0)
  }
}
