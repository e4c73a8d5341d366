"""The exercises of chapter 08: attacks and limits."""

import math
from collections.abc import Callable
from functools import partial
from itertools import count
from random import Random

from .exercise import Exercise, known_slips

EDGES = ((1, 5, 0.5), (1, 9, 0.7), (10**9, 9, 0.0001))  # just the chance; nearly all codes alive; many digits


def _chance(tries: float, alive: int, digits: int) -> float:
    return 1 - (1 - alive / 10**digits) ** tries


def _tries(chance: float, alive: int, digits: int) -> float:
    return math.log(1 - chance) / math.log(1 - alive / 10**digits)


def _between(random: Random) -> tuple[float, int, int]:
    """A chance for which well between two whole numbers of tries are due: so every way to compute them is right."""
    alive, digits = random.randint(1, 6), random.randint(3, 7)
    tries = random.randint(10**digits // 20, 10**digits) // alive + random.choice((0.3, 0.7))
    return _chance(tries, alive, digits), alive, digits


def _digits(tries: int, alive: int, chance: float, enough: Callable[[float, float], bool] = float.__le__) -> int:
    """The fewest digits with which so many tries hit with no more than that chance."""
    return next(digits for digits in count(1) if enough(_chance(tries, alive, digits), chance))


tries_for = Exercise(
    "08.1",
    "tries_for(chance, alive, digits)",
    "solve the formula of the chapter for tries, with two logarithms, and round up",
    right=lambda *given: math.ceil(_tries(*given)),
    slips=known_slips(
        "",
        ("rounded down", "one try too few", lambda *given: math.floor(_tries(*given))),
        ("rounded to the nearest", "sometimes one try too few", lambda *given: round(_tries(*given))),
        ("one more than rounded down", "too many where it comes out even", lambda *given: int(_tries(*given)) + 1),
        ("chances added up", "missed tries do not add up", lambda hit, alive, n: math.ceil(hit * 10**n / alive)),
        ("one code alive", "the window is left out", lambda hit, alive, digits: math.ceil(_tries(hit, 1, digits))),
        ("six digits", "right for codes of six digits alone", lambda hit, alive, _: math.ceil(_tries(hit, alive, 6))),
        ("chance of a hit", "its logarithm is of a miss", lambda hit, *given: math.ceil(_tries(1 - hit, *given))),
    ),
    inputs=((0.5, 3, 6), (0.03, 6, 6), (0.99, 1, 3), (0.5, 3, 8), (0.75, 5, 1)),
    fresh=_between,
)
digits_for = Exercise(
    "08.2",
    "digits_for(tries, alive, chance)",
    "try one digit, two, three … until the chance of a hit is small enough",
    right=_digits,
    slips=known_slips(
        "",
        ("below in place of at most", "a chance of just that much is enough", partial(_digits, enough=float.__lt__)),
        ("one digit too few", "the chance is still above the limit", lambda *given: _digits(*given) - 1),
        ("one digit too many", "one digit less is enough", lambda *given: _digits(*given) + 1),
        ("chances added up", "too many: tries do not add up", lambda n, alive, hit: _digits(1, n * alive, hit)),
        ("six digits or more", "fewer are enough here", lambda *given: max(6, _digits(*given))),
        ("one try", "the tries are left out", lambda tries, alive, chance: _digits(1, alive, chance)),
        ("one code alive", "the window is left out", lambda tries, alive, chance: _digits(tries, 1, chance)),
    ),
    inputs=((99 * 365, 3, 0.001), (100, 3, 0.001), (5, 1, 0.01), (10**6, 6, 0.5), (3, 3, 0.0001), *EDGES),
    fresh=lambda random: (random.randint(1, 10**5), random.randint(1, 9), 10 ** random.uniform(-4, -0.5)),
)
