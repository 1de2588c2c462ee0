"""One step of a network, by equations that are written out and solved in float64."""

import numpy as np

from .currents import Side
from .draw import SOLVED
from .hosts import KINDS
from .twin import Twin, named


class Oracle:
    """What a network should do, one step at a time.

    Parameters
    ----------
    net : Network
        The description.
    states : list of dict
        The states of all populations at the start.
    """

    def __init__(self, net, states):
        self.net = net
        self.twins = [Twin(net, k) for k in range(len(net.populations))]
        self.sides = [Side(j, net, self.voltages(states)) for j in net.junctions]
        sizes = [p.C.size for p in net.populations]
        self.offsets = np.cumsum([0, *sizes])
        self.point = np.concatenate(
            [np.full(p.C.size, KINDS[p.kind].point) for p in net.populations]
        )

    def voltages(self, states):
        """Return the voltages of all populations, shape ``(batch, cells)``."""
        return [t.outward(s["V",]) for t, s in zip(self.twins, states, strict=True)]

    def begin(self, states):
        """Start a step: the states of junctions advance."""
        V = self.voltages(states)
        plain = []
        for twin, own in zip(self.twins, states, strict=True):
            values = named(own)
            shape = (self.net.batch or 1, twin.p.C.size)
            plain.append(
                {k: v.reshape(shape) for k, v in values.items() if v.size == np.prod(shape)}
            )
        for side in self.sides:
            side.begin(V, plain)
        self.V = V
        self.jumps = [np.zeros_like(v) for v in V]
        self.held = [np.zeros_like(v) for v in V]
        for side in self.sides:
            for k, (jump, extra) in enumerate(zip(*side.impulses(), strict=True)):
                self.jumps[k] = self.jumps[k] + jump
                self.held[k] = self.held[k] + extra
        self.now = [side.at(side.V) for side in self.sides]

    def is_solved(self, k):
        """Whether a population has junctions that are solved with its step."""
        return any(k in j.ends and j.mode in SOLVED for j in self.net.junctions)

    def explicit(self, k):
        """Return the current of explicit junctions at the first evaluation, and at later ones."""
        kind = KINDS[self.net.populations[k].kind]
        first, later, staged = self.held[k].copy(), np.zeros_like(self.held[k]), []
        if kind.arrays == "all":
            later = later + self.held[k]
        for side, now in zip(self.sides, self.now, strict=True):
            if side.j.mode in SOLVED or k not in side.j.ends:
                continue
            first = first + now[k]
            if side.j.mode == "stage" and not self.is_solved(k):
                staged.append(side)
            elif side.j.mode == "stage" or kind.arrays == "all":
                later = later + now[k]

        def at(V):
            total = later
            for side in staged:
                moved = [V if k == other else v for other, v in enumerate(side.V)]
                total = total + side.at(moved)[k]
            return total

        return first, later, at

    def expected(self, i, states):
        """Return the states of all populations after a step, and the currents that were solved."""
        self.begin(states)
        solved = self.solve(i, states)
        out = []
        for k, (twin, own) in enumerate(zip(self.twins, states, strict=True)):
            first, later, at = self.explicit(k)
            kind, jump = twin.kind, self.jumps[k]
            if self.is_solved(k):
                both = (lambda V, k=k, later=later: later + solved[k]) if kind.stages else None
                out.append(twin.step(i, own, first + solved[k], both, jump))
            elif kind.point != 1:
                # The centred step takes the current of its middle, which half a step foresees.
                foreseen = twin.step(i, own, at(self.V[k]))
                middle = (self.V[k] + foreseen["V",]) / 2
                out.append(twin.step(i, own, at(middle), None, jump))
            else:
                out.append(twin.step(i, own, first, at if kind.stages else None, jump))
        return out, solved

    def solve(self, i, states):
        """Return the currents of solved junctions, with all voltages found together."""
        net, cells, cut = self.net, int(self.offsets[-1]), self.offsets
        batch = self.V[0].shape[0]
        zero = [np.zeros_like(v) for v in self.V]
        if not net.is_solved:
            return zero
        V = np.concatenate(self.V, axis=-1)
        c, R = V.copy(), np.zeros((batch, cells, cells))
        for k, (twin, own) in enumerate(zip(self.twins, states, strict=True)):
            if self.is_solved(k):
                here = slice(cut[k], cut[k + 1])
                first, later, _ = self.explicit(k)
                c[:, here], R[:, here, here] = twin.response(
                    i, own, first, later if twin.kind.stages else None, self.jumps[k]
                )
        point = self.point
        # Junctions take their current at y = V + point (V_end - V).
        y0, R = point * c + (1 - point) * V, point[:, None] * R
        K, b = np.zeros((batch, cells, cells)), np.zeros((batch, cells))
        for side in self.sides:
            if not side.is_solved:
                continue
            current, matrix = side.affine(V, cut, cells)
            at = np.concatenate(side.V, axis=-1)
            if side.j.mode == "semi_implicit":
                # The own voltage is that of the end, V + (y - V) / point.
                matrix = matrix / point
                at = V + point * (at - V)
            K += matrix
            b += current - np.einsum("bij,bj->bi", matrix, at)
        # y = y0 + R (K y + b)
        A = np.eye(cells) - R @ K
        rise = np.linalg.solve(
            A, np.einsum("bij,bj->bi", R, b + np.einsum("bij,bj->bi", K, y0))[..., None]
        )[..., 0]
        flow = b + np.einsum("bij,bj->bi", K, y0 + rise)
        return [flow[:, cut[k] : cut[k + 1]] for k in range(len(net.populations))]
