"""The cases of other people's readers (data/uri_cases.json): the same meaning, or a difference that the policy names.

Numbers are places in that file, from 0. Each difference says the finding under which `lint` reports it.
"""

import pytest
from vectors import cases

from totp_teach import OtpError, secret
from totp_teach.otpauth import lint, parse

CASES = cases("uri_cases.json")

# Refused here, because a silent default makes codes that look right and fail.
REFUSED_HERE = {
    "type": [20],  # otpauth://steam
    "secret-missing": [111],
    "secret-not-base32": [126, 133],  # "secret" has an impossible length; "secret456" has a 9
    "algorithm-unknown": [61, 91, 92, 135],  # MD5, SHA224, SHA3-224, "null"
    "period-invalid": [62],
    "counter-missing": [36, 37, 39, 41, 42, 49, 154],
    "parameter-repeated": [72, 73],
}
# Refused there; taken here, with a finding.
REFUSED_THERE = {
    "empty-account": [9, 10, 48, 94],
    "digits-not-6": [17, 29, 34, 35, 107, 108],
    "period-not-30": [31, 32, 167, 171],
    "unknown-parameter": [33],  # color=0000000
    "secret-spelling": [93],  # blanks in it
    "long-label": [112],
    "secret-under-128-bits": [170],
    "issuer-differs": [173],
}
# Taken by both, with another meaning.
READ_DIFFERENTLY = {
    "outer-blanks": [53, 54],  # an issuer of blanks is none
    "algorithm-spelling": [57],  # SHA-256 silently becomes SHA1 there
    "period-not-30": [63],  # 999 silently becomes 30 there
    "digits-not-6": [64],  # 3 silently become 6 there
    "steam": [75, 76, 116, 158, 159, 160],
    "encoded-colon": [78, 166],  # %3A is data there
    "issuer-differs": [130, 146, 152],
    "issuer-only-in-label": [143, 144],  # an empty issuer parameter keeps the label whole there
    "no-issuer": [153, 155, 156, 163],  # the label is the issuer there
    "reserved-character": [169],  # AT%26T is cut there
}
# … and this is all of them that differs.
DIFFERENT = {
    "outer-blanks": {"name", "issuer"},
    "algorithm-spelling": {"algorithm", "name", "issuer"},
    "period-not-30": {"period"},
    "digits-not-6": {"digits"},
    "steam": {"type", "digits", "period", "name"},
    "encoded-colon": {"name", "issuer"},
    "issuer-differs": {"name", "issuer"},
    "issuer-only-in-label": {"name", "issuer"},
    "no-issuer": {"name", "issuer"},
    "reserved-character": {"issuer"},
}
# otplib gives the label back whole; it is split here, as the format says.
LABEL_WHOLE_THERE = [98, 99, 100, 101, 103, 104, 105, 109]
# KeePassXC reads neither label nor issuer: the names are only here.
NAMES_NOT_READ_THERE = [55, 56]

ALIKE = sorted(
    set(range(len(CASES)))
    - {case for table in (REFUSED_HERE, REFUSED_THERE, READ_DIFFERENTLY) for row in table.values() for case in row}
    - set(LABEL_WHOLE_THERE)
    - set(NAMES_NOT_READ_THERE)
)


def rows(table):
    return [(number, finding) for finding, numbers in table.items() for number in numbers]


def meaning_there(number):
    """What that reader makes of the case, as one of ours would say it."""
    there = CASES[number]["expect"]
    names = {"issuer": there["issuer"] or "", "name": there["account"] or ""}
    moving = {"period": there.get("period", 30), "counter": there.get("counter")}
    same = {what: there[what] for what in ("type", "algorithm", "digits")}
    return names | moving | same | {"key": secret.decode(there["secret_base32"])}


def meaning_here(number, **how):
    return vars(parse(CASES[number]["uri"], **how))


def severity(number, name):
    return {finding.severity for finding in lint(CASES[number]["uri"]) if finding.name == name}


def test_every_case_is_accounted_for():
    counts = [sum(map(len, table.values())) for table in (REFUSED_HERE, REFUSED_THERE, READ_DIFFERENTLY)]
    assert counts == [18, 19, 23]
    assert (len(LABEL_WHOLE_THERE), len(NAMES_NOT_READ_THERE), len(ALIKE)) == (8, 2, 105)
    assert sum(counts) + 8 + 2 + 105 == len(CASES) == 175


@pytest.mark.parametrize("number", ALIKE)
def test_the_same_here_and_there(number):
    if CASES[number]["valid"]:
        assert meaning_here(number) == meaning_there(number)
    else:
        with pytest.raises(OtpError):
            parse(CASES[number]["uri"])


@pytest.mark.parametrize("number, finding", rows(REFUSED_HERE))
def test_refused_here(number, finding):
    assert CASES[number]["valid"]
    assert severity(number, finding) == {"error"}
    with pytest.raises(OtpError):
        parse(CASES[number]["uri"])


@pytest.mark.parametrize("number", REFUSED_HERE["counter-missing"])
def test_lenient_takes_a_missing_counter_for_0(number):
    names = {"issuer": "Example2"} if number == 49 else {"issuer": "", "name": "issuer"} if number == 154 else {}
    assert meaning_here(number, lenient=True) == meaning_there(number) | names


@pytest.mark.parametrize("number, finding", rows(REFUSED_THERE))
def test_refused_there(number, finding):
    assert not CASES[number]["valid"]
    assert severity(number, finding) and "error" not in severity(number, finding)
    parse(CASES[number]["uri"])


@pytest.mark.parametrize("number, finding", rows(READ_DIFFERENTLY))
def test_read_differently(number, finding):
    assert CASES[number]["valid"]
    assert severity(number, finding) and "error" not in severity(number, finding)
    here, there = meaning_here(number), meaning_there(number)
    different = {what for what in here if here[what] != there[what]}
    assert different and different <= DIFFERENT[finding]


@pytest.mark.parametrize("number", LABEL_WHOLE_THERE)
def test_the_label_is_split_here(number):
    here = meaning_here(number)
    there = meaning_there(number)
    assert there["name"] == f"{here['issuer']}:{here['name']}"
    assert here | {"name": "", "issuer": ""} == there | {"name": "", "issuer": ""}


@pytest.mark.parametrize("number", NAMES_NOT_READ_THERE)
def test_the_names_are_read_here(number):
    here = meaning_here(number)
    assert here == meaning_there(number) | {"issuer": "ACME Co", "name": "john@example.com"}
