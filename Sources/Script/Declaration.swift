/// A type whose instances scripts can hold, call and read about.
///
/// The declaration is data at the foot of the type's own file:
///
///     extension GaussianNoise: Scriptable {
///       public static let declaration = Declaration(
///         GaussianNoise.self, "gaussian", "Adds independent normal noise.",
///         example: "bl.noise.gaussian { sigma = 0.1 }"
///       ) {
///         Constructor(GaussianNoise()) {
///           Field("sigma", \.sigma, .number(atLeast: 0), "standard deviation", unit: "image units")
///           Field("seed", \.seed, .optional(.integer), "key of the noise; drawn when absent")
///         }
///         Method(
///           "apply", "The noisy image.", Argument("image", .object(Image.self), "the clean image")
///         ) { noise, image in try noise.applied(to: image) }
///         Property("variance", "σ².") { noise in noise.sigma * noise.sigma }
///       }
///     }
///
/// From it come the binding, the checks, the error texts, `help()`, the manual, and the way the
/// object prints itself: `gaussian { sigma = 0.1 }`.
public protocol Scriptable: Readable, Writable {
  /// The script face of the type.
  static var declaration: Declaration { get }
  /// Bytes that the instance holds outside of the script's own memory, for the collector's pace.
  var externalByteCount: Int { get }
}

extension Scriptable {
  /// How a script's value is read.
  public static var kind: Kind<Self> { .object(Self.self) }
  /// An instance of the type.
  public static var scriptType: ScriptType { .instance(ObjectIdentifier(Self.self)) }
  /// What a script sees.
  public var scriptValue: Value { .object(self) }
  /// None, unless the type says otherwise.
  public var externalByteCount: Int { 0 }
}

/// Everything a script can see of one type.
public struct Declaration: @unchecked Sendable {
  /// The type's name in scripts, which is its constructor's name.
  public let name: String
  /// What the manual says.
  public let page: Page
  /// What makes an instance; nil where scripts cannot.
  public let constructor: Function?
  /// `object:name(…)`, the object being the first argument.
  public let methods: [Function]
  /// `object.name`.
  public let properties: [PropertyAccess]
  /// Metamethods, the object being among the arguments.
  public let operators: [Symbol: Function]
  /// `object[key]`.
  public let elements: ElementAccess?
  /// `object.name` for names that only the instance knows.
  public let dynamic: DynamicAccess?
  /// The Swift type.
  public let identity: ObjectIdentifier
  private let textOf: ((Any) -> String?)?
  private let summaryOf: ((Any) -> String?)?

  /// The declaration of a type by its members.
  public init<Owner>(
    _ type: Owner.Type, _ name: String, _ summary: String, details: String = "",
    example: String = "", source: String = "",
    @MemberBuilder<Owner> members: () -> [Member] = { [] }
  ) {
    let members = members()
    identity = ObjectIdentifier(type)
    self.name = name
    page = Page(summary, details: details, example: example, source: source)
    var constructor: Function?
    var operators: [Symbol: Function] = [:]
    var elements: ElementAccess?
    var dynamic: DynamicAccess?
    var textOf: ((Any) -> String?)?
    var summaryOf: ((Any) -> String?)?
    for member in members {
      switch member {
      case .constructor(let make):
        let parts = make(name, Page(summary, details: details, example: example, source: source))
        constructor = parts.function
        textOf = textOf ?? parts.text
      case .operator(let symbol, let function): operators[symbol] = function
      case .elements(let access): elements = access
      case .dynamic(let lookup): dynamic = lookup
      case .text(let text): textOf = text
      case .summary(let text): summaryOf = text
      case .method, .property: break
      }
    }
    methods = members.compactMap { if case .method(let function) = $0 { function } else { nil } }
    properties = members.compactMap {
      if case .property(let property) = $0 { property } else { nil }
    }
    self.constructor = constructor
    self.operators = operators
    self.elements = elements
    self.dynamic = dynamic
    self.textOf = textOf
    self.summaryOf = summaryOf
  }

  /// What `tostring(object)` answers, where the instance knows it by itself.
  public func text(of instance: Any) -> String? { textOf?(instance) }

  /// What the prompt shows of it, where that is not its text.
  public func summary(of instance: Any) -> String? { summaryOf?(instance) }

  /// All names that follow a dot or a colon.
  public func memberNames(of instance: Any) -> [String] {
    (methods.map(\.name) + properties.map(\.name) + (dynamic?.names(instance) ?? [])).sorted()
  }

  /// `object.name` for what is no method: a property, or an error that names what there is.
  public func property(_ name: String, of object: ScriptObject) throws -> Value {
    if let property = properties.first(where: { $0.name == name }) {
      return try property.get(object.content)
    }
    if let value = try dynamic?.get(object.content, name) { return value }
    throw Misuse.unknownMember(name, of: self.name, known: memberNames(of: object.content))
  }

  /// `object[key]` for keys that are no strings.
  public func element(_ key: Value, of object: ScriptObject) throws -> [Value] {
    guard let elements else {
      throw ScriptError("\(name) has no elements (index \(key.sketch))")
    }
    return try Misuse.wording(function: name) { try elements.get(object.content, key) }
  }

  /// `object[key] = value` or `object.name = value`.
  public func assign(_ value: Value, to key: Value, of object: ScriptObject) throws {
    if case .string(let text) = key, !(elements?.acceptsNames ?? false) {
      throw Misuse.readOnly("'\(text)'", of: name)
    }
    guard let set = elements?.set else { throw Misuse.readOnly("an element", of: name) }
    try Misuse.wording(function: name) { try set(object, key, value) }
  }
}
