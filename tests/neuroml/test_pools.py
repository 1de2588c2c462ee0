"""Concentration models of files."""

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Pool

SHELL = (
    '<decayingPoolConcentrationModel id="p" ion="ca" restingConc="1e-4mM" decayConstant="80ms" '
    'shellThickness="0.2um"/>'
)
FACTOR = (
    '<fixedFactorConcentrationModel id="p" ion="ca" restingConc="5e-5 mol_per_m3" '
    'decayConstant="0.02s" rho="2e-4 mol_per_m_per_A_per_s"/>'
)
FARADAY = 96485.33212


def slope(cls, current):
    """Return d[Ca]/dt at rest in mM/ms, for an outward current in uA/cm2."""
    pool = cls(1, outside=2 * u.mM, temperature=30.0)
    pool.init_state(np.array([-60.0]) * u.mV)
    found = pool.derivative(np.array([current]) * u.uA / u.cm**2)["inside"]
    return float(found.to_decimal(u.mM / u.ms)[0])


def test_a_shell_fills_by_its_thickness(file, x64):
    Ca = gj.neuroml.read(file(SHELL))
    assert issubclass(Ca, Pool)
    # 1 uA/cm2 is 0.01 A/m2, and mM is mol/m3.
    assert slope(Ca, -1.0) == pytest.approx(0.01 / (2 * FARADAY * 0.2e-6) * 1e-3, rel=1e-6)
    assert "flat shell" in str(gj.neuroml.report(file(SHELL)))


def test_with_the_area_of_the_cell_the_shell_is_that_of_a_sphere(file, x64):
    area = 4 * np.pi * 1.0**2 * u.um**2
    Ca = gj.neuroml.read(file(SHELL), area=area, depth=0.5 * u.um)
    volume = 4 / 3 * np.pi * (1e-6**3 - 0.5e-6**3)
    want = 0.01 * 4 * np.pi * 1e-12 / (2 * FARADAY * volume) * 1e-3
    assert slope(Ca, -1.0) == pytest.approx(want, rel=1e-6)
    with pytest.raises(gj.neuroml.NeuromlError, match="area must be"):
        gj.neuroml.read(file(SHELL), area=1e-3 * u.um**2)


def test_a_fixed_factor_is_per_current_density(file, x64):
    Ca = gj.neuroml.read(file(FACTOR), rest=1e-4 * u.mM)
    assert slope(Ca, -1.0) == pytest.approx(2e-4 * 0.01 * 1e-3 * 1e0, rel=1e-9)
    assert float(Ca.parameters["rest"].default / u.mM) == pytest.approx(1e-4)


def test_the_pool_of_traub_has_a_rate_and_a_factor(file, x64):
    text = (
        '<fixedFactorConcentrationModelTraub id="p" ion="ca" restingConc="0mM" beta="0.05per_ms" '
    )
    Ca = gj.neuroml.read(file(text + 'phi="26000mol_per_cm_per_uA_per_ms"/>'))
    assert float(Ca.parameters["tau"].default / u.ms) == pytest.approx(20)
    # In SI: current density times 1e-9 times phi.
    assert slope(Ca, -1.0) == pytest.approx(0.01 * 1e-9 * 26000 * 1e11 * 1e-3, rel=1e-6)


def test_a_share_of_calcium_stays_free(file, x64):
    text = '<concentrationModel id="p" type="concentrationModelHayEtAl" ion="ca" minCai="1e-4mM" '
    text += 'decay="460ms" depth="0.1um" gamma="0.0005"/>'
    Ca = gj.neuroml.read(file(text))
    hand = gj.ion_channels.CaDynamics_E2(1, gamma=0.0005, depth=0.1 * u.um)
    assert slope(Ca, -2.0) == pytest.approx(float((hand.gain * 2).mantissa), rel=1e-9)
    own = '<ComponentType name="concentrationModelHayEtAl" extends="concentrationModel"/>'
    with pytest.raises(gj.neuroml.NeuromlError, match="concentrationModel 'p' is not supported"):
        gj.neuroml.read(file(own, text))


def test_a_pool_decays_in_a_neuron(file, x64):
    Ca = gj.neuroml.read(file(FACTOR))
    pool = Ca(1, outside=2 * u.mM, temperature=30.0, rest=1e-3 * u.mM)
    leak = Channel(1, 0.1 * u.mS / u.cm**2, -65 * u.mV)
    cell = gj.PointNeuron(1, 1 * u.uF / u.cm**2, {"leak": leak}, pools=[pool])
    cell.init_state()
    pool.inside.value = np.array([2e-3]) * u.mM
    with brainstate.environ.context(dt=5 * u.ms):
        cell()
    got = float(pool.inside.value.to_decimal(u.mM)[0])
    assert got == pytest.approx(1e-3 + 1e-3 * np.exp(-5 / 20), rel=1e-9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SHELL.replace('"ca"', '"na"'), "ion of decayingPoolConcentrationModel 'p' must be 'ca'"),
        (SHELL.replace("80ms", "0ms"), "decayConstant of .* must be positive"),
        (SHELL.replace("0.2um", "-1um"), "shellThickness of .* must be positive"),
        (SHELL.replace("80ms", "80mV"), "decayConstant of .* must be a time"),
    ],
)
def test_pools_that_cannot_be_are_refused(file, text, message):
    with pytest.raises(gj.neuroml.NeuromlError, match=message):
        gj.neuroml.read(file(text))
