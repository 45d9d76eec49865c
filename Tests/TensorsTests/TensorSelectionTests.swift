import Script
import Tensors
import Testing

@Suite struct TensorSelectionTests {
  let cube = Tensor((0..<24).map(Double.init), shape: [2, 3, 4])

  @Test func partsAreCopies() throws {
    #expect(try cube.selected([.index(1)]).shape == [3, 4])
    #expect(try cube.selected([.index(1), .index(2), .index(3)]).elements == [23])
    let part = try cube.selected([.all, .range(start: 1, count: 2, step: 1), .index(0)])
    #expect(part.shape == [2, 2])
    #expect(part.elements == [4, 8, 16, 20])
    let backwards = try cube.selected([.index(0), .index(0), .range(start: 3, count: 4, step: -1)])
    #expect(backwards.elements == [3, 2, 1, 0])
    let sparse = try cube.selected([.index(0), .all, .range(start: 0, count: 2, step: 3)])
    #expect(sparse.elements == [0, 3, 4, 7, 8, 11])
    #expect(try cube.selected([.range(start: 0, count: 0, step: 1)]).shape == [0, 3, 4])
  }

  @Test func assignmentWritesThePartOnly() throws {
    var changed = cube
    try changed.assign(-1, to: [.all, .index(1), .range(start: 1, count: 2, step: 1)])
    for flat in 0..<24 {
      let inside = flat / 4 % 3 == 1 && (1...2).contains(flat % 4)
      #expect(changed[flat: flat] == (inside ? -1 : Double(flat)))
    }
    #expect(cube[flat: 5] == 5)
    try changed.assign(Tensor([1, 2, 3], shape: [3, 1]), to: [.index(0)])
    #expect(changed.elements[..<12] == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    #expect(throws: ScriptError.self) { try changed.assign(Tensor(zeros: [5]), to: [.index(0)]) }
    #expect(throws: ScriptError.self) {
      try changed.assign(Tensor(zeros: [2, 2]), to: [.index(0), .index(0)])
    }
  }

  @Test(arguments: [
    [AxisSelection.index(2)], [.index(-1)], [.range(start: 0, count: 3, step: 1)],
    [.range(start: 1, count: 3, step: -1)], [.all, .all, .all, .all],
  ])
  func positionsOutsideAreErrors(selections: [AxisSelection]) {
    #expect(throws: ScriptError.self) { try cube.selected(selections) }
  }

  @Test func transpositionMovesAxes() throws {
    #expect(cube.transposed().shape == [4, 3, 2])
    #expect(cube.transposed().elements[..<4] == [0, 12, 4, 16])
    let moved = try cube.transposed([2, 0, 1])
    #expect(moved.shape == [4, 2, 3])
    #expect(try moved.selected([.index(3), .index(1), .index(2)]).elements == [23])
    #expect(try moved.transposed([1, 2, 0]).elements == cube.elements)
    #expect(throws: ScriptError.self) { try cube.transposed([0, 1]) }
    #expect(throws: ScriptError.self) { try cube.transposed([0, 1, 1]) }
  }

  @Test func reshapingKeepsTheOrder() throws {
    #expect(try cube.reshaped(to: [6, -1]).shape == [6, 4])
    #expect(try cube.reshaped(to: [24]).elements == cube.elements)
    #expect(throws: ScriptError.self) { try cube.reshaped(to: [5, -1]) }
    #expect(throws: ScriptError.self) { try cube.reshaped(to: [-1, -1]) }
    #expect(throws: ScriptError.self) { try cube.reshaped(to: [7, 3]) }
  }

  @Test func tensorsAreJoined() throws {
    let row = Tensor([1, 2], shape: [2])
    #expect(try Tensor(stacking: [row, row, row]).shape == [3, 2])
    let wide = try Tensor(concatenating: [cube, cube], axis: 1)
    #expect(wide.shape == [2, 6, 4])
    #expect(
      try wide.selected([.all, .range(start: 3, count: 3, step: 1)]).elements == cube.elements)
    #expect(throws: ScriptError.self) { try Tensor(stacking: [row, cube]) }
    #expect(throws: ScriptError.self) { try Tensor(stacking: []) }
    #expect(throws: ScriptError.self) { try Tensor(concatenating: [row, cube], axis: 0) }
  }

  @Test func sequencesMeetTheirEnds() throws {
    #expect(try Tensor(from: 1, through: 4, by: 1).elements == [1, 2, 3, 4])
    #expect(try Tensor(from: 0, through: 1, by: 0.1).count == 11)
    #expect(try Tensor(from: 3, through: 0, by: -1.5).elements == [3, 1.5, 0])
    #expect(try Tensor(from: 1, through: 0, by: 1).count == 0)
    #expect(throws: ScriptError.self) { try Tensor(from: 0, through: 1, by: 0) }
    #expect(throws: ScriptError.self) { try Tensor(from: 0, through: 1e300, by: 1) }
    #expect(try Tensor(from: 0, to: 1, count: 5).elements == [0, 0.25, 0.5, 0.75, 1])
    #expect(try Tensor(from: 2, to: 3, count: 1).elements == [2])
    #expect(Tensor(identity: 2).elements == [1, 0, 0, 1])
  }
}
