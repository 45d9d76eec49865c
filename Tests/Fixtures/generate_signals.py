"""The signals of Ehrhardt and Roberts, Inexact derivative-free optimization for bilevel learning, 2021:
indicators of random intervals on 256 points of [-2, 2] with noise 0.1, by NumPy's legacy generator
with seed 0. All intervals are drawn before all noise, so the noise depends on the number of signals.

Run: python generate_signals.py
"""

import numpy as np

POINTS, NOISE = 256, 0.1


def draw(count):
    """First and last index (exclusive) of each interval, and the noisy signals."""
    np.random.seed(0)
    grid = np.linspace(-2.0, 2.0, POINTS)
    truths = []
    for _ in range(count):
        center = np.random.uniform(-1.0, 1.0)
        radius = np.random.uniform(-0.5, -1.0)
        truths.append(((grid - center) ** 2 < radius**2).astype(float))
    observed = [truth + NOISE * np.random.randn(POINTS) for truth in truths]
    ends = [[np.argmax(t), POINTS - np.argmax(t[::-1])] for t in truths]
    return np.array(ends, dtype=float), np.array(observed)


ends, observed20 = draw(20)
_, observed10 = draw(10)
np.savez("step_signals.npz", ends=ends, observed10=observed10, observed20=observed20)
