"""The URI builder without a browser: form and URI into each other, findings in words, and what is not lost on the way."""

import base64
import re
from dataclasses import replace

import pytest
from accounts import EXAMPLE, KEY, URI, accounts
from hypothesis import given, settings

from totp_teach import OtpError, otpauth, qr, secret, widgets
from totp_teach.jupyter.exports import VIEW
from totp_teach.widgets.account_form import account_of, fields_of
from totp_teach.widgets.builder import report, summary
from totp_teach.widgets.scan import EXAMPLE as CROSSED

FORM = fields_of(EXAMPLE)
MARKUP = "<img src=x onerror=alert(1)>"


def typed(builder: widgets.UriBuilder, **fields: str) -> dict:
    """What the page is told when these fields of the form have been changed."""
    builder.edit = {"number": builder.said["to"] + 1, "fields": {**builder.said["fields"], **fields}}
    return builder.said


def pasted(builder: widgets.UriBuilder, uri: str) -> dict:
    """What the page is told when a URI has been pasted."""
    builder.edit = {"number": builder.said["to"] + 1, "uri": uri}
    return builder.said


def read(said: dict) -> list[str]:
    """The texts of the QR code that the page shows."""
    return qr.read(base64.b64decode(said["square"].removeprefix("data:image/png;base64,")))


# ---- form and account ------------------------------------------------------------------------------------------------


@given(accounts())
def test_a_form_says_the_account_that_it_was_filled_from(account):
    assert account_of(fields_of(account)) == account


def test_the_fields_are_texts_in_the_order_of_the_form():
    assert list(FORM.values()) == ["totp", "Example", "alice@example.com", secret.encode(KEY), "SHA1", "6", "30", "0"]
    assert list(FORM) == [field["name"] for field in widgets.UriBuilder().form]


def test_blanks_around_a_field_do_not_count_and_the_secret_is_read_as_people_paste_it():
    spelled = {**FORM, "issuer": " Example ", "digits": " 6", "secret": "gezd gnbv-gy3t qojq gezd gnbv gy3t qojq="}
    assert account_of(spelled) == EXAMPLE


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("digits", "x", "digits must be a whole number, not 'x'"),
        ("digits", "", "digits must be a whole number, not ''"),
        ("digits", "٦", "digits must be a whole number"),
        ("digits", "11", "digits must be a whole number from 1 to 10"),
        ("period", "0", "period must be a whole number of seconds, 1 or more"),
        ("period", "3_0", "period must be a whole number"),
        ("secret", "GEZDGNB1", "'1' at place 8 of the secret is not Base32"),
        ("secret", "", "the secret is empty"),
        ("issuer", "", "has a colon and there is no issuer"),
    ],
)
def test_what_makes_no_account_is_refused_in_words(field, text, words):
    name = "a:b" if field == "issuer" else "alice"
    with pytest.raises(OtpError, match=words):
        account_of({**FORM, "name": name, field: text})


@pytest.mark.parametrize(("kind", "other"), [("totp", "counter"), ("hotp", "period")])
def test_the_field_of_the_other_type_does_not_matter(kind, other):
    assert account_of({**FORM, "type": kind, other: "x"}).type == kind


# ---- the findings ----------------------------------------------------------------------------------------------------


def test_the_report_is_lint_in_words_with_the_apps_and_the_fixed_uri():
    uri = URI.replace("GEZD", "gezd") + "&digits=8"
    findings = otpauth.lint(uri)
    assert [one["sentence"] for one in report(uri)] == [finding.sentence for finding in findings]
    spelling, digits = report(uri)
    assert (spelling["severity"], spelling["fixed"]) == ("note", URI + "&digits=8")
    assert (digits["severity"], digits["fixed"]) == ("warning", None)
    assert [app.partition(":")[0] for app in digits["apps"]] == [concern.app for concern in findings[1].apps] != []


def test_the_summary_counts():
    assert summary(report(URI)) == "No findings."
    assert summary(report(URI + "&digits=8&period=60")) == "2 warnings."
    assert summary(report(URI.replace("GEZD", "gezd") + "&digits=x&period=60")) == (
        "1 error, 1 warning, 1 note. The QR code is still that of the last good URI."
    )


# ---- the widget ------------------------------------------------------------------------------------------------------


def test_it_begins_with_the_example_or_with_an_account():
    assert (widgets.UriBuilder().uri, widgets.UriBuilder().account) == (URI, EXAMPLE)
    account = replace(EXAMPLE, name="bob", key=secret.random())
    builder = widgets.UriBuilder(account)
    assert (builder.uri, builder.account) == (account.uri, account)
    assert read(builder.said) == [account.uri]


def test_a_changed_field_changes_uri_findings_and_square():
    builder = widgets.UriBuilder()
    said = typed(builder, issuer="ACME Co", digits="8")
    assert builder.account == replace(EXAMPLE, issuer="ACME Co", digits=8)
    assert said["uri"] == builder.uri == builder.account.uri
    assert read(said) == [builder.uri]
    assert said["summary"] == "1 warning." and said["words"] == "QR code for ACME Co: alice@example.com"
    typed(builder, type="hotp", counter="7")
    assert builder.uri.startswith("otpauth://hotp/") and builder.uri.endswith("&digits=8&counter=7")


def test_wrong_input_is_told_and_nothing_is_lost():
    builder = widgets.UriBuilder()
    said = typed(builder, secret="GEZ1")
    assert [one["severity"] for one in said["findings"]] == ["error"]
    assert said["findings"][0]["sentence"].startswith("'1' at place 4 of the secret is not Base32")
    assert said["fields"]["secret"] == "GEZ1"  # as it was typed
    assert said["uri"] == builder.uri == URI and builder.account == EXAMPLE and read(said) == [URI]
    said = typed(builder, secret=FORM["secret"], digits="x")
    assert said["findings"][0]["sentence"].startswith("Digits must be a whole number")
    assert typed(builder, digits="6")["findings"] == []


