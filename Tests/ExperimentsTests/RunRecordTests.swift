import Experiments
import Testing

@Suite("Run records")
struct RunRecordTests {
  @Test("An integer is no number of the same value")
  func valuesKeepTheirKind() {
    #expect(RecordedValue.integer(1) != RecordedValue.number(1))
  }
}
