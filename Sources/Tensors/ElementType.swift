import Script

/// The element type of a tensor, chosen at run time.
public enum ElementType: String, Sendable, CaseIterable {
  /// 32-bit IEEE 754: twice the speed, accurate to about 1e-6.
  case float32
  /// 64-bit IEEE 754: the default.
  case float64

  /// Bytes of one element.
  public var byteCount: Int { self == .float32 ? 4 : 8 }

  /// Half the distance from 1 to the next number: 2⁻²⁴ or 2⁻⁵³.
  public var unitRoundoff: Double { self == .float32 ? 0x1p-24 : 0x1p-53 }
}

extension ElementType: Readable {
  /// `"float32"` or `"float64"`.
  public static var kind: Kind<ElementType> { .choice }
}
