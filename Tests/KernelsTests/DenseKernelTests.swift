import Kernels
import Testing

/// Products with a dense matrix, against sums written out, for extents around every tile and lane.
@Suite struct DenseKernelTests {
  struct Extents: Sendable, CustomStringConvertible {
    let rows: Int
    let depth: Int
    let vectors: Int
    var description: String { "\(rows) × \(depth), \(vectors)" }
  }

  static let extents = [1, 3, 4, 7, 8, 9, 17].flatMap { rows in
    [1, 2, 7, 8, 15, 16, 33, 131].flatMap { depth in
      [1, 2, 3, 4, 5, 10].map { Extents(rows: rows, depth: depth, vectors: $0) }
    }
  }

  /// Small whole numbers, so that every order of summation gives the same.
  private func numbers<Element: BinaryFloatingPoint>(_ count: Int, _ seed: Int) -> [Element] {
    (0..<count).map { Element((($0 + seed) * 7919) % 13 - 6) }
  }

  private func check<Element: BinaryFloatingPoint>(
    _ e: Extents, _ set: InstructionSet, _ type: Element.Type
  ) {
    let kernel = DenseKernel(singlePrecision: Element.self == Float.self, instructions: set)
    let a: [Element] = numbers(e.rows * e.depth, 1)
    let w: [Element] = numbers(e.vectors * e.depth, 2)
    let z: [Element] = numbers(e.rows * e.vectors, 3)
    var product = [Element](repeating: 99, count: e.rows * e.vectors)
    kernel.product(rows: e.rows, depth: e.depth, vectors: e.vectors, a, w, into: &product)
    var adjoint = w
    kernel.addAdjoint(rows: e.rows, depth: e.depth, vectors: e.vectors, a, z, to: &adjoint)
    for c in 0..<e.vectors {
      for i in 0..<e.rows {
        let sum = (0..<e.depth).reduce(Element.zero) {
          $0 + a[i * e.depth + $1] * w[c * e.depth + $1]
        }
        #expect(product[i * e.vectors + c] == sum)
      }
      for k in 0..<e.depth {
        let sum = (0..<e.rows).reduce(w[c * e.depth + k]) {
          $0 + a[$1 * e.depth + k] * z[$1 * e.vectors + c]
        }
        #expect(adjoint[c * e.depth + k] == sum)
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func productsAreTheirDefinition(_ set: InstructionSet) {
    for e in Self.extents {
      check(e, set, Float.self)
      check(e, set, Double.self)
    }
  }
}
