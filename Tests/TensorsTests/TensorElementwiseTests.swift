import Kernels
import Script
import Tensors
import TestSupport
import Testing

@Suite struct TensorElementwiseTests {
  static let shapes: [(Shape, Shape)] = [
    ([3, 4], [3, 4]), ([3, 4], []), ([], [2]), ([3, 4], [4]), ([3, 1], [1, 4]),
    ([2, 3, 4], [3, 1]),
    ([1], [5]), ([2, 1, 3], [4, 1]), ([0, 3], [1, 3]), ([4, 1, 1, 2], [3, 1, 2]),
  ]

  @Test(arguments: shapes, BinaryOperation.allCases)
  func broadcastingAgreesWithIndices(shapes: (Shape, Shape), operation: BinaryOperation) throws {
    var source = RandomSource(seed: 21)
    let a = Tensor(uniform: shapes.0, lower: 0.5, upper: 2, from: &source)
    let b = Tensor(uniform: shapes.1, lower: 0.5, upper: 2, from: &source)
    let c = try a.combined(operation, with: b)
    let target = c.shape
    for flat in 0..<target.count {
      let index = position(flat, in: target)
      let expected = naive(operation, element(a, at: index), element(b, at: index))
      #expect(abs(c[flat: flat] - expected) <= 4e-15)
    }
  }

  @Test func shapesThatDoNotFitAreNamed() {
    let a = Tensor(zeros: [2, 3])
    let b = Tensor(zeros: [2, 4])
    #expect {
      try a.combined(.add, with: b)
    } throws: {
      "\($0)".contains("{2, 3}") && "\($0)".contains("{2, 4}")
    }
  }

  @Test func mixedElementTypesGiveFloat64AndNumbersKeepTheType() throws {
    let a = Tensor(repeating: 1, shape: [2], .float32)
    let b = Tensor(repeating: 0.1, shape: [2])
    #expect(try a.combined(.add, with: b).elementType == .float64)
    #expect(a.combined(.add, with: 0.1).elementType == .float32)
    #expect(Tensor.combined(.divide, 1, with: a).elementType == .float32)
    #expect(Tensor.combined(.subtract, 3, with: b).elements == [2.9, 2.9])
  }

  @Test func resultsLargerThanTheMemoryAreAnError() throws {
    let a = Tensor(zeros: [3_000_000, 1], .float32)
    let b = Tensor(zeros: [1, 3_000_000], .float32)
    #expect(throws: ScriptError.self) { try a.combined(.add, with: b) }
    #expect(throws: ScriptError.self) { try Shape(checked: [.max, 2]) }
    #expect(throws: ScriptError.self) { try Shape(checked: [1 << 60]) }
    #expect(try Shape(checked: [0, 1 << 20]).count == 0)
  }

  @Test func oneNumberFunctionsAgreeWithTheLibrary() {
    let x = Tensor([-1.5, -0.5, 0, 0.25, 2.5], shape: [5])
    #expect(x.mapped(.abs).elements == [1.5, 0.5, 0, 0.25, 2.5])
    #expect(x.mapped(.floor).elements == [-2, -1, 0, 0, 2])
    #expect(x.mapped(.ceil).elements == [-1, 0, 0, 1, 3])
    #expect(x.mapped(.round).elements == [-2, 0, 0, 0, 2])
    #expect(x.mapped(.sign).elements == [-1, -1, 0, 1, 1])
    #expect(x.mapped(.sqrt)[flat: 3] == 0.5)
    #expect(x.mapped(.sqrt)[flat: 0].isNaN)
    #expect(x.mapped(.exp).mapped(.log).equals(x, within: 1e-15))
    let ones = x.mapped(.sin).combined(.power, with: 2)
    let sum = try? ones.combined(.add, with: x.mapped(.cos).combined(.power, with: 2))
    #expect(sum?.equals(Tensor(repeating: 1, shape: [5]), within: 1e-15) == true)
    #expect(x.clamped(from: -1, to: 1).elements == [-1, -0.5, 0, 0.25, 1])
  }

  @Test func extremaPassNaNOn() throws {
    let a = Tensor([1, .nan, 2], shape: [3])
    let b = Tensor([.nan, 0, 1], shape: [3])
    for operation in [BinaryOperation.minimum, .maximum] {
      let c = try a.combined(operation, with: b)
      #expect(c[flat: 0].isNaN && c[flat: 1].isNaN && !c[flat: 2].isNaN)
    }
    #expect(try a.minimum().isNaN && a.maximum().isNaN)
    #expect(a.norm(.infinity).isNaN)
  }

  @Test func copiesAreIndependent() {
    let a = Tensor(repeating: 1, shape: [3])
    var b = a
    b[flat: 0] = 5
    #expect(a.elements == [1, 1, 1])
    #expect(b.elements == [5, 1, 1])
  }

  private func position(_ flat: Int, in shape: Shape) -> [Int] {
    zip(shape.extents, shape.strides).map { flat / $1 % $0 }
  }

  private func element(_ tensor: Tensor, at index: [Int]) -> Double {
    let own = index.suffix(tensor.shape.rank)
    var flat = 0
    for (axis, position) in own.enumerated() {
      flat += tensor.shape[axis] == 1 ? 0 : position * tensor.shape.strides[axis]
    }
    return tensor[flat: flat]
  }

  private func naive(_ operation: BinaryOperation, _ a: Double, _ b: Double) -> Double {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power:
      Tensor([a], shape: []).mapped(.log).combined(.multiply, with: b).mapped(.exp)[flat: 0]
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .equal: a == b ? 1 : 0
    }
  }
}
