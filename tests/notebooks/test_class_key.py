"""Chapter 00 with one key for a whole class: from the environment, as a hub sets it, or typed into its cell."""

from pathlib import Path

import nbformat
import pytest

from totp_teach import OtpError, secret, totp

CHAPTER = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
LETTERS = "jbsw y3dp ehpk 3pxp jbsw y3dp"  # as a teacher may write them on a board


@pytest.fixture
def account():
    """The chapter's account, as one learner's notebook makes it."""
    cells = [cell.source for cell in nbformat.read(CHAPTER, as_version=4).cells if cell.cell_type == "code"]
    (making,) = [source for source in cells if "TOTP_CLASS_KEY" in source]

    def account(replaced='os.environ.get("TOTP_CLASS_KEY")'):
        assert 'os.environ.get("TOTP_CLASS_KEY")' in making
        names = {}
        exec(cells[0], names)
        exec(making.replace('os.environ.get("TOTP_CLASS_KEY")', replaced), names)
        return names["account"]

    return account


@pytest.mark.parametrize("unset", [None, ""])
def test_without_one_every_run_draws_its_own(account, monkeypatch, unset):
    monkeypatch.delenv("TOTP_CLASS_KEY", raising=False)
    if unset is not None:
        monkeypatch.setenv("TOTP_CLASS_KEY", unset)
    one, two = account(), account()
    assert one.key != two.key and len(one.key) == 20
    assert one.name.startswith("scanned at ")


def test_with_one_all_show_the_same_code(account, monkeypatch):
    monkeypatch.setenv("TOTP_CLASS_KEY", LETTERS)
    shared = account()
    monkeypatch.delenv("TOTP_CLASS_KEY")
    typed = account(repr(LETTERS))
    assert shared.key == typed.key == secret.decode(LETTERS)
    assert totp.code(shared.key, 59) == totp.code(typed.key, 59)
    assert shared.name.startswith("class key at ") and typed.name.startswith("class key at ")


@pytest.mark.parametrize(
    ("letters", "says"),
    [("JBSW Y3DP 0", "'0' at place 11 .* letter O"), ("JBSWY3", "no Base32 secret has 6 characters"), (" ", "empty")],
)
def test_a_bad_one_is_told(account, monkeypatch, letters, says):
    monkeypatch.setenv("TOTP_CLASS_KEY", letters)
    with pytest.raises(OtpError, match=says):
        account()
