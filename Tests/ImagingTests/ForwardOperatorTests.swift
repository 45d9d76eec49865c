import Imaging
import TestSupport
import Testing

@Suite struct ForwardOperatorTests {
  @Test func identityObeysTheLaws() throws {
    try checkLaws(of: IdentityOperator(), on: [1, 5, 7])
    try checkLaws(of: IdentityOperator(), on: [3, 4, 4])
  }
}
