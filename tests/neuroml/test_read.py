"""Channels of files, one idiom each, beside the same channels written by hand."""

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Gate, Markov, exponential, linoid, sigmoid

V = np.linspace(-101, 39, 15)
STEADY = '<steadyState type="HHSigmoidVariable" rate="1" midpoint="-40mV" scale="8mV"/>'
COURSE = '<timeCourse type="fixedTimeCourse" tau="3ms"/>'
RATES = """
<forwardRate type="HHExpLinearRate" rate="1per_ms" midpoint="-40mV" scale="10mV"/>
<reverseRate type="HHExpRate" rate="4per_ms" midpoint="-65mV" scale="-18mV"/>
"""
ALPHA = linoid(1 / u.ms, -40 * u.mV, 10 * u.mV)
BETA = exponential(4 / u.ms, -65 * u.mV, -18 * u.mV)
INF = sigmoid(1.0, -40 * u.mV, 8 * u.mV)
DENSITY = (
    '<biophysicalProperties id="b"><membraneProperties>{}</membraneProperties>'
    "</biophysicalProperties>"
)


def per_sum(V):
    return 1 / (ALPHA(V) + BETA(V))


def share(V):
    return ALPHA(V) / (ALPHA(V) + BETA(V))


def of(gates):
    """Return a channel, written by hand, with these gates."""
    body = {"ion": "K", "g_max": 1 * u.mS / u.cm**2, "E": -90 * u.mV, **gates}
    return type(Channel)("ByHand", (Channel,), body)


def compare(ours, hand, temperature=None, **readings):
    """Compare steady states, time constants, conductance and one derivative of two channels."""
    kw = {"g_max": 1 * u.mS / u.cm**2, "E": -90 * u.mV} if ours.g_max is None else {}
    a, b = ours(15, temperature=temperature, **kw), hand(15, temperature=temperature)
    at = V * u.mV
    for one in (a, b):
        one.init_state(at + 5 * u.mV, **readings)
    for name in ("steady_state", "time_constant", "derivative"):
        found, want = (getattr(one, name)(at, **readings) for one in (a, b))
        assert list(found) == list(want), name
        for key in want:
            x, y = (
                np.asarray(u.get_mantissa(u.Quantity(z[key]) + 0 * want[key]))
                for z in (found, want)
            )
            np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-300, err_msg=f"{name} {key}")
    i, j = (np.asarray(u.get_mantissa(one.conductance(at, **readings))) for one in (a, b))
    np.testing.assert_allclose(i, j, rtol=1e-12)


@pytest.mark.parametrize(
    ("tag", "children", "declared"),
    [
        ("gateHHrates", RATES, {"alpha": ALPHA, "beta": BETA}),
        ('gate type="gateHHrates"', RATES, {"alpha": ALPHA, "beta": BETA}),
        ("gateHHratesTau", RATES + COURSE, {"steady_state": share, "time_constant": 3 * u.ms}),
        ("gateHHratesInf", RATES + STEADY, {"steady_state": INF, "time_constant": per_sum}),
        (
            "gateHHratesTauInf",
            RATES + STEADY + COURSE,
            {"steady_state": INF, "time_constant": 3 * u.ms},
        ),
        ("gateHHtauInf", COURSE + STEADY, {"steady_state": INF, "time_constant": 3 * u.ms}),
        ("gateHHInstantaneous", STEADY, {"steady_state": INF}),
    ],
)
def test_each_kind_of_gate(gate, tag, children, declared, x64):
    ours = gate(f'<{tag} id="n" instances="4">{children}</{tag.split()[0]}>')
    assert ours.__name__ == "X"
    assert ours.ion == "K"
    assert ours.n.power == 4
    compare(ours, of({"n": Gate(4, **declared)}))


