/// One member of a declared type, with its owner's type erased.
public enum Member {
  case constructor((_ name: String, _ page: Page) -> (function: Function, text: (Any) -> String?))
  case method(Function)
  case property(PropertyAccess)
  case `operator`(Symbol, Function)
  case elements(ElementAccess)
  case dynamic(DynamicAccess)
  case text((Any) -> String?)
  case summary((Any) -> String?)

  /// Members that several types share, for the `Owner` that they have in common, which may be a
  /// protocol: `Member.shared(by: (any Regularizer).self) { Method(…) { regularizer in … } }`.
  public static func shared<Owner>(
    by type: Owner.Type, @MemberBuilder<Owner> _ members: () -> [Member]
  ) -> [Member] { members() }
}

/// Collects the members of a declaration, one after the other.
@resultBuilder
public enum MemberBuilder<Owner> {
  /// A constructor.
  public static func buildExpression(_ part: Constructor<Owner>) -> [Member] { [part.member] }
  /// A method.
  public static func buildExpression(_ part: Method<Owner>) -> [Member] { [part.member] }
  /// A property.
  public static func buildExpression(_ part: Property<Owner>) -> [Member] { [part.member] }
  /// An operator.
  public static func buildExpression(_ part: Operator<Owner>) -> [Member] { [part.member] }
  /// Access to elements.
  public static func buildExpression(_ part: Elements<Owner>) -> [Member] { [part.member] }
  /// Properties that only the instance knows.
  public static func buildExpression(_ part: DynamicProperties<Owner>) -> [Member] { [part.member] }
  /// The object's text.
  public static func buildExpression(_ part: Text<Owner>) -> [Member] { [part.member] }
  /// What the prompt shows of the object.
  public static func buildExpression(_ part: Summary<Owner>) -> [Member] { [part.member] }
  /// Members that several types share.
  public static func buildExpression(_ members: [Member]) -> [Member] { members }
  /// All lines.
  public static func buildBlock(_ members: [Member]...) -> [Member] { members.flatMap { $0 } }
}
