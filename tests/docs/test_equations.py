"""The reference shows the equations of channels as papers write them."""

import equations
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Gate, catalogue, exponential, sigmoid


def of(name):
    channel = catalogue.load(name)
    return equations.current(channel), list(equations.gate_equations(channel))


def test_rate_forms():
    current, gates = of("Na_HH1952")
    assert current == r"I = g_{max}\, m^{3}\, h\, (V - E)"
    assert gates == [
        r"\alpha_{m} = \frac{0.1\, (V + 40)}{1 - e^{-(V + 40) / 10}}",
        r"\beta_{m} = 4\, e^{-(V + 65) / 18}",
        r"\alpha_{h} = 0.07\, e^{-(V + 65) / 20}",
        r"\beta_{h} = \frac{1}{1 + e^{-(V + 35) / 10}}",
    ]


def test_a_slope_below_zero():
    _, gates = of("Na_Po2008")
    assert r"\beta_{m} = \frac{-0.28\, (V + 16.2)}{1 - e^{(V + 16.2) / 5}}" in gates


def test_functions_are_traced():
    current, gates = of("T_HM1992")
    assert current.startswith(r"I = P_{max}\, m^{2}\, h\, z^2 \frac{F^2 V}{R T}")
    assert r"[Ca]_o e^{-z F V / R T}" in current
    assert gates[1] == (
        r"\tau_{m} = 0.612 + \frac{1}{e^{\left(V + 16.8\right) / 18.2} "
        r"+ e^{-\left(V + 132\right) / 16.7}}"
    )
    assert gates[3] == (
        r"\tau_{h} = \begin{cases} e^{\left(V + 467\right) / 66.6} & \text{if } V < -80 \\ "
        r"28 + e^{-\left(V + 22\right) / 10.5} & \text{otherwise} \end{cases}"
    )


def test_concentrations_terms_and_schemes():
    assert of("AHP_De1994")[1][0] == r"\alpha_{m} = 0.03\, \left([Ca] / 0.025\right)^{2}"
    assert r"(0.85\, n^{2} + 0.15\, p)\, (V - E)" in of("HT_RM2003")[0]
    assert "(V - E_{Ca})" in of("Ca_HVA_Ha2011")[0]
    assert r"C1 \to C2: 200\, [Ca]" in of("SK_Hi1998")[1]
    assert of("Leak_WB1996") == (r"I = g_{max}\, (V - E)", [])


def test_what_a_function_is_made_of():
    steep, flat = sigmoid(1.0, 0 * u.mV, -5 * u.mV), exponential(2.0, 10 * u.mV, 4 * u.mV)

    class Odd(Channel):
        g_max, E = 1 * u.nS, 0 * u.mV
        reference_temperature = 20.0
        m = Gate(
            1,
            steady_state=lambda V: 1 - 0.5 * steep(V),
            time_constant=lambda V: u.math.maximum(3 * u.ms / flat(V), 2 * u.ms) * 4,
        )
        n = Gate(
            1,
            steady_state=lambda V, temperature: (temperature / 40) ** 2 / (1 + (V / u.mV) ** 2),
            time_constant=lambda V: (1 - 0.1 / u.mV * (V - 3 * u.mV)) * u.ms,
        )

    assert list(equations.gate_equations(Odd)) == [
        r"m_\infty = 1 - 0.5\, \frac{1}{1 + e^{V / 5}}",
        r"\tau_{m} = \max\left(\frac{3}{2\, e^{\left(V - 10\right) / 4}}, 2\right)\, 4",
        r"n_\infty = \frac{\left(T / 40\right)^{2}}{1 + V^{2}}",
        r"\tau_{n} = 1 - 0.1\, \left(V - 3\right)",
    ]


def test_long_functions_and_those_that_cannot_be_traced_are_left_to_the_source():
    assert of("Nap_Ha2011")[1][1] == r"\tau_{m} = \text{a longer function, see the source}"
    assert r"O \to L: \text{a function, see the source}" in of("h_De1996")[1]
    assert (
        r"e^{0.5\, \left(-\ln\left(1 + e^{-\left(V + 15\right) / 5}\right)\right)}"
        in (of("HT_RM2003")[1][0])
    )


def test_a_mechanism_has_currents_of_any_form():
    assert equations.current(gj.ion_channels.Mechanism) is None


def test_all_can_be_drawn_by_browsers():
    latex2mathml = pytest.importorskip("docutils.utils.math.latex2mathml")
    for entry in catalogue.INDEX:
        for line in (*of(entry.name)[1], of(entry.name)[0]):
            assert "<math" in latex2mathml.tex2mathml(line, as_block=True)
