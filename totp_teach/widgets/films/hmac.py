"""HMAC: from key and counter to the digest, every block of bytes at its place, the inner hash and the outer one."""

from ... import hotp
from ...show.markup import Shown, element
from ...show.steps import Step, steps
from ..resting import RFC_KEY
from ..stepper import Frame, Stepper
from .frame import SIDE_BY_SIDE, block, card, counted, is_public

HASH = "padding: 8px; border: 1px solid rgba(128, 128, 128, 0.6); border-radius: 8px; max-width: 100%"


def hmac_film(trace: hotp.Trace) -> Stepper:
    """How key and counter become the digest: padded key, inner hash, outer hash (RFC 2104 §2, RFC 4226 §5.3).

    trace: the run that is shown.  `hotp.digest(key, counter)` gives the digest of the last frame.
    """
    example = None if is_public(trace.key) else hmac_film(hotp.trace(RFC_KEY, 1, algorithm=trace.algorithm))
    return Stepper(f"HMAC-{trace.algorithm} of counter {trace.counter}", frames(trace), example=example)


def frames(trace: hotp.Trace) -> list[Frame]:
    """All blocks of bytes at their places from the beginning; in every frame some more of their bytes are known."""
    return [Frame(_scene(trace, known), caption) for known, caption in enumerate(_words(trace))]


def _scene(trace: hotp.Trace, known: int) -> Shown:
    """What is known after so many steps: key and message on top, below them the inner hash and the outer hash."""
    given = _given(trace, padded=known > 0)
    inner = _hash(trace, known - 1, "inner pad", trace.inner_pad, "message", trace.message, trace.inner_digest)
    outer = _hash(trace, known - 4, "outer pad", trace.outer_pad, "inner digest", trace.inner_digest, trace.digest)
    top, *hashes = ("".join(map(card, part)) for part in (given, inner, outer))
    top, boxes = element("div", top, SIDE_BY_SIDE), "".join(element("div", part, HASH) for part in hashes)
    text = steps("", ("step", "value", "how"), [step for step in [*given, *inner, *outer] if step.lines]).text
    return Shown(top + element("div", boxes, SIDE_BY_SIDE), text)


def _given(trace: hotp.Trace, padded: bool) -> list[Step]:
    """What both hashes begin with: the key, which then becomes the padded key, and the message."""
    if padded:
        key = block("padded key", trace.padded_key, f"{len(trace.padded_key)} bytes", key=len(_filled(trace)))
    else:
        size, room = len(trace.key), max(trace.key, trace.padded_key, key=len)
        key = block("key", room, counted(size, "byte"), known=size, key=size)
    return [key, block("message", trace.message, f"counter {trace.counter} in 8 bytes", message=8)]


def _filled(trace: hotp.Trace) -> bytes:
    """What the padded key begins with: the key, or its digest if it is longer than a block."""
    if len(trace.key) <= len(trace.padded_key):
        return trace.key
    return trace.padded_key[: len(trace.digest)]


def _hash(
    trace: hotp.Trace, known: int, pad: str, padding: bytes, behind: str, data: bytes, digest: bytes
) -> list[Step]:
    """One hash after so many steps: its pad, what stands behind that, and its digest."""
    read = [0, len(padding), len(padding) + len(data)][min(max(known, 0), 2)]
    role, result = behind.split()[-1], "inner digest" if behind == "message" else "digest"
    return [
        block(
            f"{pad} + {behind}" if known > 1 else pad,
            padding + data,
            counted(read, "byte"),
            known=read,
            **{"key": len(padding), role: len(padding + data)},
        ),
        block(result, digest, f"{trace.algorithm} of that", known=len(digest) * (known > 2), digest=len(digest)),
    ]


def _words(trace: hotp.Trace) -> list[str]:
    """What each frame says."""
    hash_, block, size = trace.algorithm, len(trace.padded_key), len(trace.digest)
    filled, first = len(_filled(trace)), trace.padded_key[0]
    if len(trace.key) > block:
        padding = f"The key is longer than a block of {block} bytes: its {hash_} takes its place, {filled} bytes"
    else:
        padding = f"{hash_} reads blocks of {block} bytes, and the key has {filled}"
    return [
        f"HMAC takes a key, here of {counted(len(trace.key), 'byte')}, and a message: counter {trace.counter} in eight "
        "bytes, the most significant first.",
        f"{padding}; {counted(block - filled, 'zero')} behind {'fills' if block - filled == 1 else 'fill'} the block.",
        f"The padded key XOR 36, byte by byte, is the inner pad: {first:02x} becomes {trace.inner_pad[0]:02x}.",
        f"The message stands behind it: {block} and 8 bytes.",
        f"{hash_} of these {block + 8} bytes is the inner digest, {size} bytes. It never leaves the function.",
        f"The padded key XOR 5c is the outer pad: {first:02x} becomes {trace.outer_pad[0]:02x}.",
        f"The inner digest stands behind it: {block} and {size} bytes.",
        f"{hash_} of these {block + size} bytes is the HMAC, the digest of counter {trace.counter}. "
        f"It begins with {trace.digest[:4].hex(' ')}.",
    ]
