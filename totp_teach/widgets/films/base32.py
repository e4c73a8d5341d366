"""Base32, letter by letter: the bits of a key in eights, the same bits in fives, and the alphabet they point into."""

from ... import secret
from ...show.chain import _running
from ...show.look import MONO, Shown, element, titled
from ...show.strips import _block, _block_line, _block_row, _lines, text_lines
from ..resting import RFC_KEY
from ..stepper import Stepper
from .frame import Frame, counted, film, is_public, stacked


def base32_film(key: bytes) -> Stepper:
    """How a key becomes its Base32 text: five bytes are laid out as bits, then cut in fives, a letter a frame.

    key: bytes.  `secret.encode(key)` gives the letters, `show.base32(key)` the bits of the last frame.
    """
    example = None if is_public(key) else base32_film(RFC_KEY)
    return film(f"Base32: {counted(len(key), 'byte')} from eights to fives", frames(key), example=example)


def frames(key: bytes) -> list[Frame]:
    """For each five bytes a frame of their bits, and then one for each of their letters (RFC 4648 §6)."""
    letters = secret.encode(key)
    found = []
    for start in range(0, len(key), 5):
        seen, first = key[: start + 5], start // 5 * 8
        found.append(Frame(_drawn(seen, letters[:first]), _bytes_words(key, start)))
        for last in range(first, min(first + 8, len(letters))):
            found.append(Frame(_drawn(seen, letters[: last + 1], last), _letter_words(key, letters, last)))
    return found


def _drawn(key: bytes, letters: str, last: int | None = None) -> Shown:
    """The bits of the key, of the fives below them as many as there are letters, and where the last one comes from."""
    blocks = [_cut(key[5 * i : 5 * i + 5], letters[8 * i : 8 * i + 8]) for i in range(-(-len(key) // 5))]
    text = "\n\n".join("\n".join(_block_line(*row).rstrip() for row in block) for block in blocks)
    columns = element("colgroup", "<col>" + '<col width="14">' * 40)
    bodies = "".join(element("tbody", "".join(_block_row(*row) for row in block)) for block in blocks)
    alphabet = _alphabet({} if last is None else {"letter": secret.ALPHABET.index(letters[last])})
    return stacked(alphabet, titled("The same bits in eights, and in fives", columns + bodies, text))


def _cut(data: bytes, letters: str) -> list[tuple[str, int, list[str], str]]:
    """The rows of one block, those of the fives no longer than the letters."""
    rows = _block(data, secret.encode(data))
    return [(name, size, cells if size == 8 else cells[: len(letters)], role) for name, size, cells, role in rows]


def _alphabet(marks: dict[str, int]) -> Shown:
    """The 32 letters in groups of eight, with the marked one boxed."""
    (line,) = _lines(secret.ALPHABET, range(32), marks, 32, 8)
    html = element("div", _running(line), f"{MONO}; white-space: pre; line-height: 1.8; overflow-x: auto")
    return Shown("The alphabet:" + html, "\n".join(["The alphabet:", *text_lines(line)]))


def _bytes_words(key: bytes, start: int) -> str:
    data = key[start : start + 5]
    which = "The first" if start == 0 else "The last" if start + len(data) == len(key) else "The next"
    are = "is" if len(data) == 1 else "are"
    return f"{which} {counted(len(data), 'byte')}, {data.hex(' ')}, {are} {8 * len(data)} bits, written in eights."


def _letter_words(key: bytes, letters: str, last: int) -> str:
    taken = "".join(f"{byte:08b}" for byte in key)[5 * last : 5 * last + 5]
    five = taken.ljust(5, "0")
    words = f"Bits {5 * last + 1} to {5 * last + 5}, {five}, are"
    if taken != five:
        left = f"Only {counted(len(taken), 'bit')}, {taken}, {'is' if len(taken) == 1 else 'are'} left"
        words = f"{left}; filled up with zeros they are"
    words += f" the number {int(five, 2)}, and letter number {int(five, 2)} of the alphabet is {letters[last]}."
    if last + 1 < len(letters):
        return words
    return f"{words} {counted(len(key), 'byte').capitalize()} have become {counted(len(letters), 'letter')}: {letters}."