@pytest.mark.parametrize(
    ("kind", "form"),
    [("HHExp", exponential), ("HHSigmoid", sigmoid), ("HHExpLinear", linoid)],
)
def test_standard_rates_are_the_rate_forms(gate, kind, form):
    numbers = 'midpoint="-0.0413 V" scale="-7.3mV"'
    ours = gate(
        '<gateHHrates id="m" instances="1">'
        f'<forwardRate type="{kind}Rate" rate="25per_s" {numbers}/>'
        f'<reverseRate type="{kind}Rate" rate="0.5 kHz" {numbers}/></gateHHrates>'
        f'<gateHHInstantaneous id="h" instances="1"><steadyState type="{kind}Variable" rate="0.5" '
        f"{numbers}/></gateHHInstantaneous>"
    )
    for rate, scale in (
        (ours.m.alpha, 0.025 / u.ms),
        (ours.m.beta, 0.5 / u.ms),
        (ours.h.steady_state, 0.5),
    ):
        assert type(rate) is form
        assert float(rate.scale / scale) == pytest.approx(1, rel=1e-14)
        assert float(rate.V_half / u.mV) == pytest.approx(-41.3, rel=1e-14)
        assert float(rate.slope / u.mV) == pytest.approx(-7.3, rel=1e-14)


def test_a_time_course_may_read_the_rates_of_its_gate(gate, x64):
    kind = """<ComponentType name="own" extends="baseVoltageDepTime">
      <Requirement name="alpha" dimension="per_time"/>
      <Requirement name="beta" dimension="per_time"/>
      <Requirement name="rateScale" dimension="none"/>
      <Constant name="least" dimension="time" value="0.2ms"/>
      <Dynamics><DerivedVariable name="tau" dimension="time" value="1 / (alpha + beta)"/>
      <ConditionalDerivedVariable name="t" exposure="t" dimension="time">
        <Case condition="tau .lt. least * rateScale" value="least * rateScale"/>
        <Case value="tau"/></ConditionalDerivedVariable></Dynamics></ComponentType>"""
    q10 = '<q10Settings type="q10Fixed" fixedQ10="3"/>'
    ours = gate(
        f'<gateHHratesTau id="n" instances="1">{q10}{RATES}<timeCourse type="own"/>'
        "</gateHHratesTau>",
        kind,
    )
    tau = lambda V: u.math.maximum(per_sum(V), 0.6 * u.ms) / 3  # noqa: E731
    compare(ours, of({"n": Gate(1, steady_state=share, time_constant=tau)}))


def test_gates_without_a_time_constant_follow_at_once(gate):
    own = """<ComponentType name="own" extends="gateHHtauInf"><Dynamics>
      <DerivedVariable name="inf" dimension="none" exposure="inf" select="steadyState/x"/>
      <DerivedVariable name="q" dimension="none" exposure="q" value="inf"/>
      <DerivedVariable name="fcond" dimension="none" exposure="fcond" value="q ^ instances"/>
      </Dynamics></ComponentType>"""
    text = f'<gate id="m" type="own" instances="2">{STEADY}{COURSE}</gate>'
    assert gate(text, own).m == Gate(2, steady_state=INF)
    zero = f'<gateHHtauInf id="m" instances="2">{STEADY}{COURSE}</gateHHtauInf>'
    assert gate(zero.replace("3ms", "0ms")).m == Gate(2, steady_state=INF)
    with pytest.raises(gj.neuroml.NeuromlError, match="gate 'm' must be of a type"):
        gate(text, own.replace('value="inf"', 'value="inf / 2"'))


def test_what_is_required_and_not_read_need_not_be_there(gate):
    own = """<ComponentType name="own" extends="baseVoltageDepRate">
      <Requirement name="beta" dimension="per_time"/>
      <Constant name="ms" dimension="time" value="1ms"/>
      <Dynamics><DerivedVariable name="idle" dimension="none" value="beta * ms"/>
      <DerivedVariable name="r" exposure="r" dimension="per_time" value="2 / ms"/></Dynamics>
      </ComponentType>"""
    rates = '<forwardRate type="own"/><reverseRate type="own"/>'
    ours = gate(f'<gateHHrates id="m" instances="1">{rates}</gateHHrates>', own)
    assert float(ours.m.alpha * u.ms) == 2.0


