"""Base32, letter by letter: the bits of a key in eights, the same bits in fives, and the alphabet they point into."""

from ... import secret
from ...show.byte_rows import base32_line, base32_row, base32_rows, lines, running, text_lines
from ...show.markup import MONO, Shown, element, tint, titled
from ..resting import RFC_KEY, grouped
from ..stepper import Frame, Stepper
from .frame import counted, is_public

RUNNING = f"{MONO}; white-space: pre; line-height: 1.8; overflow-x: auto"


def base32_film(key: bytes) -> Stepper:
    """How a key becomes its Base32 text: five bytes are laid out as bits, then cut in fives, a letter a frame.

    key: bytes.  `secret.encode(key)` gives the letters, `show.base32(key)` all the bits at once.
    """
    example = None if is_public(key) else base32_film(RFC_KEY)
    return Stepper(f"Base32: {counted(len(key), 'byte')} from eights to fives", frames(key), example=example)


def frames(key: bytes) -> list[Frame]:
    """For each five bytes a frame of their bits, and then one for each of their letters (RFC 4648 §6)."""
    letters = secret.encode(key)
    found = []
    for start in range(0, len(key), 5):
        data, first = key[start : start + 5], start // 5 * 8
        found.append(Frame(_drawn(data, letters[:first], 0), _bytes_words(key, start)))
        for seen in range(first + 1, min(first + 8, len(letters)) + 1):
            found.append(Frame(_drawn(data, letters[:seen], seen - first), _letter_words(key, letters, seen - 1)))
    return found


def _drawn(data: bytes, letters: str, own: int) -> Shown:
    """The bits of five bytes in eights, as many fives below them as they have letters of their own, and all letters."""
    rows = base32_rows(data, secret.encode(data))
    rows = [(name, size, cells if size == 8 else cells[:own], role) for name, size, cells, role in rows]
    text = "\n".join(base32_line(*row).rstrip() for row in rows)
    columns = element("colgroup", "<col>" + '<col width="14">' * 40)
    bits = titled("The same bits in eights, and in fives", columns + "".join(base32_row(*row) for row in rows), text)
    (line,) = lines(secret.ALPHABET, range(32), {"letter": secret.ALPHABET.index(letters[-1])} if own else {}, 32, 8)
    alphabet = "\n".join(["The alphabet", *text_lines(line)[1:]])
    html = [
        "The alphabet" + element("div", running(line), RUNNING),
        bits.html,
        "So far" + element("div", element("span", grouped(letters, 4), tint("code")) if letters else "&nbsp;", RUNNING),
    ]
    html = "".join(element("div", part, "margin: 0 0 10px") for part in html)
    return Shown(html, f"{alphabet}\n\n{bits.text}\n\nSo far\n{grouped(letters, 4)}")


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
