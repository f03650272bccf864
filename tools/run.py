"""A training run as people describe it, and the steps that several calculators share: FLOP, chip-hours, IT energy."""

from __future__ import annotations

from aitoll.tools.errors import MissingInput
from aitoll.tools.estimate import Input, Value, estimate, looked_up
from aitoll.tools.facts import constant, fact, known, row
from aitoll.tools.inputs import Inputs, name, number

DEFAULT_GPU = "h100-sxm"


class Run(Inputs):
    """A run, described by its model, its size or its machines."""

    model: str | None = name("models", "A published model whose facts are used where nothing else is given", "gpt-3-175b", "llama-3-1-405b")
    params: float | None = number("1", "Parameters that work on each token (active ones for a mixture of experts)", gt=0, le=1e15)
    tokens: float | None = number("token", "Tokens seen in training, epochs included", gt=0, le=1e17)
    flop: float | None = number("FLOP", "Total operations of the run", gt=0, le=1e32)
    gpu: str | None = name("accelerators", "The chip that it runs on", "h100-sxm", "a100-80-sxm")
    gpus: float | None = number("GPU", "How many chips", ge=1, le=1e8)
    hours: float | None = number("hour", "Wall-clock duration", gt=0, le=876_600)
    gpu_hours: float | None = number("GPU-hour", "Chips × hours, failed runs included", gt=0, le=1e12)
    peak: float | None = number("FLOP/s/GPU", "Dense 16-bit peak of one chip; left out: the chip's", gt=0, le=1e18)
    mfu: float | None = number("1", "Share of the peak that is used, over all hours", gt=0, le=1)
    overhead: float | None = number("1", "Reserved over productive hours, where the share is one of productive hours", ge=1, le=10)


class Machines(Run):
    """A run and what its machines draw."""

    power_kw: float | None = number("kW/GPU", "Average draw of one chip with its share of the host", gt=0, le=100)
    tdp_kw: float | None = number("kW/GPU", "Rated power of one chip", gt=0, le=100)
    server_ratio: float | None = number("1", "Peak power of a server over the rated power of its chips", ge=1, le=5)
    average_to_peak: float | None = number("1", "Average over peak power of the server", gt=0, le=1)
    it_energy_kwh: float | None = number("kWh", "Electricity of the machines, without the site's overhead", ge=0, le=1e14)


def compute(asked: Run) -> Input | None:
    """Operations of the run: given, from parameters and tokens, or published for the model."""
    if asked.has("flop"):
        return asked.given("flop")
    own = asked.has("params") or asked.has("tokens")
    if asked.model and not own and known("models", asked.model, "train_flop"):
        return looked_up("training_compute", fact("models", asked.model, "train_flop"))
    params = _of_run(asked, "params", "params_active")
    tokens = _of_run(asked, "tokens", "tokens")
    if params is None or tokens is None:
        return None
    per_token = constant("flop-per-parameter-per-token-training")
    return estimate(training_compute, unit="FLOP", flop_per_parameter=per_token, params=params, tokens=tokens)


def training_compute(flop_per_parameter: float, params: float, tokens: float) -> float:
    # Active parameters; attention, 2 to 10 % at usual lengths, is left out.
    return flop_per_parameter * params * tokens


def _of_run(asked: Run, field: str, column: str) -> Value | None:
    if asked.has(field):
        return asked.given(field)
    if asked.model and known("models", asked.model, column):
        return fact("models", asked.model, column)
    return None


def chip(asked: Run) -> str:
    """The chip named; else the model's own, unless the run was described anew; else the most used one."""
    if asked.gpu:
        return asked.gpu
    own = row("models", asked.model)["accelerator"] if asked.model else ""
    return own or DEFAULT_GPU


def fact_of_chip(asked: Run, column: str, instead: str) -> Value:
    """What is published of the chip, or the error that names the input which would do instead."""
    if not known("accelerators", chip(asked), column):
        raise MissingInput(calculator="run", needs=[instead])
    return fact("accelerators", chip(asked), column)


def chip_hours(asked: Run) -> Input:
    """Chip-hours of the run: given, chips × hours, published for the model on its own chip, or from the operations."""
    return asked.once("gpu_hours", _chip_hours)