def test_a_pasted_uri_fills_the_form_and_stays_as_it_is_spelled():
    builder = widgets.UriBuilder()
    uri = "otpauth://hotp/ACME:bob?secret=gezd&counter=5&digits=7"
    said = pasted(builder, f" {uri}\n")
    assert builder.uri == uri and builder.account == otpauth.parse(uri)
    assert said["fields"] == fields_of(builder.account) and read(said) == [uri]
    assert {"secret-spelling", "issuer-only-in-label"} <= {finding.name for finding in otpauth.lint(uri)}
    assert [one["sentence"] for one in said["findings"]] == [finding.sentence for finding in otpauth.lint(uri)]
    typed(builder, period="x")  # which hotp has not: still the same account
    assert builder.uri == uri
    typed(builder, counter="6")
    assert builder.uri == builder.account.uri != uri


@pytest.mark.parametrize("cling", ["\ufeff{}", "“{}”", "]Q1{}\u200b"], ids=ascii)
def test_what_clings_to_a_pasted_uri_is_said_and_not_in_the_square(cling):
    """endroid/qr-code#309: hand-held scanners write a mark before the text."""
    builder = widgets.UriBuilder()
    uri = replace(EXAMPLE, name="bob").uri
    said = pasted(builder, cling.format(uri))
    assert said["uri"] == cling.format(uri) and builder.uri == uri and read(said) == [uri]
    assert {one["fixed"] for one in said["findings"]} == {uri}


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (
            "https://chart.test/?chl=otpauth%3A%2F%2Ftotp%2Fbob%3Fsecret%3DGEZDGNBV&choe=UTF-8",
            "otpauth://totp/bob?secret=GEZDGNBV",
        ),
        ("otpauth%253A%252F%252Ftotp%252Fbob%253Fsecret%253DGEZDGNBV", "otpauth://totp/bob?secret=GEZDGNBV"),
        ("totp/bob?secret=GEZDGNBV", "otpauth://totp/bob?secret=GEZDGNBV"),
        ("otpauth://totp/bob?secret=GEZDGNBV&interval=60", "otpauth://totp/bob?secret=GEZDGNBV&period=60"),
        ("otpauth://totp/bob/secret=GEZDGNBV", "otpauth://totp/bob?secret=GEZDGNBV"),
        ("otpauth://totp/bob?secret=GEZDGNBVdigits=8", "otpauth://totp/bob?secret=GEZDGNBV&digits=8"),
    ],
)
def test_a_refused_uri_is_offered_as_it_was_probably_meant(text, fixed):
    builder = widgets.UriBuilder()
    [error] = [one for one in pasted(builder, text)["findings"] if one["severity"] == "error"]
    assert error["fixed"] == fixed and builder.uri == URI
    pasted(builder, fixed)
    assert builder.uri == fixed and builder.account == otpauth.parse(fixed)


def test_a_pasted_text_that_is_no_uri_leaves_form_and_square():
    builder = widgets.UriBuilder()
    said = pasted(builder, "https://example.com/?secret=GEZD")
    assert said["uri"] == "https://example.com/?secret=GEZD"  # as it was pasted
    assert said["fields"] == FORM and builder.uri == URI and read(said) == [URI]
    assert said["findings"][0]["sentence"].startswith("The scheme is not otpauth")
    assert said["summary"].startswith("1 error")


def test_every_edit_is_answered_even_if_it_changes_nothing():
    builder = widgets.UriBuilder()
    assert [typed(builder)["to"], typed(builder)["to"], pasted(builder, URI)["to"]] == [1, 2, 3]


def test_a_uri_too_long_for_a_square_is_still_a_uri():
    builder = widgets.UriBuilder()
    said = typed(builder, name="a" * 3000)
    assert builder.uri == builder.account.uri and len(builder.uri) > 3000
    assert said["square"] == "" and said["words"].startswith("No QR code: ") and "version 40" in said["words"]


@settings(max_examples=30)
@given(accounts())
def test_any_account_can_be_begun_with(account):
    builder = widgets.UriBuilder(account)
    assert builder.said["uri"] == account.uri
    assert all(one["severity"] != "error" for one in builder.said["findings"])


# ---- at rest ---------------------------------------------------------------------------------------------------------


def test_what_is_stored_is_the_example_and_nothing_of_the_readers():
    first, second = (
        widgets.UriBuilder(replace(EXAMPLE, issuer=MARKUP, name=name, key=secret.random()))._repr_mimebundle_()[0]
        for name in ("scanned at 14:03", "scanned at 15:00")
    )
    assert first.pop(VIEW) != second.pop(VIEW)
    assert first == second and set(first) == {"text/html", "text/plain"}
    for text in first.values():
        assert "example: run this cell" in text
        assert not re.search(r"<(style|svg|script)|var\(|scanned at|onerror", text)


def test_the_resting_form_has_the_values_of_the_example():
    rest = widgets.UriBuilder(replace(EXAMPLE, type="hotp", counter=9, digits=8)).resting
    account = replace(EXAMPLE, type="hotp", counter=1, digits=8)
    lines = rest.text.splitlines()
    assert lines[1] == "Type                hotp" and "Period, in seconds" not in rest.text
    assert lines[7:10] == ["Counter             1", f"URI                 {account.uri}", "2 warnings."]
    assert lines[10:] == [f"warning: {finding.sentence}" for finding in otpauth.lint(account.uri)]
    assert account.uri.replace("&", "&amp;") in rest.html
    assert base64.b64encode(CROSSED.read_bytes()).decode() in rest.html
