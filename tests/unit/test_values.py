"""How a wrong value is shown in a message, and what counts as a whole number."""

import pytest

from totp_teach import OtpError, _values, secret


@pytest.mark.parametrize(
    ("value", "named"),
    [(-1, "-1"), (2**63, str(2**63)), (0.5, "0.5"), (True, "True"), (None, "None"), (2**64, "a number of 65 bits")],
    ids=repr,
)
def test_a_refused_number_is_shown(value, named):
    assert _values.named(value) == _values.shown(value) == named


@pytest.mark.parametrize("value", ["GEZDGNBV", b"GEZDGNBV", ["GEZDGNBV"], object()])
def test_what_may_be_a_secret_is_named_by_its_type(value):
    assert _values.named(value) == f"a value of type {type(value).__name__}"


def test_text_is_shown_as_a_literal_cut_to_a_line_without_a_secret():
    assert _values.shown("Alice\n") == r"'Alice\n'"
    assert _values.shown("a" * 61) == "'" + "a" * 39 + "… (63 characters)"
    assert _values.shown("x&secret=GEZDGNBV") == "'x&secret=…'"
    assert "GEZD" not in _values.shown(b"GEZDGNBV") and "GEZD" not in _values.shown(secret.decode("GEZDGNBV"))


@pytest.mark.parametrize("value", [True, 1.0, "1", None, 0, 5])
def test_not_a_whole_number_in_range(value):
    with pytest.raises(OtpError, match=r"^a number is 1 to 4, not "):
        _values.check_whole("a number is 1 to 4", value, 1, 4)


@pytest.mark.parametrize("value", [1, 4])
def test_a_whole_number_in_range(value):
    _values.check_whole("a number is 1 to 4", value, 1, 4)
