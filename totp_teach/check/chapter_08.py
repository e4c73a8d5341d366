"""The exercises of chapter 08: attacks and limits."""

import math

from .exercise import Exercise, known_slips


def _odds(tries: int, alive: int = 3, digits: int = 6) -> float:
    return 1 - (1 - alive / 10**digits) ** tries


def _attempts(chance: float, alive: int = 3, digits: int = 6) -> float:
    return math.log(1 - chance) / math.log(1 - alive / 10**digits)


odds = Exercise(
    "08.1",
    "odds(tries, alive, digits)",
    "the chance that all tries miss is (1 − alive / 10^digits) to the power of tries",
    right=_odds,
    slips=known_slips(
        "probability",
        (
            "chances added up",
            "above 1 when there are many tries",
            lambda tries, alive, digits: tries * alive / 10**digits,
        ),
        ("the chance to miss", "falls with every try", lambda *given: 1 - _odds(*given)),
        ("one code alive", "too small by the window", lambda tries, alive, digits: _odds(tries, 1, digits)),
        (
            "six digits always",
            "the same for four digits as for eight",
            lambda tries, alive, digits: _odds(tries, alive),
        ),
    ),
    inputs=((1, 3, 6), (5, 3, 6), (100, 3, 6), (10**6, 3, 6), (1000, 6, 4), (10, 1, 1)),
    fresh=lambda random: (random.randint(1, 10**5), random.randint(1, 6), random.randint(3, 8)),
)
tries_for = Exercise(
    "08.2",
    "tries_for(chance, alive, digits)",
    "solve the formula of 08.1 for tries, with two logarithms; a part of a try is a whole one",
    right=lambda *given: math.ceil(_attempts(*given)),
    slips=known_slips(
        "probability",
        ("rounded down", "one try too few", lambda *given: math.floor(_attempts(*given))),
        (
            "chances added up",
            "too few: missed tries do not add up",
            lambda chance, alive, digits: math.ceil(chance * 10**digits / alive),
        ),
        (
            "one code alive",
            "too many by the window",
            lambda chance, alive, digits: math.ceil(_attempts(chance, 1, digits)),
        ),
    ),
    inputs=((0.5, 3, 6), (0.03, 6, 6), (0.99, 1, 3), (0.5, 3, 8)),
    fresh=lambda random: (random.uniform(0.05, 0.95), random.randint(1, 6), random.randint(3, 7)),
)
