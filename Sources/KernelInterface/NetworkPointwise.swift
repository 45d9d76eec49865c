/// What a pointwise pass computes from maps of a layer of R(x) = Σ_c w_c Σ_p a(u_cp), where
/// u = Wz z + bz, z = a(t), t = Wx x + bx.
///
/// The maps are called a, b, … in the order of the pass; a prime is a derivative of the activation,
/// which is a(t) = τ A(t/τ), so that ∂a/∂log τ = a − t a′, ∂a′/∂log τ = −t a″ and
/// ∂a″/∂log τ = −a″ − t a‴. What is called a sum is added to the pass's sums of each channel, for
/// log w, for the bias and for log τ. The pre-activations come without the bias, which is added here.
public enum NetworkOperation: Sendable {
  // MARK: Any layer

  /// a ← b + c.
  case sum
  /// a ← b c.
  case product
  /// a ← a b + c d.
  case combination

  // MARK: The first layer, t = a + bias

  /// a ← a(t).
  case activate
  /// a ← a(t), b ← a′(t).
  case activateWithSlope
  /// a ← a(t), b ← a′(t), c ← a″(t).
  case activateWithCurvature
  /// b = Wx q: c ← a(t), d ← a′(t) b.
  case mixedForward
  /// b = Wx q, c = Wzᵀ g, d = Wzᵀ p: c ← c a′(t), d ← d a′(t) + c a″(t) b; sums of d, and of
  /// −t a″ c b + (a − t a′) d.
  case mixedBackward
  /// b = Ẇx x: b ← b + ḃ, c ← a(t), d ← a′(t) b + (a − t a′) τ̇.
  case directionForward
  /// b = ṫ, c = Wzᵀ g, d = ḣ: c ← c a′(t), d ← d a′(t) + c a″(t) (b − t τ̇).
  case directionBackward
  /// b = Wx q, c = Wx e: d ← a(t), e ← a′ b, f ← a′ c, g ← a″ b c.
  case higherForward
  /// b = Wx q, c = Wx e, d = h, e, f and g what the last layer made of q, e and both: e ← e a′ + d a″ b,
  /// f ← f a′ + d a″ c, g ← g a′ + e a″ c + f a″ b + d a‴ b c; sums of g, and of
  /// (a − t a′) g − t a″ (e c + f b) − (a″ + t a‴) d b c, with e, f and g as they came.
  case higherBackward

  // MARK: The last layer, u = a + bias

  /// a ← w a′(u), and row sums of w a(u).
  case output
  /// a ← w a′(u), b ← w a″(u).
  case outputWithCurvature
  /// b = r: a ← w a′(u), b ← w a″(u) b; sums of w a′ r, of b, and of −u b.
  case outputMixed
  /// a ← w a′(u), b ← ẇ a′(u) + w a″(u) (b + c + ḃ − u τ̇).
  case outputDirection
  /// b, c, d = Wz of what the first layer made of q, e and both: a ← w a′, b ← w a″ b, c ← w a″ c,
  /// d ← w a‴ b c + w a″ d; sums of w a″ b c + w a′ d, of the new d, and of −w a″ b c − u d.
  case outputHigher
}

/// The activations that pointwise passes know; the definitions stand with `Activation`.
public enum NetworkActivation: Sendable {
  /// 0, t²/(2τ), t − τ/2.
  case smoothedRamp
  /// τ log(1 + e^(t/τ)).
  case softplus
}

/// One pointwise operation on some rows of all maps of a layer, which are laid out alike.
public struct NetworkPointwise {
  /// Whether the elements are Float, not Double.
  public var single: Bool
  /// The activation.
  public var activation: NetworkActivation
  /// What is computed.
  public var operation: NetworkOperation
  /// Maps of the layer.
  public var channels: Int
  /// Rows.
  public var rows: Int
  /// Columns; the rest of the last vector is written as zeros.
  public var columns: Int
  /// From one row to the next.
  public var rowStride: Int
  /// From one map to the next.
  public var channelStride: Int
  /// τ.
  public var smoothing: Double
  /// Bias of every map.
  public var biases: UnsafePointer<Double>
  /// w of every map of the last layer.
  public var weights: UnsafePointer<Double>
  /// Start of the maps a.
  public var a: UnsafeMutableRawPointer
  /// Start of the maps b, where the operation has them.
  public var b: UnsafeMutableRawPointer?
  /// Start of the maps c, where the operation has them.
  public var c: UnsafeMutableRawPointer?
  /// Start of the maps d, where the operation has them.
  public var d: UnsafeMutableRawPointer?
  /// Start of the maps e, where the operation has them.
  public var e: UnsafeMutableRawPointer?
  /// Start of the maps f, where the operation has them.
  public var f: UnsafeMutableRawPointer?
  /// Start of the maps g, where the operation has them.
  public var g: UnsafeMutableRawPointer?
  /// ḃ of every map.
  public var biasDirections: UnsafePointer<Double>?
  /// ẇ of every map of the last layer.
  public var weightDirections: UnsafePointer<Double>?
  /// The direction of log τ.
  public var smoothingDirection = 0.0
  /// One sum for every row.
  public var rowSums: UnsafeMutablePointer<Double>?
  /// Three sums for every map: for log w, the bias and log τ.
  public var sums: UnsafeMutablePointer<Double>?

  /// A pass on maps, without directions and sums.
  public init(
    single: Bool, activation: NetworkActivation, operation: NetworkOperation, channels: Int,
    rows: Int, columns: Int, rowStride: Int, channelStride: Int, smoothing: Double,
    biases: UnsafePointer<Double>, weights: UnsafePointer<Double>, a: UnsafeMutableRawPointer
  ) {
    self.single = single
    self.activation = activation
    self.operation = operation
    self.channels = channels
    self.rows = rows
    self.columns = columns
    self.rowStride = rowStride
    self.channelStride = channelStride
    self.smoothing = smoothing
    self.biases = biases
    self.weights = weights
    self.a = a
  }
}

/// The passes of a two-layer network that are not convolutions.
public struct NetworkEntries: Sendable {
  /// Activations of maps, and what follows from them.
  public var pointwise: @Sendable (NetworkPointwise) -> Void

  /// Entries of one variant.
  public init(pointwise: @escaping @Sendable (NetworkPointwise) -> Void) {
    self.pointwise = pointwise
  }
}
