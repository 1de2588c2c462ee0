"""The faults: each a plausible slip of who writes such code, and one that changes results."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple


class Mutant(NamedTuple):
    """One fault.

    Parameters
    ----------
    file : str
        Relative to the package.
    old, new : str
        A fragment of code that is in the file once, and what is put in its place.
    meaning : str
        What is wrong then.
    """

    file: str
    old: str
    new: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.file}: {self.meaning}"

    def check(self, package: Path) -> str:
        """Return the file's text.

        Raises
        ------
        ValueError
            If it does not have the fragment exactly once.
        """
        text = (package / self.file).read_text()
        if (times := text.count(self.old)) != 1:
            raise ValueError(f"old text must be in {self.file} once, is {times} times: {self.old}")
        return text

    def apply(self, package: Path) -> None:
        """Put the fault into a copy of the package."""
        text = self.check(package).replace(self.old, self.new)
        (package / self.file).write_text(text)


MUTANTS: Final = tuple(
    Mutant(*item)
    for item in (
        # kernels
        (
            "kernels/_graph.py",
            "np.where(source & 1, self.post[edge], self.pre[edge])",
            "np.where(source & 1, self.pre[edge], self.post[edge])",
            "an entry's neighbour is the cell itself",
        ),
        (
            "kernels/_exchange.py",
            "else parts[0] + parts[1]",
            "else parts[1]",
            "the derivative along weights is lost where voltages change too",
        ),
        (
            "kernels/_exchange.py",
            ".at[..., graph.pre].add(-excess)",
            ".at[..., graph.pre].add(excess)",
            "the gradient by voltages of pre, with two conductances, has the wrong diagonal",
        ),
        (
            "kernels/_exchange.py",
            "-change * _at(c, graph.pre)",
            "change * _at(c, graph.pre)",
            "the gradient by the conductance out of pre has the wrong sign",
        ),
        (
            "kernels/_exchange.py",
            "found = exchange(layout, cotangent, other)",
            "found = -exchange(layout, cotangent, other)",
            "second derivatives, by weight and voltage, have the wrong sign",
        ),
        (
            "kernels/_edges.py",
            "jnp.result_type(*dtypes), jnp.float32",
            "jnp.result_type(*dtypes), jnp.bfloat16",
            "bfloat16 is summed in bfloat16",
        ),
        (
            "kernels/layouts/_dense.py",
            "x * matrix.sum(axis=0)",
            "x * matrix.sum(axis=1)",
            "with two conductances a cell loses what its neighbours should",
        ),
        (
            "kernels/layouts/_padded.py",
            "fori_loop(0, cols.shape[0], add",
            "fori_loop(1, cols.shape[0], add",
            "each cell's first neighbour is left out",
        ),
        (
            "kernels/layouts/_complete.py",
            "- second.shape[-1] * first",
            "- n * first",
            "between two populations, the size of the wrong one is taken",
        ),
        (
            "kernels/layouts/_rows.py",
            "cells[here])[there]",
            "cells[there])[here]",
            "cells are renumbered by the inverse order",
        ),
        (
            "kernels/layouts/_shifts.py",
            "around[..., most + shift : most + shift + n]",
            "around[..., most - shift : most - shift + n]",
            "neighbours up and down a lattice are swapped",
        ),
        (
            "kernels/native/rows.cc",
            "if (k < stop) {",
            "if (k + 1 < stop) {",
            "the accelerator leaves out the last of an odd number of neighbours",
        ),
        (
            "kernels/native/_folders.py",
            "for part in (real, *real.parents):",
            "for part in (real,):",
            "what is above a folder, and lets others exchange it, is not looked at",
        ),
        (
            "kernels/native/_folders.py",
            "is_safe and path.name == _name(key, _digest(path))",
            "is_safe",
            "a compiled file that was cut off is loaded",
        ),
        # coupling
        (
            "coupling/_network.py",
            "self.start + (self.c - self.start) / self.point",
            "self.start + (self.c - self.start) * self.point",
            "of solvers that take currents at mid-step, the step's end is found at a quarter of it",
        ),
        (
            "coupling/_network.py",
            "share = 1 / (1 - answer.rho * slope)",
            "share = 1 / (1 + answer.rho * slope)",
            "semi-implicit junctions beside implicit ones amplify, not damp",
        ),
        (
            "coupling/_network.py",
            "slope * (v + r * flow - start)",
            "slope * (v - start)",
            "semi-implicit junctions do not see what implicit ones beside them bring",
        ),
        (
            "coupling/_network.py",
            "all(r.symmetric for r in requests)",
            "any(r.symmetric for r in requests)",
            "conjugate gradients are used on matrices that are not symmetric",
        ),
        (
            "coupling/_network.py",
            "rtol=min(tolerances, default=None)",
            "rtol=max(tolerances, default=None)",
            "of junctions that are solved together, the loosest tolerance counts",
        ),
        (
            "coupling/_request.py",
            "self.currents(v_pre, v)[1]",
            "self.currents(v_pre, v)[0]",
            "post takes the current of pre as its own",
        ),
        (
            "coupling/_solve.py",
            "~(left <= 10 * (",
            "~(left <= 1e6 * (",
            "an iteration that has not converged passes for one that has",
        ),
        (
            "coupling/_coupler.py",
            "befores[here + 1 :]",
            "befores[here + 2 :]",
            "a step that is taken again leaves out the first of what is called before updates",
        ),
        (
            "coupling/_coupler.py",
            "(value - slope * guess)",
            "value",
            "a population's answer to current is taken to be that without any",
        ),
        # junctions
        (
            "junctions/_base.py",
            "return dv * g[..., 0], dv * g[..., 1]",
            "return dv * g[..., 1], dv * g[..., 0]",
            "the two conductances of a junction are swapped",
        ),
        (
            "junctions/_base.py",
            "slope = jnp.maximum(slope, 0)",
            "slope = jnp.abs(slope)",
            "falling branches of a law are linearised as rising ones",
        ),
        (
            "junctions/_delivery.py",
            "return -self.currents().pre",
            "return self.currents().pre",
            "current() is into pre, not out of it",
        ),
        (
            "junctions/_plastic.py",
            "before.append(None if V_before is None else V)",
            "before.append(None if V_before is None else V_before)",
            "a spike is told from the voltage of the first step, not of the last",
        ),
        (
            "junctions/_plastic.py",
            "* self.rule.bounds[1]",
            "* self.rule.bounds[0]",
            "limits of the time step are those of the weakest junctions",
        ),
        (
            "junctions/_reset.py",
            "else level - host.V_reset) * spike",
            "else level + host.V_reset) * spike",
            "voltages after reset lie on the wrong side",
        ),
        (
            "junctions/_spikelet.py",
            "(s > 0) | last",
            "(s > 0)",
            "a cell that spiked in the step before takes the spikelet that it has caused",
        ),
        (
            "junctions/_spikelet.py",
            "else scaled(spikelet, factor, False)",
            "else spikelet",
            "a block does not reach spikelets that are given as charge or jump",
        ),
        # laws, connexins, plasticity
        (
            "laws/_boltzmann.py",
            "_stable.exp((a - 1) * x)",
            "_stable.exp((1 - a) * x)",
            "opening gets faster with voltage, as closing does",
        ),
        (
            "laws/_boltzmann.py",
            "u.get_mantissa(V_pre - V_post) > 0",
            "u.get_mantissa(V_post - V_pre) > 0",
            "the two polarities have each other's parameters",
        ),
        (
            "laws/_contingent.py",
            "2 * self.open * r / (2 - r)",
            "2 * self.open * r / (1 + r)",
            "closed half-channels conduct too little for the channel's residual",
        ),
        (
            "laws/_contingent.py",
            "self.post, y, dt), -1, -2)",
            "self.post, y, dt / 2), -1, -2)",
            "the gate of post relaxes for half a step only",
        ),
        (
            "laws/_contingent.py",
            "x, y, x + y + both], -1)",
            "x, y, x + y], -1)",
            "both gates close as if they were independent",
        ),
        (
            "laws/_law.py",
            "float(slopes.max())",
            "float(slopes.mean())",
            "limits of the time step are those of the law's mean slope",
        ),
        (
            "laws/_rectifying.py",
            "V_pre - V_post - self.V_half",
            "V_pre - V_post + self.V_half",
            "the rectifier's middle is on the wrong side",
        ),
        (
            "laws/_rectifying.py",
            "jnp.exp(-x * x)",
            "jnp.exp(-x * x / 2)",
            "the olive's law is wider by the root of two",
        ),
        (
            "connexins/_pairs.py",
            "(V0 + slope * math.log(p))",
            "(V0 - slope * math.log(p))",
            "the middle of a measured curve is moved to the wrong side",
        ),
        (
            "plasticity/_burst_spike.py",
            "* time / 2",
            "* time",
            "bursts depress twice as fast",
        ),
        (
            "plasticity/_burst_spike.py",
            "(1 - strength / self.bounds[1])",
            "(1 - strength)",
            "potentiation ends at 1, not at the upper bound",
        ),
        # ion channels
        (
            "ion_channels/_nernst.py",
            '"Cl": -1',
            '"Cl": 1',
            "chloride is taken for a cation",
        ),
        (
            "ion_channels/_ghk.py",
            "open_P * VALENCE[self.ion] * u.faraday_constant",
            "open_P * u.faraday_constant",
            "the charge of an ion is left out of its current",
        ),
        (
            "ion_channels/_ghk.py",
            "inside * efflux_slope - outside * influx_slope",
            "inside * efflux_slope + outside * influx_slope",
            "the slope of what flows in has the wrong sign",
        ),
        (
            "ion_channels/_gate.py",
            "evaluate(self.time_constant, V, concentrations) / phi",
            "evaluate(self.time_constant, V, concentrations) * phi",
            "warmth slows gates that are given by their time constant",
        ),
        (
            "ion_channels/_ion_channel.py",
            "q10 ** ((self.temperature - reference) / 10)",
            "q10 ** ((reference - self.temperature) / 10)",
            "warmth slows all gates",
        ),
        (
            "ion_channels/_ion_channel.py",
            "V - value_of(self.V_shift)",
            "V + value_of(self.V_shift)",
            "V_shift moves curves to the left",
        ),
        (
            "ion_channels/_pools.py",
            "sign = 1 if VALENCE[self.ion] > 0 else -1",
            "sign = 1",
            "outward current empties pools of anions",
        ),
        (
            "ion_channels/_pools.py",
            "1e-3 * value_of(self.rest)",
            "1 * value_of(self.rest)",
            "a concentration cannot fall below rest",
        ),
        (
            "ion_channels/_markov.py",
            "state * matrix.sum(-1)",
            "state * matrix.sum(-2)",
            "a state is left at the rate at which it is entered",
        ),
        (
            "ion_channels/catalogue/hodgkin_huxley_1952.py",
            "exponential(0.125 / u.ms",
            "exponential(0.152 / u.ms",
            "two digits of a rate of the delayed rectifier are transposed",
        ),
        # neurons
        (
            "neurons/_solvers.py",
            "rate = (conductance - slope) / neuron.C",
            "rate = (conductance + slope) / neuron.C",
            "what inputs add to the rate of exponential Euler has the wrong sign",
        ),
        (
            "neurons/_solvers.py",
            "membrane.flows(V + rise, ions)",
            "membrane.flows(V, ions)",
            "pools of second-order steps take the current of the step's start",
        ),
        (
            "neurons/_solvers.py",
            "battery + inputs - slope * at - conductance * V",
            "battery + inputs + slope * at - conductance * V",
            "inputs that depend on voltage are extrapolated to the wrong side",
        ),
        (
            "neurons/_point.py",
            "self.get_spike() * (1.0 - self.get_spike(last_V))",
            "self.get_spike()",
            "a spike is reported at each step above threshold",
        ),
        # connectivity
        (
            "connectivity/_facts.py",
            "np.concatenate([out, -out, back, -back])",
            "np.concatenate([out, -out, out, -out])",
            "of two conductances, the one into post counts in both directions",
        ),
        (
            "connectivity/_facts.py",
            "total / (n_cells * (n_cells - 1))",
            "total / (n_cells * n_cells)",
            "paths of cells to themselves are counted in the mean",
        ),
        (
            "connectivity/_random.py",
            "highest = 2 * n_pairs / n_cells",
            "highest = n_pairs / n_cells",
            "random networks have twice the mean degree that was asked for",
        ),
        (
            "connectivity/_random.py",
            "ranks += last",
            "ranks += last + 1",
            "the first pair of cells is never drawn",
        ),
        # limits, stability, measure
        (
            "limits/_populations.py",
            "2 / dt + a",
            "2 / dt - a",
            "the membrane lowers the limit of second-order steps",
        ),
        (
            "limits/_warning.py",
            "(2 * part < C * ceiling)",
            "(part < C * ceiling)",
            "junctions up to twice too strong are not warned of",
        ),
        (
            "limits/_network.py",
            "np.abs(decaying) ** 2 / decaying.real",
            "decaying.real",
            "limits leave out that eigenvalues may be complex",
        ),
        (
            "stability/_stability.py",
            'worst, side="right"',
            'worst, side="left"',
            "the first cell of a population is said to be of the one before",
        ),
        (
            "measure/_deflections.py",
            "half = np.pi * frequency * step",
            "half = 2 * np.pi * frequency * step",
            "the lag of a current that is held is corrected twice",
        ),
        (
            "measure/_estimate.py",
            "0.5 + level / 2",
            "level",
            "confidence intervals are one-sided",
        ),
        (
            "measure/_estimate.py",
            "(1 - lag / (lags + 1))",
            "(1 - lag / lags)",
            "weights of correlated residuals end one lag early",
        ),
        (
            "measure/_phase.py",
            "-2 * np.log(R)",
            "-np.log(R)",
            "the spread of phases is too small by the root of two",
        ),
        (
            "_crossings.py",
            "v[1:] >= level",
            "v[1:] > level",
            "a sample exactly at the threshold hides the spike",
        ),
    )
)
