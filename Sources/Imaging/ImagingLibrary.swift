import Script

/// What this room opens to scripts.
public enum ImagingLibrary: ScriptLibrary {
  /// Data, noise, operators, measures and pictures.
  public static let entries: [Entry] = [
    .group("data", "Datasets: fixed sequences of images.", datasets),
    .group(
      "noise", "What a measurement adds: a fixed function of (seed, index).",
      [.type(GaussianNoise.self), .type(PoissonNoise.self), .type(NoNoise.self)]),
    .group("operator", "Linear forward operators.", operators),
    .group(
      "metric", "Measures of how near an image is to the truth.",
      [.type(PSNR.self), .type(SSIM.self), .type(MeanSquaredError.self)]),
    .group(
      "plot", "Plots and pictures, to be saved or shown.",
      PictureFunctions.entries
        + [.function(LinePlot.function), .function(Histogram.function), .type(Plot.self)]),
  ]

  private static let operators: [Entry] = [
    .type(IdentityOperator.self), .type(MaskOperator.self), .type(BlurOperator.self),
    .type(FourierOperator.self), .type(RadonOperator.self), .type(DownsamplingOperator.self),
    .type(MatrixOperator.self), .type(ComposedOperator.self),
  ]

  private static let datasets: [Entry] = [
    .type(Images.self), .type(DeadLeaves.self), .type(PiecewiseConstant.self),
    .type(Phantom.self), .type(TensorDataset.self), .type(Patches.self), .type(Augmented.self),
    .type(DatasetSlice.self), .type(MappedDataset.self), .type(Observations.self),
    .type(Sample.self),
  ]
}
