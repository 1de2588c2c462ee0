"""What the demo says of a job before it runs."""

import pytest

from demo_jobs import job, settled
from gapjunction.demo.parameters import DEFAULT_STIMULUS
from gapjunction.demo.report import advise, describe_job, describe_outcome

OWN = "the neurons' own equations may need less."


def test_says_what_the_library_reports():
    lines = describe_job(job()).splitlines()
    for name, text in (
        ("junctions", "gapjunction.SymmetryGapJunction with coupling 'stage', 100 pS each"),
        ("time step", "0.05 ms. The junctions are stable up to dt = 0.169 ms; " + OWN),
        # 113 junctions of 100 pS, on 1 pF.
        ("kappa", "0.0318 mean, 0.565 at most (neurons, AVAL)"),
        ("", "(kappa = dt sum(g) / C; AVAL has 113 junctions)"),
        ("lambda_max", "11.81 / ms, 1181 times the membrane's 0.01 / ms"),
        (
            "largest dt",
            "0.1694 ms for 'step', 'stage'; 0.08471 ms for 'extrapolated'; any for the others",
        ),
        ("lagged scheme", "damps by 2.89 % on average, 36.1 % at most"),
    ):
        assert f"  {name:<13}  {text}" in lines
    for text in job().stability.rows().values():
        assert text in str(job().stability)


@pytest.mark.parametrize(
    ("dt", "how", "says", "advice"),
    [
        (
            0.1,
            {"coupling": "step"},
            "0.1 ms. Stable, but differences change sign at each step: take dt < 0.0847 ms",
            "a smaller --dt may help",
        ),
        (
            0.2,
            {"coupling": "stage"},
            "0.2 ms. WARNING: Unstable: take dt < 0.169 ms, or coupling='implicit'.",
            "take a --dt below 0.169 (ms), or --coupling implicit",
        ),
        (
            0.2,
            {"coupling": "step", "builtin": True},
            "0.2 ms. WARNING: Unstable: take dt < 0.169 ms, or coupling='implicit'.",
            "take a --dt below 0.169 (ms), or --coupling implicit without --builtin",
        ),
        (
            0.05,
            {"coupling": "semi_implicit"},
            "0.05 ms. Stable, but damped by up to 36 %",
            "a smaller --dt may help",
        ),
        (
            0.8,
            {"coupling": "implicit"},
            "0.8 ms. The junctions are stable at any dt; " + OWN,
            "a smaller --dt may help",
        ),
        (
            0.8,
            {"coupling": "stage", "gap_conductance": 0.0},
            "0.8 ms. The junctions are stable at any dt; " + OWN,
            "a smaller --dt may help",
        ),
    ],
)
def test_says_what_holds_for_the_chosen_mode(dt, how, says, advice):
    asked = job(dt, **how)
    assert f"  {'time step':<13}  {says}" in describe_job(asked)
    assert advise(asked) == advice


def test_says_how_far_the_response_spreads():
    asked = job(stimulus=DEFAULT_STIMULUS)
    text = describe_outcome(asked, settled(asked))
    for part in (
        "0.1 s in 2,000 steps",
        "all neurons -35 to 15 mV; motor neurons -15 to 0 mV",
        "12 neurons moved by 1 mV or more from rest, in mV:",
        "PLML +20.9, PLMR +17.1, LUAR +9.0",
        "no movement: a fixed point",
        "PVC, which follows PLM here",
        "at 1,245 pA into each PLM",
    ):
        assert part in text
    assert "of no animal" not in text
    assert "of no animal" not in describe_job(asked)


def test_says_that_the_published_voltages_are_those_of_no_animal():
    asked = job()
    assert "as published: at least 100 times the current that touch evokes" in describe_job(asked)
    text = describe_outcome(asked, settled(asked))
    assert "farthest from 0 is PLML at 8,360 mV, which no animal reaches" in text
    assert "which they interpret as forward crawling" in text
    assert "--published" not in text


def test_says_that_nothing_moved():
    asked = job(stimulus={"AVAL": 0.1})
    text = describe_outcome(asked, settled(asked))
    assert "no neuron moves by 1 mV from rest" in text
    assert "published" not in text
