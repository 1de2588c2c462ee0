"""Few cases out of many, in which every two values that can meet do meet."""

import itertools


def covering(*axes):
    """Return cases of the product of axes, so that any two values of two axes occur together.

    Faults that need more than two particular settings are rare, while the cases of a full product
    multiply with each axis.
    """
    return covering_of(itertools.product(*axes))


def covering_of(cases):
    """Return those of the given cases in which all pairs of values occur that occur in any."""

    def pairs(case):
        return set(itertools.combinations(enumerate(case), 2))

    left = {tuple(case): pairs(case) for case in cases}
    missing, chosen = set().union(*left.values()), []
    while missing:
        # The first of those that add most: the choice is the same in every run.
        best = max(left, key=lambda case: len(left[case] & missing))
        missing -= left.pop(best)
        chosen.append(best)
    return chosen
