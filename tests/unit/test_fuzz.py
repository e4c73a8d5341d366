"""A short run of tests/fuzz.py: nothing but an OtpError comes of a text, however bad. The long one: python tests/fuzz.py"""

import fuzz
import pytest

from totp_teach import OtpError


def test_the_corpus_is_here():
    assert len(fuzz.CORPUS) == 67 + 15 + 175 + 6


@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_texts_at_every_entrance(seed):
    taken = fuzz.run(1_000, seed)
    assert set(taken) >= {"lenient", "linted", "parts", "decode", "wire"}  # some are taken, so that both ways are tried


def test_what_is_not_an_otp_error_is_seen(monkeypatch):
    def broken(text):
        raise OtpError("refused") if len(text) % 2 else KeyError(text)

    monkeypatch.setattr(fuzz, "ENTRANCES", [broken])
    with pytest.raises(KeyError):
        fuzz.run(50, 1)
