"""The exercises of chapter 06: QR codes."""

import re
from random import Random

from .exercise import Exercise, known_slips

CORNER = "https://example.org/otp"  # what the QR code of 06.1 says, in version 2 at level L, under mask 0


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


def _format(random: Random) -> tuple[str]:
    """Format bits, up to three of them wrong."""
    wrong = sum(1 << bit for bit in random.sample(range(15), random.randint(0, 3)))
    return (f"{_word(random.randrange(32)) ^ wrong:015b}",)


def _close(bit: int) -> list[tuple[str]]:
    """Two words with three wrong bits, of which each is at distance four from the other word: at three without this bit."""
    words = [_word(five) for five in range(32)]
    apart = next(known for word in words if (known := word ^ words[0]).bit_count() == 7 and known >> bit & 1)
    wrong = sum([1 << place for place in range(15) if apart >> place & 1 and place != bit][:3])
    return [(f"{word ^ wrong:015b}",) for word in (words[0], words[0] ^ apart)]


def _middles(row: list[bool], middle: int = 7, widths: tuple[int, ...] = ()) -> list[int]:
    """Where five runs of 1 : 1 : 3 : 1 : 1 are in a row of pixels, the first run dark, a module of any width."""
    found = []
    for runs in re.finditer("(?<!d)(?=(d+)(l+)(d+)(l+)(d+))", "".join("ld"[dark] for dark in row)):
        unit, *others = map(len, runs.groups())
        if others == [unit, 3 * unit, unit, unit] and unit in (widths or (unit,)):
            found.append(runs.start() + middle * unit // 2)
    return found


NEAR = ("11011101", "10011101", "101101", "10111001", "10111011")  # one run of the five is wrong


def _line(random: Random, pieces: tuple[str, ...] = ()) -> tuple[list[bool]]:
    """A row of pixels with these pieces, or a finder and others, each in modules of its own width."""
    pieces = pieces or ("1011101", *random.choices(("1011101", "11010001011", "11", *NEAR), k=3))
    wide = [(piece, random.randint(1, 6)) for piece in pieces]
    return ([bit == "1" for piece, width in wide for bit in f"00{piece}00" for _ in range(width)],)


corner = Exercise(
    "06.1",
    "(mode as four bits, length, first character)",
    "write the twenty down; module 1 is in row 24, column 24, whose sum is even, module 2 has an odd sum, module 3 as well",
    right=lambda: ("0100", 23, "h"),
    slips=known_slips(
        "mask",
        ("mask not undone", "the bits as they look, not as they were", lambda: ("1101", 142, "ñ")),
        ("another mask undone", "mask 1 inverts even rows, mask 0 a chessboard", lambda: ("0001", 66, "=")),
        ("light for 1", "every bit is the opposite", lambda: ("1011", 232, "\x97")),
    ),
)
read_format = Exercise(
    "06.2",
    "read_format(seen)",
    "make all 32 words first; the distance of two words is the number of places where they differ",
    right=_nearest,
    slips=known_slips(
        "format bits",
        ("damage not repaired", "right if the first five bits are", lambda seen: _named(int(seen[:5], 2) ^ 0b10101)),
        ("fixed pattern not undone", "another level and another mask", lambda seen: _named(int(seen[:5], 2))),
        ("levels in order of strength", "L is taken for M, M for L", lambda seen: _nearest(seen, levels="LMQH")),
    ),
    inputs=(*(_format(Random(seed)) for seed in range(12)), *(seen for bit in range(15) for seen in _close(bit))),
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
        ("starts for middles", "three and a half modules too far left", lambda row: _middles(row, middle=0)),
        ("the first finder alone", "the others are missing", lambda row: _middles(row)[:1]),
    ),
    inputs=(*(_line(Random(seed)) for seed in range(6)), _line(Random(6), ("1011101", *NEAR, "1011101"))),
    fresh=_line,
)