def test_a_required_shift_is_none_unless_it_is_given(gate, file):
    kind = """<ComponentType name="own" extends="baseVoltageDepVariable">
      <Requirement name="vShift" dimension="voltage"/>
      <Constant name="k" dimension="voltage" value="8mV"/>
      <Dynamics><DerivedVariable name="x" exposure="x" dimension="none"
        value="1 / (1 + exp(-(v - vShift) / k))"/></Dynamics></ComponentType>"""
    text = (
        '<gateHHInstantaneous id="m" instances="1"><steadyState type="own"/></gateHHInstantaneous>'
    )
    assert float(gate(text, kind).m.steady_state.V_half / u.mV) == 0
    moved = gate(text, kind, vShift=3 * u.mV)
    assert float(moved.m.steady_state.V_half / u.mV) == pytest.approx(3)


def test_a_q10_becomes_that_of_the_gate(gate, x64):
    q10 = '<q10Settings type="q10ExpTemp" q10Factor="2.5" experimentalTemp="22 degC"/>'
    ours = gate(f'<gateHHrates id="n" instances="2">{q10}{RATES}</gateHHrates>')
    assert (ours.n.q10, ours.reference_temperature) == (2.5, 22.0)
    assert ours.n.alpha == ALPHA
    hand = {"n": Gate(2, alpha=ALPHA, beta=BETA, q10=2.5), "reference_temperature": 22.0}
    compare(ours, of(hand), temperature=35.0)


def test_fixed_and_several_q10_multiply_the_rates(gate, x64):
    settings = (
        '<q10Settings type="q10ExpTemp" q10Factor="2" experimentalTemp="20 degC"/>',
        '<q10Settings type="q10Fixed" fixedQ10="1.5"/>'
        '<q10Settings type="q10ExpTemp" q10Factor="3" experimentalTemp="30degC"/>',
    )
    m, h = (f"{q}{RATES}</gateHHrates>" for q in settings)
    ours = gate(f'<gateHHrates id="m" instances="1">{m}<gateHHrates id="h" instances="1">{h}')
    assert ours.reference_temperature == 20.0
    assert (ours.m.q10, ours.h.q10) == (2.0, 1.0)

    def times(rate):
        return lambda V, temperature: rate(V) * 1.5 * 3 ** ((temperature - 30) / 10)

    hand = {
        "m": Gate(1, alpha=ALPHA, beta=BETA, q10=2),
        "h": Gate(1, alpha=times(ALPHA), beta=times(BETA)),
        "reference_temperature": 20.0,
    }
    compare(ours, of(hand), temperature=35.0)


def test_fractional_gates_are_multiplied_out(gate, x64):
    def sub(name, fraction, tau):
        return (
            f'<subGate id="{name}" fractionalConductance="{fraction}">{STEADY}'
            f'<timeCourse type="fixedTimeCourse" tau="{tau}ms"/></subGate>'
        )

    ours = gate(
        f'<gateHHInstantaneous id="m" instances="3">{STEADY}</gateHHInstantaneous>'
        f'<gateFractional id="h" instances="2">{sub("a", 0.6, 2)}{sub("b", 0.4, 20)}'
        "</gateFractional>"
    )
    channel = ours(15, g_max=1 * u.mS / u.cm**2, E=-90 * u.mV)
    channel.init_state(V * u.mV)
    a, b = np.linspace(0, 1, 15), np.linspace(0.7, 0.1, 15)
    channel.h_a.value, channel.h_b.value = u.math.asarray(a), u.math.asarray(b)
    m = np.asarray(INF(V * u.mV))
    got = np.asarray(channel.open_fraction(V * u.mV))
    np.testing.assert_allclose(got, m**3 * (0.6 * a + 0.4 * b) ** 2, rtol=1e-12)