def _chip_hours(asked: Run) -> Input:
    if asked.has("gpu_hours"):
        return asked.given("gpu_hours")
    if asked.has("gpus") and asked.has("hours"):
        return estimate(gpu_hours, unit="GPU-hour", gpus=asked.given("gpus"), hours=asked.given("hours"))
    same_chip = asked.model and (not asked.gpu or asked.gpu == row("models", asked.model)["accelerator"])
    described = any(asked.has(field) for field in ("flop", "params", "tokens", "mfu", "overhead"))
    if asked.model and same_chip and not described and known("models", asked.model, "chip_hours"):
        return looked_up("gpu_hours", fact("models", asked.model, "chip_hours"))
    operations = compute(asked)
    if operations is None:
        raise MissingInput(calculator="gpu_hours", needs=["gpu_hours", "gpus and hours", "params and tokens", "flop", "model"])
    parts: dict[str, Input] = {
        "flop": operations,
        "peak": asked.given("peak") if asked.has("peak") else fact_of_chip(asked, "bf16_flop_per_s", "peak"),
        "mfu": utilisation(asked),
    }
    if asked.has("overhead"):
        parts["overhead"] = asked.given("overhead")
    function = gpu_hours_with_overhead if asked.has("overhead") else gpu_hours_of_compute
    return estimate(function, parts, name="gpu_hours", unit="GPU-hour", gives="GPU-second")


def gpu_hours(gpus: float, hours: float) -> float:
    return gpus * hours


def gpu_hours_of_compute(flop: float, peak: float, mfu: float) -> float:
    # The utilisation is over all stated hours, so restarts are in it.
    return flop / (peak * mfu)


def gpu_hours_with_overhead(flop: float, peak: float, mfu: float, overhead: float) -> float:
    # The utilisation is that of good steps: restarts and waiting come on top.
    return flop / (peak * mfu) * overhead


def utilisation(asked: Run) -> Value:
    """The user's; else what published runs reach over their stated hours on this family of chips, or on good steps."""
    if asked.has("mfu"):
        return asked.given("mfu")
    if asked.has("overhead"):
        return constant("mfu-reported-median")
    if asked.model and _is_mixture(asked.model):
        return constant("mfu-over-reported-hours-moe")
    family = next((name for name in ("a100", "a800", "h100", "h800", "gh200", "h200", "tpu") if chip(asked).startswith(name)), "")
    band = {"a100": "a100", "a800": "a100", "tpu": "tpu", "": "default"}.get(family, "h100")
    return constant(f"mfu-over-reported-hours-{band}")


def _is_mixture(model: str) -> bool:
    cells = row("models", model)
    return bool(cells["params_total"] and cells["params_active"]) and float(cells["params_active"]) < 0.9 * float(cells["params_total"])


def power(asked: Machines) -> Input:
    """Average IT power per chip, host and network included."""
    if asked.has("power_kw"):
        return asked.given("power_kw")
    id = chip(asked)
    described = any(asked.has(field) for field in ("tdp_kw", "server_ratio", "average_to_peak"))
    measured = {
        "tpu-v4": "tpu-v4-system-power",
        "tpu-v3": "tpu-v3-system-power",
        "v100-sxm2-16": "v100-system-power",
        "v100-sxm2-32": "v100-system-power",
    }
    if id in measured and not described:
        return constant(measured[id])
    kind = "tpu" if id.startswith("tpu") else "gpu"
    return estimate(
        power_per_gpu,
        unit="kW/GPU",
        tdp=asked.given("tdp_kw") if asked.has("tdp_kw") else fact_of_chip(asked, "tdp_kw", "power_kw"),
        server_ratio=asked.given("server_ratio") if asked.has("server_ratio") else fact_of_chip(asked, "server_power_ratio", "power_kw"),
        average_to_peak=asked.or_constant("average_to_peak", f"average-to-peak-power-{kind}"),
    )


def power_per_gpu(tdp: float, server_ratio: float, average_to_peak: float) -> float:
    # Rated power of the chip, its share of the host and network, and how hard it runs on average.
    return tdp * server_ratio * average_to_peak


def it_energy(asked: Machines) -> Input:
    """Electricity drawn by the machines, before the site's overhead."""
    return asked.once("it_energy", _it_energy)


def _it_energy(asked: Machines) -> Input:
    if asked.has("it_energy_kwh"):
        return asked.given("it_energy_kwh")
    return estimate(it_energy_of_run, name="it_energy", unit="kWh", gpu_hours=chip_hours(asked), power_per_gpu=power(asked))


def it_energy_of_run(gpu_hours: float, power_per_gpu: float) -> float:
    return gpu_hours * power_per_gpu
