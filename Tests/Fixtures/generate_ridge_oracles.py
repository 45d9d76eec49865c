#!/usr/bin/env python3
"""Writes the oracle numbers `ridge_*.npz` and `variation_*.npz` of this folder.

Run (needs PyTorch and NumPy; Float64 on the processor, seconds):

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python Tests/Fixtures/generate_ridge_oracles.py

Every derivative is PyTorch's automatic differentiation of the energy written out below; before a
file is written, the energy is compared with a NumPy version that shares no code with it, and every
derivative with central finite differences. Nothing here knows the kernels under test.

Ridge energy (Fields of Experts), x of shape channels x height x width, no data term:

    R(x) = sum_k weights[k] sum_p phi(r_k[p]; smoothing[k]),
    r_k[i, j] = sum_{c, a, b} coefficients[k, c, a, b] x[c, i + a - r, j + b - r], r = (size-1)/2,

a cross-correlation of the same size; outside of the image x is 0 (zero), mirrored about the centres
of its border pixels (reflect, as numpy.pad) or repeated (periodic, numpy.pad's wrap).

    smoothed_absolute  phi = sqrt(t^2 + nu^2)
    huber              phi = t^2/(2 nu) for |t| <= nu, |t| - nu/2 beyond
    log_cosh           phi = nu log cosh(t/nu)

Total variation, dh[i, j] = x[i, j+1] - x[i, j] (0 in the last column), dv likewise by rows, each
channel by itself:

    isotropic    R(x) = weight sum sqrt(dh^2 + dv^2 + smoothing^2)
    anisotropic  R(x) = weight sum (sqrt(dh^2 + smoothing^2) + sqrt(dv^2 + smoothing^2))

Keys. Inputs: x, q, v (images), the parameters (coefficients, weights, smoothing; for total
variation weight, smoothing) and a direction_* for each parameter. Results, all at x:

    energy                 R(x)
    gradient               dR/dx
    hessian_product        d2R/dx2 v
    mixed_<parameter>      d/dparameter <dR/dx, q>, in natural units
    mixed_direction        d/dt dR/dx at parameters + t direction
    third_product          d/dt (d2R/dx2 q) at x + t v
    mixed_variation_<parameter>   d/dt mixed_<parameter> at x + t v
"""

import pathlib

import numpy as np
import torch
import torch.nn.functional as functional

FOLDER = pathlib.Path(__file__).resolve().parent
FILTERS = 5
# Responses nearer than this to Huber's kink would make Float32 comparisons a matter of luck.
KINK_MARGIN = 2e-4
PADDING = {"zero": "constant", "reflect": "reflect", "periodic": "circular"}
NUMPY_PADDING = {"zero": "constant", "reflect": "reflect", "periodic": "wrap"}


# The energies, in PyTorch.


def responses(x, coefficients, boundary):
    r = coefficients.shape[-1] // 2
    padded = functional.pad(x[None], (r, r, r, r), mode=PADDING[boundary])
    return functional.conv2d(padded, coefficients)[0]


def potential(kind, t, nu):
    if kind == "smoothed_absolute":
        return torch.sqrt(t * t + nu * nu)
    if kind == "huber":
        return torch.where(t.abs() <= nu, t * t / (2 * nu), t.abs() - nu / 2)
    return nu * torch.log(torch.cosh(t / nu))


def ridge_energy(boundary, kind):
    def energy(x, parameters):
        r = responses(x, parameters["coefficients"], boundary)
        weights = parameters["weights"][:, None, None]
        smoothing = parameters["smoothing"][:, None, None]
        return (weights * potential(kind, r, smoothing)).sum()

    return energy


def variation_energy(coupling):
    def energy(x, parameters):
        dh = functional.pad(x[:, :, 1:] - x[:, :, :-1], (0, 1, 0, 0))
        dv = functional.pad(x[:, 1:, :] - x[:, :-1, :], (0, 0, 0, 1))
        square = parameters["smoothing"] ** 2
        if coupling == "isotropic":
            magnitude = torch.sqrt(dh * dh + dv * dv + square)
        else:
            magnitude = torch.sqrt(dh * dh + square) + torch.sqrt(dv * dv + square)
        return parameters["weight"] * magnitude.sum()

    return energy


