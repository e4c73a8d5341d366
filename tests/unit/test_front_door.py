"""The front door: one version everywhere, and what the README claims is so."""

import re
import tomllib
from datetime import datetime
from pathlib import Path

import totp_teach
from totp_teach import check, diagnose, hotp, secret, totp

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
CITATION = (ROOT / "CITATION.cff").read_text("utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")


def cited(field: str) -> str:
    """A field of the citation file."""
    return re.search(rf'^{field}: "?([^"\n]+)"?$', CITATION, re.MULTILINE)[1]


def test_one_version_and_one_date_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    newest, date = re.search(r"^## (\S+) – (\S+)$", CHANGELOG, re.MULTILINE).groups()
    assert project["version"] == totp_teach.__version__ == cited("version") == newest
    assert cited("date-released") == date
    assert cited("license") == project["license"]


def test_the_changelog_goes_from_new_to_old():
    releases = re.findall(r"^## (\d+)\.(\d+)\.(\d+) – (\d{4}-\d{2}-\d{2})$", CHANGELOG, re.MULTILINE)
    assert len(releases) == CHANGELOG.count("\n## ") >= 2
    ordered = [(*map(int, version), date) for *version, date in releases]
    assert ordered == sorted(ordered, reverse=True)


# ---- what the README says of the course, and of others ---------------------------------------------------------------


def test_the_readme_counts_the_exercises():
    texts = [file.read_text("utf-8") for file in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))]
    assert len(texts) == 11
    found = {match for text in texts for match in re.findall(r"\*\*(\d\d\.\d+)\*\*( \(open\))?", text)}
    with_feedback = {number for number, open_ in found if not open_}
    assert with_feedback == {exercise.id for exercise in check.EXERCISES}
    assert f"{len(with_feedback)} with feedback, {len(found) - len(with_feedback)} open" in README


def test_what_the_readme_says_of_printed_examples():
    """RFC 4226 §5.4's digest; and an explanation's secret and moment, beside which it prints that digest's code."""
    example = bytes.fromhex("1f8698690e02ca16618550ef7f19da8e945b555a")
    assert f"`{example[10:14].hex()}`" in README and f"`{example[12:16].hex()}`" in README
    assert hotp.offset(example) == 10
    rfc = f"{hotp.truncate(example) % 10**6:06d}"
    own = totp.code(secret.decode("JBSWY3DPEHPK3PXP"), 1717000530)
    assert f"and {rfc}, for another secret, whose code is {own}" in README


def test_the_readmes_diagnosis_is_one_that_can_be_run():
    code, moment = re.search(r"totp-diagnose (\d{6}) --at (\S+)", README).groups()
    at = datetime.fromisoformat(moment).timestamp()
    assert diagnose.explain(code, b"12345678901234567890", at)[0].sentence.startswith("clock drift")
