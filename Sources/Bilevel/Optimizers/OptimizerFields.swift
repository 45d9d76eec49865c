import Script

/// Arguments that optimizers share.
enum OptimizerFields {
  static let hypergradient = Kind<any HypergradientEstimator>.object(
    (any HypergradientEstimator).self, "a hypergradient method")

  /// What every scheduled method has.
  static func scheduled<Method: ScheduledMethod>(_ type: Method.Type) -> [Field<Method>] {
    [
      Field("step_size", \.stepSize, .schedule, "alpha at step k"),
      Field("eps", \.eps, .schedule, "accuracy of the lower level at step k"),
      Field(
        "delta", \.delta, .optional(.schedule),
        "accuracy of the linear system; eps times the loss's smoothness when absent"),
      Field("hypergradient", \.hypergradient, hypergradient, "how z is computed"),
      Field("on_failure", \.onFailure, .choice, "what a failed solve leads to"),
    ]
  }

  static func warmStart<Record>(_ path: WritableKeyPath<Record, Bool>) -> [Field<Record>] {
    [
      Field(
        "warm_start", path, .boolean,
        "start each solve at the sample's last solution; keeps two images a sample")
    ]
  }

  static func adam<Record>(_ path: WritableKeyPath<Record, AdamRule>) -> [Field<Record>] {
    let share = Kind<Double>.number(atLeast: 0, below: 1)
    return [
      Field("beta1", path.appending(path: \.beta1), share, "memory of the mean gradient"),
      Field("beta2", path.appending(path: \.beta2), share, "memory of the mean square"),
      Field(
        "stabilizer", path.appending(path: \.stabilizer), .positive,
        "added to the root of the mean square"),
    ]
  }

  static let stochasticDetails = """
    Each step takes the next mini-batch (option batch of steps and minimize; all samples without it), \
    solves its samples to eps(k) and delta(k), and moves theta by step_size(k). Schedules count \
    mini-batch steps from 0. step.loss, step.psnr and step.gradient are those of the batch, which has \
    step.loss_samples samples; the option full_loss_every evaluates all samples every so many steps. \
    Where the data redraw their noise, each epoch has its own, and solves never start from those of \
    another epoch.
    """
}
