"""The currents of junctions, as dense equations in NumPy."""

import numpy as np

from . import laws
from .build import RULE, TAU_STRENGTH
from .draw import SOLVED
from .hosts import KINDS, after_reset, threshold

# By group: 20 mV, or 1 without units.
SCALE = {"plain": 1.0}


class Side:
    """One junction: its edges, and the states that it has.

    Voltages are lists of arrays, one of shape ``(batch, cells)`` for each population.
    """

    def __init__(self, j, net, V):
        self.j, self.net = j, net
        self.kinds = [net.populations[k].kind for k in j.ends]
        self.one = j.ends[0] == j.ends[1]
        batch, n = V[0].shape[0], len(j.pre)
        self.gating = laws.rest(j.law, self.difference(V)) if laws.is_slow(j.law) else None
        self.strength = np.full((batch, n), 0.5 if j.form == "follows" else 1.0)
        self.burst = [np.zeros_like(V[k]) for k in j.ends]
        self.before = [V[k] for k in j.ends]
        self.fired = [np.zeros(V[k].shape, bool) for k in j.ends]

    def difference(self, V):
        a, b = (V[k] for k in self.j.ends)
        return a[:, self.j.pre] - b[:, self.j.post]

    def begin(self, V, states):
        """Advance the states at the start of a step, and note conductances and spikelets."""
        j, dt = self.j, self.net.dt
        self.V = list(V)
        own = [V[k] for k in j.ends]
        self.spikes = [
            v >= threshold(kind, states[k])
            for v, kind, k in zip(own, self.kinds, j.ends, strict=True)
        ]
        if j.cls == "Spikelet":
            for k, kind in zip(j.ends, self.kinds, strict=True):
                reset = self.net.populations[k].reset
                self.V[k] = after_reset(kind, reset, V[k], states[k])
        v = self.difference(self.V)
        if self.gating is not None:
            self.gating = laws.advance(j.law, self.gating, v, dt)
        if j.cls == "Plastic":
            self._learn(V)
        self.before = own
        # Conductance of each edge into post and out of pre, apart from a law that is followed at
        # once.
        two = j.weight if j.cls == "Asymmetry" else np.reshape(j.weight, (*j.weight.shape, 1))
        two = np.broadcast_to(two, (len(j.pre), 2))
        g = two * np.reshape(1.0 if j.scale is None else j.scale, (-1, 1))
        g = g * self.strength[..., None]
        if self.gating is not None:
            g = g * laws.factor(j.law, self.gating, v)[..., None]
        # An edge of a cell with itself carries nothing.
        self.g = np.where((self.one & (j.pre == j.post))[:, None], 0.0, g)

    @property
    def is_linear(self):
        return self.j.law == "ohmic" or laws.is_slow(self.j.law)

    def _learn(self, V):
        j, dt = self.j, self.net.dt
        if j.form == "follows":
            scale = 1.0 if KINDS[self.kinds[0]].group == "plain" else 20.0
            to = 1 / (1 + np.exp(-self.difference(V) / scale))
            self.strength = to + (self.strength - to) * np.exp(-dt / TAU_STRENGTH)
            return
        ends = []
        for k, (kind, spike) in enumerate(zip(self.kinds, self.spikes, strict=True)):
            if KINDS[kind].reset is None:
                spike = spike & (self.before[k] < KINDS[kind].threshold)
            self.burst[k] = self.burst[k] * np.exp(-dt / RULE["tau"]) + spike
            above = RULE["tau"] * np.log(np.maximum(self.burst[k] / RULE["theta"], 1.0))
            ids = (j.pre, j.post)[k]
            ends.append((spike[:, ids], np.minimum(above, dt)[:, ids]))
        up = RULE["potentiation"] * (ends[0][0] * 0.5 + ends[1][0] * 0.5)
        s = np.clip(self.strength + up * (1 - self.strength / RULE["top"]), 0.0, RULE["top"])
        s = s - RULE["depression"] * (ends[0][1] + ends[1][1]) / 2
        self.strength = np.clip(s, 0.0, RULE["top"])

    def sums(self, along):
        """Return the currents into the cells of each population, from currents along edges."""
        j = self.j
        out = [np.zeros_like(v) for v in self.V]
        for k, ids, each in (
            (j.ends[1], j.post, along[..., 0]),
            (j.ends[0], j.pre, -along[..., 1]),
        ):
            np.add.at(out[k], (slice(None), ids), each)
        return out

    def at(self, V):
        """Return the currents at voltages, by the law itself."""
        v = self.difference(V)
        s = 1.0 if self.is_linear else laws.factor(self.j.law, None, v)
        return self.sums(self.g * (s * v)[..., None])

    def affine(self, V_start, offsets, cells):
        """Return what solved coupling is given: currents, and their matrix over all cells.

        Parameters
        ----------
        V_start : list of arrays
            Voltages of the step's start.
        offsets : list of int
            Where the cells of each population are among all.
        cells : int
            Number of all cells.
        """
        j, v = self.j, self.difference(self.V)
        if self.is_linear:
            now, slope = v, np.ones_like(v)
        else:
            now, slope = laws.tangent(j.law, v)
        current = np.concatenate(self.sums(self.g * now[..., None]), axis=-1)
        matrix = np.zeros((v.shape[0], cells, cells))
        a, b = offsets[j.ends[0]] + j.pre, offsets[j.ends[1]] + j.post
        for at, sign, column in ((b, 1.0, 0), (a, -1.0, 1)):
            each = self.g[..., column] * slope * sign
            np.add.at(matrix, (slice(None), at, a), each)
            np.add.at(matrix, (slice(None), at, b), -each)
        if j.mode == "semi_implicit":
            # Neighbours stay where they are: only a cell's own voltage counts.
            matrix = matrix * np.eye(cells)
        return current, matrix

    def impulses(self):
        """Return the jumps and the currents that cells get at spikes of their neighbours."""
        j, net = self.j, self.net
        jumps = [np.zeros_like(v) for v in self.V]
        extra = [np.zeros_like(v) for v in self.V]
        if j.cls != "Spikelet":
            return jumps, extra
        each = self.g[..., 0] if j.form == "area" else np.ones_like(self.g[..., 0])
        each = each * j.amount
        if j.form != "area" and j.scale is not None:
            each = each * j.scale
        if self.one:
            each = np.where(j.pre == j.post, 0.0, each)
        from_pre, from_post = self.spikes[0][:, j.pre], self.spikes[1][:, j.post]
        total = [np.zeros_like(v) for v in self.V]
        np.add.at(total[j.ends[1]], (slice(None), j.post), each * from_pre)
        np.add.at(total[j.ends[0]], (slice(None), j.pre), each * from_post)
        for side, k in enumerate(j.ends):
            if self.one and side == 1:
                continue
            p = net.populations[k]
            # A cell that spikes now, or has spiked in the step before, gets none.
            closed = self.spikes[side] | self.fired[side]
            into = np.where(closed, 0.0, total[k])
            jump = into if j.form == "jump" else into / p.C
            if KINDS[p.kind].jumps:
                jumps[k] = jumps[k] + jump
            else:
                extra[k] = extra[k] + jump * p.C / net.dt
        self.fired = self.spikes
        return jumps, extra

    @property
    def is_solved(self):
        return self.j.mode in SOLVED
