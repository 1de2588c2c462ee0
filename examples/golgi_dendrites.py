# %% [markdown]
"""
# The place of a junction on a Golgi cell's dendrites

After Vervaeke, Lorincz, Gleeson, Farinella, Nusser & Silver (2010) Neuron 67:435-451,
https://doi.org/10.1016/j.neuron.2010.06.028, and Szoboszlay, Lorincz, Lanore, Vervaeke, Silver &
Nusser (2016) Neuron 90:1043-1056, https://doi.org/10.1016/j.neuron.2016.03.029. Golgi cells of the
cerebellum are joined on their apical dendrites. From paired recordings the coupling coefficient CC
of two cells at a distance of r um is, in percent,

    CC = -2.3 + 29.7 exp(-r / 70.4)

and in the published network one junction between dendrites has the conductance that gives this
coefficient in the reconstructed cell:

    g = -564.5 + 576.4 exp(CC / 12.4) + 0.5931 exp(CC / 2.79)   pS

Here the same conductances are between the dendrites of a cell of our own with a reduced morphology,
and the coefficients between somata are computed from its linear circuit.

The membrane is that of the published cell: 1 uF/cm2, 100 ohm cm, a leak of 0.021 mS/cm2 to -55 mV
everywhere, and in the soma the currents of Solinas et al. (2007) Front Cell Neurosci 1:2. The
reduced cell has the lengths and areas that we measured in the reconstruction 040408_C1 (Open Source
Brain, VervaekeEtAl-GolgiCellNetwork):

| | reconstructed | reduced |
| --- | --- | --- |
| soma | 2290 um2 | 27 x 27 um, 2290 um2 |
| two apical trees | 894 and 820 um, 1448 and 1400 um2 | 900 um and 1442 um2 each |
| path to their tips | 187 and 198 um in the mean | 200 um, forked twice into three |
| basal dendrites | 759 um, 1192 um2 | eight of 95 um, 1194 um2 |
| axon | 3956 um, 4499 um2 | 3970 um, 4467 um2 |

The script needs braincell 0.2.0 or newer.

**What is simplified**: besides the morphology, the high-threshold calcium current and the two
currents that calcium opens are left out, as they are closed below threshold. Somata are held at
-65 mV.

| r, um | 20 | 50 | 80 | 110 | 140 |
| --- | ---: | ---: | ---: | ---: | ---: |
| g, nS | 3.13 | 1.04 | 0.48 | 0.23 | 0.10 |
| CC as measured, % | 20.1 | 12.3 | 7.2 | 3.9 | 1.8 |
| junction on the soma | 44.9 | 21.3 | 11.1 | 5.6 | 2.6 |
| 95 um from it | 23.4 | 14.4 | 8.6 | 4.8 | 2.3 |
| 137 um from it | 17.0 | 11.6 | 7.5 | 4.3 | 2.2 |
| 193 um from it | 11.4 | 8.7 | 6.1 | 3.8 | 2.0 |

In a saved network of the published model, junctions are at 105 um in the median, with quartiles of
46 and 185 um. There the reduced cell has 1.1 to 1.3 times the measured coefficients. On the soma
the same conductances would couple the cells up to twice as strongly. One junction of 0.9 nS, the
mean of Szoboszlay et al. (2016), makes a coefficient of 19 % on the soma, and of 8 % at the end of
a dendrite.

To draw the figure: `python examples/golgi_dendrites.py --plot docs/images/golgi_dendrites.png`.
"""

# %%
import argparse

import braincell
import matplotlib.pyplot as plt
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction import ion_channels
from gapjunction.ion_channels import insert

PATHS = {  # where on an apical tree, and how far from the soma
    "soma": ("soma", 0.5),
    "30 um": ("trunk", 0.5),
    "95 um": ("limb", 0.5),
    "137 um": ("twig", 0.1),
    "165 um": ("twig", 0.5),
    "193 um": ("twig", 0.9),
}
MEAN = 0.9  # nS, of one junction: Szoboszlay et al. 2016
SOMATIC = {
    kind.__name__.removesuffix("_So2007"): kind
    for kind in (
        *(ion_channels.NaT_So2007, ion_channels.NaR_So2007, ion_channels.NaP_So2007),
        *(ion_channels.KV_So2007, ion_channels.KA_So2007, ion_channels.Kslow_So2007),
        *(ion_channels.HCN1_So2007, ion_channels.HCN2_So2007, ion_channels.CaLVA_So2007),
    )
}


def coefficient(r):
    """Return the measured coupling coefficient of cells at a distance in um."""
    return (-2.3 + 29.7 * np.exp(-np.asarray(r) / 70.4)) / 100


def conductance(r):
    """Return the conductance of the published network's junction at a distance in um, in nS."""
    percent = 100 * coefficient(r)
    return (-564.5 + 576.4 * np.exp(percent / 12.4) + 0.5931 * np.exp(percent / 2.79)) / 1000


def branch(length, diameter, kind):
    """Return a cylinder, in um."""
    radii = [diameter / 2, diameter / 2] * u.um
    return braincell.Branch.from_lengths(lengths=[length] * u.um, radii=radii, type=kind)


