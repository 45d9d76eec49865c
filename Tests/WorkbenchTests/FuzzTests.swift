import Script
import TestSupport
import Testing
import Workbench

@Suite struct FuzzTests {
  @Test func nothingTrapsOnWrongArguments() {
    var fuzz = Fuzz()
    fuzz.exceptions = ["bl.threads"]
    fuzz.run(Workbench.library)
    #expect(fuzz.callCount > 1000)
    #expect(fuzz.silent.isEmpty, "errors without a message: \(fuzz.silent)")
  }
}