# The energies once more, in NumPy loops.


def ridge_energy_numpy(boundary, kind, x, coefficients, weights, smoothing):
    filters, channels, size, _ = coefficients.shape
    r = size // 2
    _, height, width = x.shape
    padded = np.pad(x, ((0, 0), (r, r), (r, r)), mode=NUMPY_PADDING[boundary])
    total = 0.0
    for k in range(filters):
        t = np.zeros((height, width))
        for c in range(channels):
            for a in range(size):
                for b in range(size):
                    t += coefficients[k, c, a, b] * padded[c, a : a + height, b : b + width]
        nu = smoothing[k]
        if kind == "smoothed_absolute":
            phi = np.hypot(t, nu)
        elif kind == "huber":
            inside = np.minimum(np.abs(t), nu)
            phi = inside**2 / (2 * nu) + (np.abs(t) - inside)
        else:
            phi = np.abs(t) + nu * (np.log1p(np.exp(-2 * np.abs(t) / nu)) - np.log(2))
        total += weights[k] * phi.sum()
    return total


def variation_energy_numpy(coupling, x, weight, smoothing):
    total = 0.0
    channels, height, width = x.shape
    for c, i, j in np.ndindex(channels, height, width):
        dh = x[c, i, j + 1] - x[c, i, j] if j + 1 < width else 0.0
        dv = x[c, i + 1, j] - x[c, i, j] if i + 1 < height else 0.0
        if coupling == "isotropic":
            total += np.sqrt(dh**2 + dv**2 + smoothing**2)
        else:
            total += np.hypot(dh, smoothing) + np.hypot(dv, smoothing)
    return weight * total


# Derivatives by automatic differentiation.


def derivatives(energy, x, q, v, parameters, direction):
    """All results of the header as a dictionary of NumPy arrays."""
    x = torch.tensor(x, requires_grad=True)
    q, v = torch.tensor(q), torch.tensor(v)
    theta = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    leaves = list(theta.values())

    def grad(output, inputs):
        return torch.autograd.grad(
            output, inputs, create_graph=True, allow_unused=True, materialize_grads=True
        )

    value = energy(x, theta)
    (gradient,) = grad(value, [x])
    (hessian_product,) = grad((gradient * v).sum(), [x])
    (hessian_q,) = grad((gradient * q).sum(), [x])
    mixed = grad((gradient * q).sum(), leaves)
    slopes = zip(theta, grad(value, leaves))
    slope = sum((m * torch.tensor(direction[name])).sum() for name, m in slopes)
    (mixed_direction,) = grad(slope, [x])
    (third_product,) = grad((hessian_q * v).sum(), [x])
    variation = grad((hessian_q * v).sum(), leaves)

    results = {
        "energy": value,
        "gradient": gradient,
        "hessian_product": hessian_product,
        "mixed_direction": mixed_direction,
        "third_product": third_product,
    }
    results |= {f"mixed_{name}": m for name, m in zip(theta, mixed)}
    results |= {f"mixed_variation_{name}": m for name, m in zip(theta, variation)}
    return {name: value.detach().numpy() for name, value in results.items()}


# Checks by finite differences.