def test_a_kinetic_scheme(file, x64):
    rate = '<rate type="HHExpRate" rate="{}per_ms" midpoint="-40mV" scale="{}mV"/>'
    states = '<closedState id="C1"/><closedState id="C2"/><openState id="O"/><closedState id="I"/>'
    path = file(
        '<ionChannelKS id="KS" conductance="1pS" species="na"><gateKS id="s" instances="1">'
        '<q10Settings type="q10ExpTemp" q10Factor="3" experimentalTemp="20degC"/>'
        f'{states}<forwardTransition id="a" from="C1" to="C2">{rate.format(2, 20)}'
        "</forwardTransition>"
        f'<reverseTransition id="b" from="C1" to="C2">{rate.format(1, -30)}</reverseTransition>'
        '<vHalfTransition from="C2" to="O" vHalf="-50mV" z="1.5" gamma="0.7" tau="3.2ms" '
        'tauMin="0.3ms"/>'
        f'<tauInfTransition from="O" to="I">{STEADY}{COURSE}</tauInfTransition>'
        "</gateKS></ionChannelKS>"
    )

    def limited(sign, share):
        return lambda V: (
            1
            / (
                3.2 * u.ms / u.math.exp(sign * 1.5 * share * (V + 50 * u.mV) / (25.3 * u.mV))
                + 0.3 * u.ms
            )
        )

    rates = {
        ("C1", "C2"): exponential(2 / u.ms, -40 * u.mV, 20 * u.mV),
        ("C2", "C1"): exponential(1 / u.ms, -40 * u.mV, -30 * u.mV),
        ("C2", "O"): limited(1, 0.7),
        ("O", "C2"): limited(-1, 1 - 0.7),
        ("O", "I"): lambda V: INF(V) / (3 * u.ms),
        ("I", "O"): lambda V: (1 - INF(V)) / (3 * u.ms),
    }
    hand = Markov(("C1", "C2", "O", "I"), rates, ("O",), q10=3)
    ours = gj.neuroml.read(path)
    assert ours.s.states == hand.states
    assert ours.s.open == ("O",)
    compare(ours, of({"s": hand, "reference_temperature": 20.0}), temperature=30.0)
    assert "some simulators" in str(gj.neuroml.report(path))


def test_conductances_of_a_channel_rise_with_temperature(gate):
    scaling = '<q10ConductanceScaling q10Factor="1.5" experimentalTemp="25degC"/>'
    ours = gate(f'{scaling}<gateHHrates id="n" instances="1">{RATES}</gateHHrates>')
    assert (ours.q10_conductance, ours.reference_temperature) == (1.5, 25.0)


def test_calcium_may_scale_a_conductance(gate, x64):
    kind = """<ComponentType name="own" extends="baseConductanceScalingCaDependent">
      <Constant name="full" dimension="concentration" value="1e-3 mM"/><Dynamics>
      <ConditionalDerivedVariable name="factor" exposure="factor" dimension="none">
      <Case condition="caConc .lt. full" value="caConc / full"/><Case value="1"/>
      </ConditionalDerivedVariable></Dynamics></ComponentType>"""
    scaling = '<baseConductanceScalingCaDependent type="own"/>'
    ours = gate(f'<gateHHrates id="n" instances="2">{RATES}</gateHHrates>{scaling}', kind)
    factor = lambda V, Ca: u.math.minimum(Ca / (1 * u.uM), 1.0)  # noqa: E731
    hand = {"n": Gate(2, alpha=ALPHA, beta=BETA), "scaling": Gate(1, steady_state=factor)}
    compare(ours, of(hand), Ca=np.linspace(0.1, 2, 15) * u.uM)


def test_calcium_is_read_from_the_pool(gate, x64):
    kind = """<ComponentType name="own" extends="baseVoltageConcDepVariable">
      <Constant name="half" dimension="concentration" value="3e-4 mM"/>
      <Dynamics><DerivedVariable name="x" exposure="x" dimension="none"
        value="1 / (1 + (half / caConc) ^ 4.0)"/></Dynamics></ComponentType>"""
    ours = gate(
        f'<gateHHtauInf id="q" instances="1"><steadyState type="own"/>{COURSE}</gateHHtauInf>', kind
    )
    inf = lambda V, Ca: 1 / (1 + (0.3 * u.uM / Ca) ** 4)  # noqa: E731
    hand = {"q": Gate(1, steady_state=inf, time_constant=3 * u.ms)}
    compare(ours, of(hand), Ca=np.linspace(0.1, 2, 15) * u.uM)


