"""The exercises of chapter 06: QR codes."""

from random import Random

from .exercise import Exercise, known_slips

Rows = list[list[bool]]


def _framed(matrix: Rows, width: int = 4, dark: bool = False) -> Rows:
    """The matrix with so many modules around it."""
    size = len(matrix[0]) + 2 * width
    edge = [[dark] * size for _ in range(width)]
    return [*edge, *([dark] * width + list(row) + [dark] * width for row in matrix), *map(list, edge)]


def _square(random: Random) -> tuple[Rows]:
    size = random.choice((3, 5, 21))
    return ([[random.random() < 0.5 for _ in range(size)] for _ in range(size)],)


modules = Exercise(
    "06.1",
    "modules(version)",
    "version 1 has 21 modules a side, and each next version four more",
    right=lambda version: 17 + 4 * version,
    slips=known_slips(
        "size",
        ("counted from version 0", "one version too large", lambda version: 21 + 4 * version),
        ("21 times the version", "right for version 1 alone", lambda version: 21 * version),
        ("quiet zone counted", "eight modules too many", lambda version: 25 + 4 * version),
    ),
    inputs=((1,), (2,), (6,), (40,)),
    fresh=lambda random: (random.randint(1, 40),),
)
quiet_zone = Exercise(
    "06.2",
    "with_quiet_zone(matrix)",
    "four rows of light modules above and below, four light modules left and right of every row",
    right=_framed,
    slips=known_slips(
        "quiet zone",
        ("one module wide", "some readers find it, some do not", lambda matrix: _framed(matrix, 1)),
        ("dark quiet zone", "no reader finds the code", lambda matrix: _framed(matrix, dark=True)),
        (
            "sides left out",
            "the code touches what stands beside it",
            lambda matrix: [row[4:-4] for row in _framed(matrix)],
        ),
        ("top and bottom left out", "the code touches what stands above it", lambda matrix: _framed(matrix)[4:-4]),
    ),
    inputs=(([[True]],), ([[True, False], [False, True]],)),
    fresh=_square,
)
