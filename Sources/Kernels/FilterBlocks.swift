import KernelInterface

/// Filters in blocks as large as a forward tile; the last block may have fewer.
struct FilterBlocks: Sendable {
  /// Number of filters.
  let filters: Int
  /// Filters that a pass computes at once.
  let size: Int

  /// Blocks of the larger size, or of the smaller one where they compute a tenth less.
  init(_ filters: Int, _ entries: RidgeEntries) {
    func computed(_ size: Int) -> Int { (filters + size - 1) / size * size }
    let (large, small) = entries.filtersPerBlock
    self.filters = filters
    size = 10 * computed(small) <= 9 * computed(large) ? small : large
  }

  /// Number of blocks.
  var count: Int { (filters + size - 1) / size }

  /// The filters of one block.
  subscript(block: Int) -> Range<Int> {
    block * size..<min((block + 1) * size, filters)
  }
}
