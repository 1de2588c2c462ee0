import numpy as np
import pytest

from dendrites import needs_places

pytestmark = [needs_places, pytest.mark.usefixtures("x64")]


@pytest.mark.slow
@pytest.mark.optimized
def test_coupling_on_dendrites_is_as_measured(load, tmp_path):
    figure = tmp_path / "figure.png"
    found = load("golgi_dendrites")["main"](figure)
    measured = found["measured"]
    # On either side of where the published network has its junctions, 105 um in the median.
    np.testing.assert_array_less(measured, found["95 um"])
    np.testing.assert_allclose(found["95 um"], measured, rtol=0.3)
    np.testing.assert_allclose(found["137 um"], measured, rtol=0.25)
    assert found["soma"][0] > 2 * measured[0]
    # One and the same junction, ever farther from the soma.
    assert (np.diff(found["mean junction"]) < 0).all()
    assert found["mean junction"][0] > 2 * found["mean junction"][-1]
    assert figure.stat().st_size > 10_000


def test_the_reduced_cell_has_the_lengths_and_areas_that_were_measured(load):
    import saiunit as u

    tree = load("golgi_dendrites")["morphology"]()
    length, area = {}, {}
    for branch in tree.branches:
        kind = str(branch.type)
        length[kind] = length.get(kind, 0) + float(branch.length.to_decimal(u.um))
        area[kind] = area.get(kind, 0) + float(branch.area.to_decimal(u.um**2))
    assert area["soma"] == pytest.approx(2290, rel=0.01)
    assert length["apical_dendrite"] == pytest.approx(894 + 820, rel=0.06)
    assert area["apical_dendrite"] == pytest.approx(1448 + 1400, rel=0.02)
    assert area["basal_dendrite"] == pytest.approx(1192, rel=0.01)
    assert length["axon"] == pytest.approx(3956, rel=0.01)
    assert area["axon"] == pytest.approx(4499, rel=0.01)
