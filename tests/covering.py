"""Few cases out of many: in which every two values that can meet do meet, or each value occurs."""

import itertools


def covering(*axes):
    """Return cases of the product of axes, so that any two values of two axes occur together.

    Faults that need more than two particular settings are rare, while the cases of a full product
    multiply with each axis.
    """
    return covering_of(itertools.product(*axes))


def covering_of(cases):
    """Return those of the given cases in which all pairs of values occur that occur in any."""

    return _fewest(cases, 2)


def each_once(cases):
    """Return those of the given cases in which each value of each axis occurs at least once."""
    return _fewest(cases, 1)


def _fewest(cases, together):
    def settings(case):
        return set(itertools.combinations(enumerate(case), together))

    left = {tuple(case): settings(case) for case in cases}
    missing, chosen = set().union(*left.values()), []
    while missing:
        # The first of those that add most: the choice is the same in every run.
        best = max(left, key=lambda case: len(left[case] & missing))
        missing -= left.pop(best)
        chosen.append(best)
    return chosen
