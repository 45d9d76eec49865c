import Bilevel
import Kernels
import Tensors

/// Small cases of every regularizer; a new member is checked for its laws once it stands here.
public enum RegularizerCatalogue {
  /// All cases.
  public static let cases: [RegularizerCase] =
    [RegularizerCase("tikhonov", Tikhonov(), shape: [2, 9, 7]), sum] + totalVariation
    + fieldsOfExperts + convexRidge + weaklyConvexRidge + networks + frames

  /// Three members, two of them alike.
  public static let sum = RegularizerCase(
    "sum",
    Sum([
      TotalVariation(initialLogSmoothing: -2),
      FieldsOfExperts(
        filters: 3, size: 3, channels: 2, initialLogSmoothing: -2, initialFilterNorm: 1),
      TotalVariation(coupling: .anisotropic, initialLogWeight: -6, initialLogSmoothing: -2),
    ]), shape: [2, 12, 15])

  /// Both couplings, one and three channels; images, a row and a column.
  public static let totalVariation = TotalVariation.Coupling.allCases.flatMap { coupling in
    [[1, 14, 19], [3, 14, 19], [2, 1, 60], [1, 45, 1]].map { (shape: Shape) in
      RegularizerCase(
        "total_variation \(coupling.rawValue), \(shape)", TotalVariation(coupling: coupling),
        shape: shape)
    }
  }

  /// Filters that are given: every boundary, family and number of levels, one and two channels.
  public static let frames =
    Boundary.allCases.map { boundary in
      RegularizerCase(
        "higher_order_variation \(boundary.rawValue)",
        HigherOrderVariation(
          boundary: boundary, channels: boundary == .zero ? 2 : 1, initialLogSmoothing: -2),
        shape: [boundary == .zero ? 2 : 1, 13, 17])
    }
    + [(.haar, 1, 2), (.haar, 2, 1), (.haar, 3, 1), (.linearSpline, 1, 2), (.linearSpline, 2, 1)]
    .map { (wavelet: WaveletFrame.Wavelet, levels: Int, channels: Int) in
      RegularizerCase(
        "wavelet_frame \(wavelet.rawValue), \(levels) levels",
        WaveletFrame(
          wavelet: wavelet, levels: levels, boundary: levels == 2 ? .zero : .reflect,
          channels: channels, initialLogSmoothing: -2),
        shape: [channels, 13, 17])
    }

  /// Every boundary and potential, one and three channels.
  public static let fieldsOfExperts = Boundary.allCases.flatMap { boundary in
    Potential.allCases.flatMap { potential in
      [1, 3].map { channels in
        let size = channels == 1 ? 5 : 3
        return RegularizerCase(
          "fields_of_experts \(boundary.rawValue) \(potential.rawValue), \(channels) channels",
          FieldsOfExperts(
            filters: 6, size: size, boundary: boundary, potential: potential, channels: channels,
            initialization: channels == 1 ? .dct : .random, initialLogSmoothing: -2,
            initialFilterNorm: 1),
          shape: [channels, 13, 17])
      }
    }
  }

  /// Every boundary and potential, one to three layers, grey and colour, both normalisations.
  public static let convexRidge =
    layered.map { name, ridge in
      RegularizerCase(
        "convex_ridge \(name)", ridge, shape: [ridge.imageChannels, 13, 17], spread: 0.1)
    }

  /// The same with a concave part.
  public static let weaklyConvexRidge =
    layered.map { name, ridge in
      RegularizerCase(
        "weakly_convex_ridge \(name)", WeaklyConvexRidge(ridge),
        shape: [ridge.imageChannels, 13, 17], spread: 0.1)
    }

  /// Small layers whose widths are as large as the responses.
  private static let layered: [(String, ConvexRidge)] = Boundary.allCases.flatMap { boundary in
    Potential.allCases.map { potential in
      let isColour = potential == .smoothedAbsolute
      let isSingle = boundary == .periodic && isColour
      let channels = isSingle ? [5] : boundary == .reflect ? [3, 2, 7] : [2, 6]
      let ridge = ConvexRidge(
        channels: channels, sizes: Array([5, 3, 3].prefix(channels.count)), potential: potential,
        boundary: boundary, imageChannels: isColour ? 3 : 1,
        normalization: potential == .logCosh ? .power : .fourier, normalizationSize: 9,
        initialScaling: 0, initialBeta: 1.5)
      let name =
        "\(boundary.rawValue) \(potential.rawValue), \(channels.count) layers, "
        + "\(ridge.imageChannels) channels, \(ridge.normalization.rawValue)"
      return (name, ridge)
    }
  }

  /// Networks and differences of them, both activations, one and three channels; Wz is not negative.
  public static let networks = Activation.allCases.flatMap { potential in
    [1, 3].flatMap { channels in
      [
        RegularizerCase(
          "icnn \(potential.rawValue), \(channels) channels",
          ICNN(
            channels: 7, size: channels == 1 ? 5 : 3, potential: potential,
            imageChannels: channels, initialScaling: -1, initialSmoothing: -1),
          shape: [channels, 13, 17]),
        RegularizerCase(
          "idcnn \(potential.rawValue), \(channels) channels",
          IDCNN(
            ICNN(
              channels: 4, size: 3, potential: potential, imageChannels: channels,
              initialScaling: -1, initialSmoothing: -1)),
          shape: [channels, 11, 14]),
      ]
    }
  }
}
