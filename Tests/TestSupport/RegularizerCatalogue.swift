import Bilevel
import Kernels
import Tensors

/// Small cases of every regularizer; a new member is checked for its laws once it stands here.
public enum RegularizerCatalogue {
  /// All cases.
  public static let cases: [RegularizerCase] =
    [RegularizerCase("tikhonov", Tikhonov(), shape: [2, 9, 7]), sum] + totalVariation
    + fieldsOfExperts + networks

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
            channels: 4, size: 3, potential: potential, imageChannels: channels,
            initialScaling: -1, initialSmoothing: -1),
          shape: [channels, 11, 14]),
      ]
    }
  }
}
