"""Codes beside those of oathtool (the OATH Toolkit, in C), on thousands of random inputs.

One process gives many codes: those of a counter or a step and of the ones that follow it. oathtool has 6, 7 and 8
digits, and SHA-1 alone for HOTP; the inputs stay inside that.
"""

import random
import re
import shutil
import subprocess

import pytest

from totp_teach import hotp, secret, totp

pytestmark = pytest.mark.skipif(not shutil.which("oathtool"), reason="oathtool is not installed")

SEEDS = range(10)  # each names its inputs: what fails once fails again
KEYS, ROW = 6, 50  # for each seed: so many keys, and so many codes in a row of each


def oathtool(*arguments: object) -> list[str]:
    """The lines that oathtool prints."""
    run = subprocess.run(["oathtool", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout.split("\n")[:-1]


@pytest.mark.parametrize("seed", SEEDS)
def test_hotp(seed):
    dice, compared = random.Random(f"hotp {seed}"), 0
    for _ in range(KEYS):
        key, digits = dice.randbytes(dice.randint(1, 140)), dice.choice([6, 7, 8])
        first = dice.choice([dice.randrange(2**64 - ROW), dice.randrange(2**33), 0, 2**64 - ROW])
        expected = oathtool("--hotp", "-c", first, "-w", ROW - 1, "-d", digits, key.hex())
        row = range(first, first + ROW)
        assert hotp.codes(key, row, digits=digits) == expected, (key, first, digits)
        assert [hotp.code(key, counter, digits=digits) for counter in row] == expected
        compared += len(expected)
    assert compared == KEYS * ROW


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512"])
@pytest.mark.parametrize("seed", SEEDS)
def test_totp(seed, algorithm):
    """The key goes there as our Base32, and the clock may start at another second than 1970's first."""
    dice, compared = random.Random(f"totp {algorithm} {seed}"), 0
    for _ in range(KEYS):
        key, digits = dice.randbytes(dice.randint(1, 140)), dice.choice([6, 7, 8])
        period, t0 = dice.choice([1, 30, 60, dice.randint(1, 100_000)]), dice.choice([0, 0, dice.randrange(2**31)])
        at = t0 + dice.choice([dice.randrange(2**38), dice.randrange(2**31), period * dice.randrange(2**20)])
        expected = oathtool(
            *(f"--totp={algorithm}", "-b", "-N", f"@{at}", "-S", f"@{t0}", "-s", f"{period}s"),
            *("-w", ROW - 1, "-d", digits, secret.encode(key)),
        )
        settings = {"period": period, "t0": t0, "digits": digits, "algorithm": algorithm}
        found = [totp.code(key, at + step * period, **settings) for step in range(ROW)]
        assert found == expected, (key, at, settings)
        compared += len(expected)
    assert compared == KEYS * ROW


@pytest.mark.parametrize("seed", SEEDS)
def test_what_oathtool_says_on_the_way(seed):
    """Its --verbose shows the key in hex and in Base32, and the counter in hex."""
    dice = random.Random(f"verbose {seed}")
    key, at, period = dice.randbytes(dice.randint(1, 64)), dice.randrange(2**38), dice.randint(1, 10_000)
    said = dict(
        line.split(": ", 1)
        for line in oathtool("--totp", "-v", "-N", f"@{at}", "-s", f"{period}s", key.hex())
        if ": " in line
    )
    assert secret.decode(said["Base32 secret"]) == bytes.fromhex(said["Hex secret"]) == key
    assert secret.encode(key) == said["Base32 secret"].rstrip("=")
    assert totp.counter(at, period=period) == int(re.fullmatch(r"0x[0-9A-F]+ \((\d+)\)", said["Counter"])[1])


def test_its_last_counter_is_ours():
    assert oathtool("--hotp", "-c", 2**64 - 1, "31") == [hotp.code(b"1", hotp.LAST_COUNTER)]
