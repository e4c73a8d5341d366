"""The exercises of chapter 06: QR codes."""

from collections.abc import Callable
from itertools import accumulate, groupby
from random import Random

from .exercise import Exercise, known_slips

Row = list[bool]
CORNER = "https://example.org/otp"  # what the QR code of 06.1 says, in version 2 at level L, under mask 0


def _facts(inverted: Callable[[int, int], bool]) -> tuple[str, int, str]:
    """Mode, length and first character of 06.1, when these modules (row, column) are taken for inverted ones."""
    bits = f"0100{len(CORNER):08b}{ord(CORNER[0]):08b}"
    places = [(24 - place // 2, 24 - place % 2) for place in range(20)]
    seen = "".join(
        str(int(bit) ^ ((row + column) % 2 == 0) ^ inverted(row, column)) for bit, (row, column) in zip(bits, places)
    )
    return seen[:4], int(seen[4:12], 2), chr(int(seen[12:], 2))


def _word(level_and_mask: int) -> int:
    """The fifteen format bits: five, ten of a BCH code's remainder, and the fixed pattern (ISO/IEC 18004)."""
    rest = level_and_mask << 10
    for place in range(14, 9, -1):
        rest ^= (rest >> place & 1) * (0b10100110111 << place - 10)
    return (level_and_mask << 10 | rest) ^ 0b101010000010010


def _named(five: int, levels: str = "MLHQ") -> tuple[str, int]:
    return levels[five >> 3], five & 7


def _nearest(seen: str, **levels: str) -> tuple[str, int]:
    return _named(min(range(32), key=lambda five: (_word(five) ^ int(seen, 2)).bit_count()), **levels)


def _format(random: Random, wrong: int | None = None) -> tuple[str]:
    """Format bits, up to three of them wrong."""
    bits = random.sample(range(15), random.randint(0, 3) if wrong is None else wrong)
    return (f"{_word(random.randrange(32)) ^ sum(1 << bit for bit in bits):015b}",)


def _middles(
    row: Row, beginning: tuple[bool, ...] = (True,), widths: tuple[int, ...] = (), middle: int = 7
) -> list[int]:
    """Where five runs of 1 : 1 : 3 : 1 : 1 are in a row of pixels, the first run dark, a module of any width."""
    runs = [(dark, len(list(run))) for dark, run in groupby(row)]
    starts, found = accumulate((length for _, length in runs), initial=0), []
    for place, start in enumerate(starts):
        five = runs[place : place + 5]
        dark, unit = five[0] if five else (None, 0)
        if dark in beginning and unit in (widths or (unit,)) and [n / unit for _, n in five] == [1, 1, 3, 1, 1]:
            found.append(start + middle * unit // 2)
    return found


def _line(random: Random) -> tuple[Row]:
    """A row of pixels with finders in it, light ones that are none, and other runs."""
    pieces = ["1011101", *random.choices(("1011101", "11010001011", "11"), k=3)]
    unit = random.randint(1, 6)
    return ([bit == "1" for bit in f"0000{'00'.join(pieces)}0000" for _ in range(unit)],)


corner = Exercise(
    "06.1",
    "(mode as four bits, length, first character)",
    "write the twenty down; module 1 is in row 24, column 24, whose sum is even, module 2 has an odd sum, module 3 as well",
    right=lambda: _facts(lambda row, column: (row + column) % 2 == 0),
    slips=known_slips(
        "mask",
        ("mask not undone", "the bits as they look, not as they were", lambda: _facts(lambda row, column: False)),
        (
            "another mask undone",
            "chapter 06's mask 1 inverts even rows",
            lambda: _facts(lambda row, column: row % 2 == 0),
        ),
        ("light for 1", "every bit is the opposite", lambda: _facts(lambda row, column: (row + column) % 2 == 1)),
    ),
)
read_format = Exercise(
    "06.2",
    "read_format(seen)",
    "make all 32 words first; the distance of two words is the number of places where they differ",
    right=_nearest,
    slips=known_slips(
        "format bits",
        (
            "damage not repaired",
            "right only if the first five bits are",
            lambda seen: _named(int(seen[:5], 2) ^ 0b10101),
        ),
        ("fixed pattern not undone", "another level and another mask", lambda seen: _named(int(seen[:5], 2))),
        ("levels in order of strength", "L is taken for M, M for L", lambda seen: _nearest(seen, levels="LMQH")),
    ),
    inputs=(
        *((f"{_word(five):015b}",) for five in (0, 4, 9, 22, 31)),
        *(_format(Random(seed), seed % 4) for seed in range(8)),
    ),
    fresh=_format,
)
middles = Exercise(
    "06.3",
    "middles(row)",
    "runs first, as in the chapter; the width of the first of five runs is the width of a module",
    right=_middles,
    slips=known_slips(
        "finder",
        ("one pixel a module", "found in the matrix, not in a picture", lambda row: _middles(row, widths=(1,))),
        ("light runs first", "finds what is no finder", lambda row: _middles(row, (True, False))),
        ("starts for middles", "three and a half modules too far left", lambda row: _middles(row, middle=0)),
        ("the first finder alone", "the others are missing", lambda row: _middles(row)[:1]),
    ),
    inputs=tuple(_line(Random(seed)) for seed in range(6)),
    fresh=_line,
)