def check(energy, x, q, v, parameters, direction, results, step=1e-5):
    """Compares each derivative with a central difference of the one before it, to 1e-6."""

    def at(t_x, t_theta):
        moved = {name: value + t_theta * direction[name] for name, value in parameters.items()}
        return derivatives(energy, x + t_x * v, q, v, moved, direction)

    def agree(name, exact, difference, scale=None):
        error = np.abs(exact - difference).max() / (scale or max(np.abs(exact).max(), 1e-3))
        assert error < 1e-6, f"{name}: relative error {error:.1e}"

    def agree_along(name, array, along, slope):
        scale = np.linalg.norm(array) * np.linalg.norm(along) / np.sqrt(array.size)
        agree(name, np.vdot(array, along), slope, scale)

    ahead, behind = at(step, 0), at(-step, 0)
    for name, base in [("hessian_product", "gradient")] + [
        (f"mixed_variation_{p}", f"mixed_{p}") for p in parameters
    ]:
        agree(name, results[name], (ahead[base] - behind[base]) / (2 * step))
    slope = (ahead["energy"] - behind["energy"]) / (2 * step)
    agree_along("gradient", results["gradient"], v, slope)
    # <third_product, v> = d/dt <H(x + t v) v, q>.
    slope = np.vdot(ahead["hessian_product"] - behind["hessian_product"], q) / (2 * step)
    agree_along("third_product", results["third_product"], v, slope)
    ahead, behind = at(0, step), at(0, -step)
    slope = (ahead["gradient"] - behind["gradient"]) / (2 * step)
    agree("mixed_direction", results["mixed_direction"], slope)
    slope = sum(np.vdot(results[f"mixed_{name}"], direction[name]) for name in parameters)
    agree_along("mixed", results["mixed_direction"], q, slope)


# The cases.


def write(name, energy, value, arrays, parameters, direction):
    results = derivatives(energy, *arrays, parameters, direction)
    assert abs(results["energy"] - value) < 1e-13 * abs(value), name
    check(energy, *arrays, parameters, direction, results)
    inputs = dict(zip(("x", "q", "v"), arrays)) | parameters
    inputs |= {f"direction_{key}": value for key, value in direction.items()}
    path = FOLDER / f"{name}.npz"
    np.savez(path, **inputs, **results)
    print(f"{path.name}: energy {value:.6f}, {path.stat().st_size} bytes")


def ridge_case(boundary, kind, size, channels, height, width, seed):
    random = np.random.default_rng(seed)
    shape = (FILTERS, channels, size, size)
    scale = 1 / (size * np.sqrt(channels))
    while True:
        x = random.random((channels, height, width))
        q, v = random.standard_normal((2, channels, height, width))
        parameters = {
            "coefficients": scale * random.standard_normal(shape),
            "weights": random.uniform(0.1, 1.5, FILTERS),
            "smoothing": random.uniform(0.1, 0.6, FILTERS),
        }
        direction = {
            "coefficients": scale * random.standard_normal(shape),
            "weights": random.standard_normal(FILTERS),
            "smoothing": random.standard_normal(FILTERS) * 0.1,
        }
        r = responses(torch.tensor(x), torch.tensor(parameters["coefficients"]), boundary).numpy()
        if kind != "huber":
            break
        if np.abs(np.abs(r) - parameters["smoothing"][:, None, None]).min() > KINK_MARGIN:
            break
    value = ridge_energy_numpy(boundary, kind, x, *parameters.values())
    name = f"ridge_{boundary}_{kind}_size{size}_channels{channels}"
    write(name, ridge_energy(boundary, kind), value, (x, q, v), parameters, direction)


def variation_case(coupling, channels, height, width, seed):
    random = np.random.default_rng(seed)
    x = random.random((channels, height, width))
    q, v = random.standard_normal((2, channels, height, width))
    parameters = {"weight": np.float64(0.7), "smoothing": np.float64(0.15)}
    direction = {"weight": np.float64(-0.4), "smoothing": np.float64(0.3)}
    value = variation_energy_numpy(coupling, x, **parameters)
    name = f"variation_{coupling}_channels{channels}"
    write(name, variation_energy(coupling), value, (x, q, v), parameters, direction)


def main():
    torch.set_num_threads(1)
    kinds = ("smoothed_absolute", "huber", "log_cosh")
    seed = 0
    for boundary in PADDING:
        for size in (3, 5):
            for kind in kinds:
                ridge_case(boundary, kind, size, 3, 11, 9, seed := seed + 1)
        # The largest filter, on an image wider than a vector and with a remainder.
        ridge_case(boundary, "smoothed_absolute", 13, 1, 15, 34, seed := seed + 1)
        # The usual filter size.
        ridge_case(boundary, "log_cosh", 7, 1, 11, 18, seed := seed + 1)
    for coupling in ("isotropic", "anisotropic"):
        variation_case(coupling, 3, 11, 9, seed := seed + 1)


if __name__ == "__main__":
    main()
