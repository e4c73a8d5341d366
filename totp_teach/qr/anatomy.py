"""What each module of a QR code is for, and the bytes in it."""

import random
from dataclasses import replace
from functools import cache
from itertools import product

from .. import OtpError
from .making import Matrix, QrCode, alignments, capacity, inverts


@cache
def path(version: int) -> tuple[tuple[int, int], ...]:
    """The (row, column) of the modules that take the bits, in order: double columns from the right, up and down."""
    fixed, size = _fixed(version), 17 + 4 * version
    rights = [*range(size - 1, 7, -2), 5, 3, 1]  # column 6 is the timing pattern's alone
    found = []
    for turn, right in enumerate(rights):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        found += [(row, column) for row in rows for column in (right, right - 1) if (row, column) not in fixed]
    return tuple(found)


def parts(version: int, error_correction: str = "M") -> tuple[tuple[str, ...], ...]:
    """What each module is for, as rows of names: finder, separator, timing, alignment, format, dark, version, data,
    error correction, remainder."""
    names, data, total = _fixed(version), 8 * capacity(version, error_correction), len(path(version)) // 8 * 8
    for bit, place in enumerate(path(version)):
        names[place] = "data" if bit < data else "error correction" if bit < total else "remainder"
    size = 17 + 4 * version
    return tuple(tuple(names[row, column] for column in range(size)) for row in range(size))


def _fixed(version: int) -> dict[tuple[int, int], str]:
    """The name of every module that takes no data, by its (row, column)."""
    end = 16 + 4 * version
    names: dict[tuple[int, int], str] = {}
    for top, left in ((0, 0), (0, end - 7), (end - 7, 0)):
        names |= _area("separator", top, left, 8, 8)
    for top, left in ((0, 0), (0, end - 6), (end - 6, 0)):
        names |= _area("finder", top, left, 7, 7)
    for row, column in product(alignments(version), repeat=2):
        if (row, column) not in names:
            names |= _area("alignment", row - 2, column - 2, 5, 5)
    for place in range(8, end - 7):
        names.setdefault((6, place), "timing")
        names.setdefault((place, 6), "timing")
    for place in (*range(6), 7, 8, *range(end - 7, end + 1)):
        names |= {(8, place): "format", (place, 8): "format"}
    names[end - 7, 8] = "dark"
    if version >= 7:
        names |= _area("version", 0, end - 10, 6, 3) | _area("version", end - 10, 0, 3, 6)
    return names


def _area(name: str, top: int, left: int, height: int, width: int) -> dict[tuple[int, int], str]:
    return dict.fromkeys(product(range(top, top + height), range(left, left + width)), name)


def codewords(code: QrCode) -> bytes:
    """The bytes of a code as they stand in its modules, mask removed: those for data first, then error correction.

    From version 3 on (at level H) they come from several blocks in turn: first bytes, second bytes and so on.
    """
    return words(code.matrix, code.version, code.mask)


def words(matrix: Matrix, version: int, mask: int) -> bytes:
    """The same of modules alone."""
    bits = "".join("01"[matrix[row][column] != inverts(mask, row, column)] for row, column in path(version))
    return bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits) - 7, 8))


def damage(code: QrCode, share: float, seed: int) -> QrCode:
    """The code with that share of its bytes, 0 … 1, destroyed at random: all their modules inverted.

    What a reader needs to find the code stays whole. The same seed gives the same bytes; a larger share adds to them.
    """
    if not isinstance(share, (int, float)) or not 0 <= share <= 1:
        raise OtpError(f"share is a part of the code, from 0 to 1, not {share!r}")
    places = path(code.version)
    chosen = list(range(len(places) // 8))
    random.Random(seed).shuffle(chosen)
    matrix = [list(row) for row in code.matrix]
    for byte in chosen[: round(share * len(chosen))]:
        for row, column in places[8 * byte : 8 * byte + 8]:
            matrix[row][column] = not matrix[row][column]
    return replace(code, matrix=tuple(map(tuple, matrix)))
