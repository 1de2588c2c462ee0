"""Neurons made of channels."""

from gapjunction.neurons._point import PointNeuron as PointNeuron

__all__ = ["PointNeuron"]