N = f'<ionChannelHH id="X" species="k" conductance="20pS"><gateHHrates id="n" instances="4">{RATES}'
N += "</gateHHrates></ionChannelHH>"


def test_a_density_gives_conductance_ion_and_reversal_potential(file):
    density = '<channelDensity id="all" ionChannel="X" condDensity="36 mS_per_cm2" '
    density += 'erev="-77mV" ion="na"/>'
    ours = gj.neuroml.read(file(N, DENSITY.format(density)))
    assert ours.ion == "Na"
    assert float(ours.g_max / (u.mS / u.cm**2)) == 36.0
    assert float(ours.E / u.mV) == -77.0


def test_a_nernst_density_takes_the_pool(file):
    density = '<channelDensityNernst id="all" ionChannel="X" condDensity="3 S_per_m2" ion="ca"/>'
    ours = gj.neuroml.read(file(N, DENSITY.format(density)))
    assert (ours.ion, ours.E) == ("Ca", "Nernst")
    assert float(ours.g_max / (u.mS / u.cm**2)) == pytest.approx(0.3)


def test_a_permeability_becomes_a_constant_field_channel(file, x64):
    density = '<channelDensityGHK id="all" ionChannel="X" permeability="1e-6 m_per_s" ion="ca"/>'
    ours = gj.neuroml.read(file(N, DENSITY.format(density)))
    channel = ours(15, temperature=22.0)
    channel.init_state(V * u.mV)
    got = channel.current(V * u.mV, Ca=1e-4 * u.mM, Ca_out=2 * u.mM).to_decimal(u.uA / u.cm**2)
    # The definition of the type, with its constants, in SI units.
    k = 2 * 96485.3 / (8.3144621 * 295.15)
    field = 1e-6 * 2 * 96485.3 * k * V * 1e-3
    field *= (1e-4 - 2 * np.exp(-k * V * 1e-3)) / (1 - np.exp(-k * V * 1e-3))
    n = np.asarray(share(V * u.mV)) ** 4
    np.testing.assert_allclose(got, field * n * 100, rtol=2e-6)


def test_a_population_has_an_absolute_conductance(file):
    density = '<channelPopulation id="all" ionChannel="X" number="500" erev="-77mV" ion="k"/>'
    ours = gj.neuroml.read(file(N, DENSITY.format(density)))
    assert float(ours.g_max / u.nS) == pytest.approx(10.0)


def test_several_densities_are_chosen_by_their_ids(file):
    densities = "".join(
        f'<channelDensity id="{name}" ionChannel="X" condDensity="{g} mS_per_cm2" erev="-77mV" '
        f'segmentGroup="{name}_group" ion="k"/>'
        for name, g in (("soma", 36), ("axon", 360))
    )
    path = file(N, DENSITY.format(densities))
    assert float(gj.neuroml.read(path, "axon").g_max / (u.mS / u.cm**2)) == 360.0
    with pytest.raises(gj.neuroml.NeuromlError, match="several: 'soma', 'axon'"):
        gj.neuroml.read(path)
    assert "segment group 'soma_group'" in str(gj.neuroml.report(path, "soma"))


def test_a_passive_channel_is_a_leak(file):
    leak = '<ionChannelPassive id="leak" conductance="10pS"/>'
    density = '<channelDensity id="a" ionChannel="leak" condDensity="0.3mS_per_cm2" '
    density += 'erev="-54mV" ion="non_specific"/>'
    ours = gj.neuroml.read(file(leak, DENSITY.format(density)))
    assert (ours.ion, ours.gates) == ("nonspecific", {})