def morphology():
    """Return the reduced morphology; branches without a name of their own have no junction."""
    tree = braincell.Morphology.from_root(branch(27, 27, "soma"), name="soma")

    def grow(parent, name, *size, x=1.0):
        tree.attach(parent=parent, child_branch=branch(*size), child_name=name, parent_x=x)

    for a, trunk in enumerate(("trunk", "other")):
        grow("soma", trunk, 60, 0.9, "apical_dendrite", x=0.5)
        for b in range(3):
            middle = "limb" if a == b == 0 else f"limb_{a}{b}"
            grow(trunk, middle, 70, 0.55, "apical_dendrite")
            for c in range(3):
                end = "twig" if a == b == c == 0 else f"twig_{a}{b}{c}"
                grow(middle, end, 70, 0.46, "apical_dendrite")
    for b in range(8):
        grow("soma", f"basal_{b}", 95, 0.5, "basal_dendrite", x=0.5)
    grow("soma", "axon_stem", 50, 1.0, "axon", x=0.5)
    for b in range(14):
        grow("axon_stem", f"axon_{b}", 280, 0.35, "axon")
    return tree


def circuit(V=-65.0, active=True, parts=5):
    """Return the resistances of a cell, with its soma held at V, that determine coupling.

    Its input resistance, and for each of PATHS the resistance there and the one between there and
    the soma, in Gohm. Dendrites are linear, so that only the soma's voltage matters.
    """
    if not hasattr(braincell, "CellView"):
        raise ImportError("this example needs braincell 0.2.0 or newer")
    cells = braincell.Cell(
        morphology(), pop_size=2, cv_policy=braincell.CVPerBranch(parts), V_init=V * u.mV
    )
    cells.paint(
        braincell.filter.AllRegion(),
        braincell.mech.CableProperty(
            resting_potential=-55 * u.mV,
            membrane_capacitance=1 * u.uF / u.cm**2,
            axial_resistivity=100 * u.ohm * u.cm,
        ),
        braincell.mech.Channel("IL", g_max=0.021 * u.mS / u.cm**2, E=-55 * u.mV),
    )
    if active:
        channels = {name: kind((2, cells.n_cv)) for name, kind in SOMATIC.items()}
        insert(cells, channels, where=cells.branch["soma"])
    soma = gj.sites(cells, braincell.filter.at("soma", 0.5))
    places = {name: gj.sites(cells, braincell.filter.at(*where)) for name, where in PATHS.items()}
    gap = gj.SymmetryGapJunction(soma, "V", ([0], [1]), MEAN * u.nS)
    cells.init_state()
    # The cell by itself: what the junctions see is then added in closed form.
    gap.weight.value = 0 * gap.weight.value
    network = gj.measure.linearise(gap)
    Z = gj.measure.transfer(network).to_decimal(u.Gohm)
    here = network.cell("soma", (soma, 0))
    there = {name: network.cell(name, (place, 0)) for name, place in places.items()}
    return Z[here, here], {k: (Z[i, i], Z[here, i]) for k, i in there.items()}


def coupled(g, cell, place):
    """Return the coupling coefficient of two such somata, joined by g in nS at a place of each."""
    own, places = cell
    there, between = places[place]
    through = g * between**2 / (1 + 2 * g * there)
    return through / (own - through)


def main(figure=None, r=(20, 50, 80, 110, 140), parts=5):
    """Return coefficients in percent: measured, and of the model by place."""
    r = np.asarray(r, float)
    cells = {"held at -65 mV": circuit(parts=parts), "passive": circuit(active=False, parts=parts)}
    held = cells["held at -65 mV"]
    found = {"measured": 100 * coefficient(r)}
    found |= {place: 100 * coupled(conductance(r), held, place) for place in PATHS}
    print(f"{'r, um':>10}" + "".join(f"{x:8.0f}" for x in r))
    print(f"{'g, nS':>10}" + "".join(f"{x:8.2f}" for x in conductance(r)))
    for name, values in found.items():
        print(f"{name:>10}" + "".join(f"{x:8.1f}" for x in values))
    for name, cell in cells.items():
        print(f"{name}: {1000 * cell[0]:.0f} Mohm;", end=" ")
        print(", ".join(f"{place} {100 * coupled(MEAN, cell, place):.1f} %" for place in PATHS))
    found["resistance"] = 1000 * held[0]
    found["mean junction"] = np.array([100 * coupled(MEAN, held, place) for place in PATHS])
    if figure is not None:
        draw(figure, held, cells["passive"])
    return found


def draw(figure, held, passive):
    """Draw coefficients against distance and against the place of a junction."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    r = np.linspace(10, 155, 100)
    for k, place in enumerate(PATHS):
        color = plt.get_cmap("viridis")(k / len(PATHS))
        name = "soma" if place == "soma" else f"{place} from it"
        left.plot(r, 100 * coupled(conductance(r), held, place), color=color, label=name)
    left.plot(r, 100 * coefficient(r), "k--", label="measured")
    left.set(xlabel="distance of the cells (um)", ylabel="coupling coefficient (%)")
    left.legend(title="junction at", fontsize="small")
    path = [0.0 if place == "soma" else float(place.split()[0]) for place in PATHS]
    for name, cell in (("held at -65 mV", held), ("passive", passive)):
        values = [100 * coupled(MEAN, cell, place) for place in PATHS]
        right.plot(path, values, "o-", label=name)
    right.set(
        xlabel="path from the soma to the junction (um)",
        ylabel=f"coupling coefficient of {MEAN} nS (%)",
        ylim=(0, None),
    )
    right.legend(fontsize="small")
    fig.savefig(figure, dpi=150)
    plt.close(fig)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Where a junction sits on a Golgi cell")
    parser.add_argument("--plot", metavar="FILE", help="draw the figure into a file")
    main(parser.parse_args().plot)
