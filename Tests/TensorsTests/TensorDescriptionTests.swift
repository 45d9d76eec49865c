import Tensors
import Testing

@Suite struct TensorDescriptionTests {
  @Test func smallTensorsAreShownWhole() {
    let t = Tensor([1, 2, 3, 4, 5, 60], shape: [2, 3])
    #expect(t.description == "Tensor {2, 3} float64\n[[ 1  2  3]\n [ 4  5 60]]")
    #expect(Tensor([2.5], shape: []).description == "Tensor {} float64\n2.5000")
    #expect(Tensor(zeros: [0], .float32).description == "Tensor {0} float32\n[]")
    #expect(Tensor(zeros: [2, 0]).description == "Tensor {2, 0} float64\n[[]\n []]")
  }

  @Test func decimalsFollowTheLargestNumber() {
    let fixed = Tensor([0.5, -1.25, .nan, .infinity], shape: [4])
    #expect(fixed.description.hasSuffix("[ 0.5000 -1.2500     nan     inf]"))
    let small = Tensor([1e-5, 2e-7], shape: [2])
    #expect(small.description.hasSuffix("[1.0000e-05 2.0000e-07]"))
    let large = Tensor([1.5e9, 1], shape: [2])
    #expect(large.description.hasSuffix("[1.5000e+09 1.0000e+00]"))
  }

  @Test func blocksOfMoreAxesAreSetApart() {
    let cube = Tensor((1...8).map(Double.init), shape: [2, 2, 2])
    #expect(cube.description.hasSuffix("[[[1 2]\n  [3 4]]\n\n [[5 6]\n  [7 8]]]"))
  }

  @Test func largeTensorsAreAbridged() {
    let t = Tensor((0..<10000).map(Double.init), shape: [100, 100])
    let lines = t.description.split(separator: "\n")
    #expect(lines.count == 8)
    #expect(lines[1] == "[[   0    1    2 ...   97   98   99]")
    #expect(lines[4] == " ...")
    #expect(lines[7] == " [9900 9901 9902 ... 9997 9998 9999]]")
  }

  @Test func longRowsAreFolded() {
    let t = Tensor((0..<100).map(Double.init), shape: [100])
    let lines = t.description.split(separator: "\n")
    #expect(lines.count > 2)
    #expect(lines.allSatisfy { $0.count <= 81 })
  }
}