def test_a_shift_of_the_density_is_what_rates_require(file, x64):
    kind = """<ComponentType name="own" extends="baseVoltageDepVariable">
      <Requirement name="vShift" dimension="voltage"/>
      <Constant name="k" dimension="voltage" value="8mV"/>
      <Constant name="half" dimension="voltage" value="-40mV"/>
      <Dynamics><DerivedVariable name="x" exposure="x" dimension="none"
        value="1 / (1 + exp(-(v - vShift - half) / k))"/></Dynamics></ComponentType>"""
    channel = (
        '<ionChannelVShift id="X" vShift="0mV" species="k" conductance="1pS"><gateHHInstantaneous '
        'id="m" instances="1"><steadyState type="own"/></gateHHInstantaneous></ionChannelVShift>'
    )
    density = (
        '<channelDensityVShift id="a" ionChannel="X" condDensity="1mS_per_cm2" erev="0mV" '
        'vShift="5mV" ion="k"/>'
    )
    ours = gj.neuroml.read(file(kind, channel, DENSITY.format(density)))
    assert ours.m.steady_state == sigmoid(1.0, -35 * u.mV, 8 * u.mV)


def test_numbers_are_overridden_by_name(gate, file):
    path = file(N)
    ours = gj.neuroml.read(
        path,
        n_forwardRate_midpoint=-0.05 * u.volt,
        n_instances=2,
        g_max=1 * u.mS / u.cm**2,
        E=-90 * u.mV,
    )
    assert ours.n.alpha == linoid(1 / u.ms, -50 * u.mV, 10 * u.mV)
    assert ours.n.power == 2
    assert float(ours(1).E / u.mV) == -90.0
    listed = gj.neuroml.report(path).parts[0].numbers
    assert listed["n_reverseRate_scale"] == "-18mV"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_forwardRate_midpiont": -50 * u.mV}, "Did you mean 'n_forwardRate_midpoint'"),
        ({"n_forwardRate_midpoint": -50.0}, "must be a voltage"),
        ({"n_forwardRate_midpoint": [1.0, 2.0] * u.mV}, "one finite number"),
        ({"n_forwardRate_scale": 0 * u.mV}, "not finite and 0 or more at any voltage"),
    ],
)
def test_overrides_that_do_not_fit_are_refused(file, given, message):
    with pytest.raises(gj.neuroml.NeuromlError, match=message):
        gj.neuroml.read(file(N), **given)


def test_ids_become_names_of_python(gate):
    ours = gate(
        f'<gateHHrates id="1-a" instances="1">{RATES}</gateHHrates>'
        f'<gateHHrates id="V" instances="1">{RATES}</gateHHrates>'
        f'<gateHHrates id="current" instances="1">{RATES}</gateHHrates>',
        species="unheard",
    )
    assert list(ours.gates) == ["gate_1_a", "gate_V_", "gate_current_"]
    assert ours.ion == "nonspecific"


def test_the_report_says_what_became_of_each_part(file):
    broken = '<ionChannelHH id="B"><gateHHrates id="m" instances="1"/></ionChannelHH>'
    report = gj.neuroml.report(file(N, broken))
    good, bad = report.parts
    assert good.imported == ("gate n^4: alpha linoid, beta exponential",)
    assert any("g_max and E" in text for text in good.left_out)
    assert "gate 'm' must have a forwardRate" in bad.refused
    assert "refused: gate 'm'" in str(report)


def test_a_channel_runs_in_a_neuron(file):
    density = (
        '<channelDensity id="all" ionChannel="X" condDensity="36 mS_per_cm2" erev="-77mV" ion="k"/>'
    )
    X = gj.neuroml.read(file(N, DENSITY.format(density)))
    cells = gj.PointNeuron(2, 1 * u.uF / u.cm**2, {"k": X(2)})
    cells.init_state()
    import brainstate

    with brainstate.environ.context(dt=0.05 * u.ms):
        for _ in range(3):
            cells(1 * u.uA / u.cm**2)
    assert np.isfinite(np.asarray(cells.V.value.mantissa)).all()
