"""Codes beside pyotp's, an independent implementation, on thousands of random inputs.

pyotp is stricter than the RFCs in three ways, and the inputs stay inside them: a key has 14 bytes or more, a period 120
seconds or less, and a code 6 to 10 digits.
"""

import hashlib
import random
from datetime import UTC, datetime, timedelta, timezone

import pyotp
import pytest

from totp_teach import hotp, secret, totp

HASHES = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
SEEDS = range(10)  # each names its inputs: what fails once fails again
INPUTS = 300  # for each seed
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_10000 = 253_402_300_800  # pyotp's end of time


def settings(dice: random.Random) -> dict:
    return {"digits": dice.randint(6, 10), "algorithm": dice.choice(list(HASHES))}


def witness(kind, key: bytes, *, digits: int, algorithm: str, **more):
    """The pyotp object for the same settings; our own encode carries the key to it."""
    return kind(secret.encode(key), digits=digits, digest=HASHES[algorithm], **more)


def moment(dice: random.Random) -> int | float | datetime:
    """A whole second, a fraction of one, or a datetime somewhere on Earth."""
    seconds = dice.choice([dice.randrange(YEAR_10000 - 86_400), dice.randrange(2**32), 30 * dice.randrange(2**26)])
    kind = dice.choice([int, float, datetime])
    if kind is datetime:
        zone = timezone(timedelta(minutes=dice.randint(-14 * 60, 14 * 60)))
        return (EPOCH + timedelta(seconds=seconds, microseconds=dice.randrange(10**6))).astimezone(zone)
    return seconds + dice.random() if kind is float else seconds


@pytest.mark.parametrize("seed", SEEDS)
def test_hotp(seed):
    dice, compared = random.Random(f"hotp {seed}"), 0
    for _ in range(INPUTS):
        key, chosen = dice.randbytes(dice.randint(14, 140)), settings(dice)
        counter = dice.choice([dice.randrange(2**64), dice.randrange(2**33), dice.randrange(100)])
        expected = witness(pyotp.HOTP, key, **chosen).at(counter)
        assert hotp.code(key, counter, **chosen) == expected, (key, counter, chosen)
        assert hotp.codes(key, [counter], **chosen) == [expected], (key, counter, chosen)
        compared += 1
    assert compared == INPUTS


@pytest.mark.parametrize("seed", SEEDS)
def test_hotp_many_codes_of_one_key(seed):
    dice = random.Random(f"many {seed}")
    key, chosen, first = dice.randbytes(dice.randint(14, 140)), settings(dice), dice.randrange(2**64 - INPUTS)
    peer = witness(pyotp.HOTP, key, **chosen)
    found = hotp.codes(key, range(first, first + INPUTS), **chosen)
    assert len(found) == INPUTS
    assert found == [peer.at(first + step) for step in range(INPUTS)]


@pytest.mark.parametrize("seed", SEEDS)
def test_totp(seed):
    dice, compared = random.Random(f"totp {seed}"), 0
    for _ in range(INPUTS):
        key, at, period, chosen = (
            dice.randbytes(dice.randint(14, 140)),
            moment(dice),
            dice.randint(1, 120),
            settings(dice),
        )
        peer = witness(pyotp.TOTP, key, interval=period, **chosen)
        assert totp.code(key, at, period=period, **chosen) == peer.at(at), (key, at, period, chosen)
        assert totp.counter(at, period=period) == peer.timecode(at), (at, period)
        compared += 1
    assert compared == INPUTS


@pytest.mark.parametrize("seed", SEEDS)
def test_a_code_of_ours_is_accepted_there_and_only_in_its_step(seed):
    dice, compared = random.Random(f"verify {seed}"), 0
    for _ in range(50):
        key, step = dice.randbytes(20), dice.randrange(1, 2**32)
        code = totp.code(key, 30 * step)
        peer = pyotp.TOTP(secret.encode(key))
        assert peer.verify(code, for_time=30 * step + 29)
        assert peer.verify(code, for_time=30 * step + 30) == (hotp.code(key, step + 1) == code)
        assert peer.verify(code, for_time=30 * step - 1) == (hotp.code(key, step - 1) == code)
        compared += 1
    assert compared == 50


@pytest.mark.parametrize("seed", SEEDS)
def test_secrets_mean_the_same_key(seed):
    """What pyotp takes, upper or lower case and padded or not, is the same key here; what it makes is a secret here."""
    dice, compared = random.Random(f"secrets {seed}"), 0
    for _ in range(50):
        key = dice.randbytes(dice.randint(14, 140))
        text = secret.encode(key)
        for pasted in (text, text.lower(), text + "=" * (-len(text) % 8)):
            assert pyotp.HOTP(pasted).byte_secret() == secret.decode(pasted) == key
            compared += 1
    assert compared == 150
    made = pyotp.random_base32()
    assert secret.decode(made) == pyotp.HOTP(made).byte_secret()
