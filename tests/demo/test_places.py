"""Where neurons are drawn."""

import numpy as np

import gapjunction as gj
from gapjunction.demo.places import place_neurons


def test_neighbours_are_nearer_than_strangers():
    edges = gj.datasets.celegans().electrical
    places = place_neurons(edges, steps=30)
    giant = gj.connectivity.components(edges)[0]
    apart = np.linalg.norm(places[giant][:, None] - places[giant][None], axis=2)
    pre, post = (ids[np.isin(ids, giant)] for ids in edges)
    joined = np.linalg.norm(places[pre] - places[post], axis=1)
    assert joined.mean() < 0.5 * apart.mean()
    assert np.isfinite(places).all()
    assert np.unique(places.round(6), axis=0).shape == places.shape


def test_unconnected_neurons_stand_below():
    edges = gj.datasets.celegans().electrical
    places = place_neurons(edges, steps=1)
    giant, *others = gj.connectivity.components(edges)
    assert places[giant].min() == 0
    assert places[giant].max() == 1
    assert places[np.concatenate(others), 1].max() < 0
