import Kernels
import Script
import Tensors
import TestSupport
import Testing

@Suite struct TensorProductsTests {
  @Test(
    arguments: [(1, 1, 1), (4, 8, 5), (5, 9, 3), (13, 17, 300), (3, 7, 257), (8, 0, 2), (2, 3, 0)],
    ElementType.allCases)
  func matricesMultiplyAsTheirSums(size: (Int, Int, Int), elementType: ElementType) throws {
    let (m, n, k) = size
    var source = RandomSource(seed: 41)
    let a = Tensor(normal: [m, k], elementType, from: &source)
    let b = Tensor(normal: [k, n], elementType, from: &source)
    let c = try a.multiplied(by: b)
    #expect(c.shape == [m, n])
    let tolerance = elementType == .float32 ? 1e-4 : 1e-12
    for i in 0..<m {
      for j in 0..<n {
        let sum = (0..<k).reduce(0.0) { $0 + a[flat: i * k + $1] * b[flat: $1 * n + j] }
        #expect(abs(c[flat: i * n + j] - sum) < tolerance)
      }
    }
  }

  @Test func vectorsAreRowsAndColumns() throws {
    let matrix = Tensor([1, 2, 3, 4], shape: [2, 2])
    let vector = Tensor([1, 10], shape: [2])
    #expect(try matrix.multiplied(by: vector).elements == [21, 43])
    #expect(try vector.multiplied(by: matrix).elements == [31, 42])
    #expect(try vector.multiplied(by: vector).elements == [101])
    #expect(try vector.multiplied(by: vector).shape == [])
    #expect {
      try matrix.multiplied(by: Tensor(zeros: [3, 2]))
    } throws: {
      "\($0)".contains("{2, 2} and {3, 2}")
    }
    #expect(throws: ScriptError.self) { try matrix.multiplied(by: Tensor(zeros: [])) }
  }

  @Test(arguments: Boundary.allCases, [(3, 3), (5, 1), (7, 9)])
  func correlationAgreesWithItsDefinition(boundary: Boundary, kernel: (Int, Int)) throws {
    var source = RandomSource(seed: 42)
    let x = Tensor(normal: [2, 5, 4], from: &source)
    let bank = Tensor(normal: [3, 2, kernel.0, kernel.1], from: &source)
    let out = try x.correlated(with: bank, boundary: boundary)
    #expect(out.shape == [3, 5, 4])
    for o in 0..<3 {
      for i in 0..<5 {
        for j in 0..<4 {
          var sum = 0.0
          for c in 0..<2 {
            for a in 0..<kernel.0 {
              for b in 0..<kernel.1 {
                let row = outside(i + a - kernel.0 / 2, 5, boundary)
                let column = outside(j + b - kernel.1 / 2, 4, boundary)
                guard let row, let column else { continue }
                let tap = ((o * 2 + c) * kernel.0 + a) * kernel.1 + b
                sum += bank[flat: tap] * x[flat: (c * 5 + row) * 4 + column]
              }
            }
          }
          #expect(abs(out[flat: (o * 5 + i) * 4 + j] - sum) < 1e-12)
        }
      }
    }
  }

  @Test func oneKernelActsOnEveryChannel() throws {
    var source = RandomSource(seed: 43)
    let x = Tensor(normal: [3, 6, 7], .float32, from: &source)
    let kernel = Tensor(normal: [3, 3], .float32, from: &source)
    let all = try x.correlated(with: kernel, boundary: .reflect)
    for c in 0..<3 {
      let one = try x.selected([.index(c)]).correlated(with: kernel, boundary: .reflect)
      #expect(try all.selected([.index(c)]).elements == one.elements)
    }
    #expect(throws: ScriptError.self) { try x.correlated(with: Tensor(zeros: [2, 3])) }
    #expect(throws: ScriptError.self) { try x.correlated(with: Tensor(zeros: [1, 2, 3, 3])) }
    #expect(throws: ScriptError.self) { try Tensor(zeros: [4]).correlated(with: kernel) }
    #expect(try Tensor(zeros: [0, 4]).correlated(with: kernel).shape == [0, 4])
  }

  /// By walking: mirrored or repeated one step at a time.
  private func outside(_ position: Int, _ extent: Int, _ boundary: Boundary) -> Int? {
    var position = position
    while position < 0 || position >= extent {
      switch boundary {
      case .zero: return nil
      case .periodic: position += position < 0 ? extent : -extent
      case .reflect: position = position < 0 ? -position : 2 * (extent - 1) - position
      }
    }
    return position
  }
}
