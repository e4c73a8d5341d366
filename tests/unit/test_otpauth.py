"""otpauth.parse, parts and lint: every finding with its place and its fix, and nasty input."""

import sys
import time

import pytest
from accounts import EXAMPLE, KEY, URI, accounts
from hypothesis import assume, example, given
from hypothesis import strategies as st

from totp_teach import OtpError
from totp_teach.otpauth import Account, apps, lint, parse, parts
from totp_teach.otpauth.findings import RULES
from totp_teach.otpauth.real_apps import honours

MANY = 100_000 if sys.platform == "emscripten" else 1_000_000  # characters of what is nasty: a browser is slower
S = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
I = "otpauth://totp/Example:alice?" + S + "&issuer=Example"  # noqa: E741

# name: (URI, the span it is about, what stands there once it is fixed or None)
FOUND = {
    "scheme": ("https://totp/Example:alice?" + S, "https", "otpauth://totp/Example:alice?" + S),
    "notation": (I.replace("=", "&#61;"), I.replace("=", "&#61;"), I),
    "second": (f"{I} {I}", I, f"{I} "),
    "inside": ("https://chart.test/?text=" + I, "https://chart.test/?text=", I),
    "secret-stray-bits": (
        I.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "A" * 25 + "B"),
        "A" * 25 + "B",
        I.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "A" * 26),
    ),
    "surrogate": (I + "\ud83c", "\ud83c", None),
    "escape": ("otpauth://totp/Ex%zzample:alice?" + S, "Ex%zzample", None),
    "type": ("otpauth://steam/Steam:alice?" + S, "steam", None),
    "colon-without-issuer": ("otpauth://totp/:a:b?" + S, "a:b", None),
    "secret-missing": ("otpauth://totp/Example:alice?issuer=Example", "", None),
    "secret-not-base32": ("otpauth://totp/Example:alice?issuer=Example&secret=GEZ1", "GEZ1", None),
    "algorithm-unknown": (I + "&algorithm=MD5", "MD5", None),
    "digits-invalid": (I + "&digits=11", "11", None),
    "period-invalid": (I + "&period=0", "0", None),
    "counter-invalid": (I.replace("totp", "hotp") + "&counter=-1", "-1", None),
    "counter-missing": (I.replace("totp", "hotp"), "", None),
    "parameter-repeated": (I + "&Digits=6&digits=6", "digits=6", None),
    "parameter-lost": (I + "#&digits=8", "digits", None),
    "parameter-synonym": (I + "&interval=60", "interval", I + "&period=60"),
    "parameter-derives": (I + "&2step_salt=8", "2step_salt=8", None),
    "hotp": (I.replace("totp", "hotp") + "&counter=0", "hotp", None),
    "issuer-differs": ("otpauth://totp/Old:alice?" + S + "&issuer=Example", "Old", I),
    "issuer-only-in-label": ("otpauth://totp/Example:alice?" + S, "Example", I),
    "issuer-only-in-parameter": ("otpauth://totp/alice?" + S + "&issuer=Example", "Example", I),
    "no-issuer": ("otpauth://totp/alice?" + S, "alice", None),
    "empty-account": ("otpauth://totp/Example:?" + S + "&issuer=Example", "", None),
    "many-colons": ("otpauth://totp/Example:al:ice?" + S + "&issuer=Example", "Example:al:ice", None),
    "encoded-colon": (I.replace(":alice", "%3aalice"), "%3a", I),
    "escaped-twice": (I.replace("alice", "al%2520ice"), "al%2520ice", None),
    "reserved-character": (I.replace("Example", "AT%26T"), "AT%26T:alice", None),
    "hidden-character": (I.replace("alice", "%E2%80%AEecila"), "%E2%80%AEecila", None),
    "long-label": (I.replace("alice", "a" * 505), "Example:" + "a" * 505, None),
    "secret-under-128-bits": (I.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "GEZDGNBV"), "GEZDGNBV", None),
    "secret-under-160-bits": (I.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "A" * 26), "A" * 26, None),
    "long-secret": (I.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "A" * 104), "A" * 104, None),
    "secret-ambiguous": (I.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "AB23CD45" * 4), "AB23CD45" * 4, None),
    "secret-mangled": (I.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "MFRG7357XVSA"), "MFRG7357XVSA", None),
    "algorithm-not-sha1": (I + "&algorithm=SHA256", "SHA256", None),
    "digits-not-6": (I + "&digits=8", "8", None),
    "period-not-30": (I + "&period=60", "60", None),
    "misplaced-parameter": (I + "&counter=0", "counter=0", I),
    "plus": (I.replace("Example:", "C%2B:").replace("=Example", "=C+"), "C+", I.replace("Example", "C%2B")),
    "steam": (I + "&encoder=steam", "encoder=steam", None),
    "ampersand": (I + "&T", "T", None),
    "fragment": (I + "#top", "#top", I),
    "outside": ("\ufeff" + I, "\ufeff", I),
    "scheme-spelling": (I.replace("otpauth", "OTPauth"), "OTPauth", I),
    "slashes": (I.replace("://", ":"), ":", I),
    "type-spelling": (I.replace("totp", "TOTP"), "TOTP", I),
    "parameter-spelling": (I.replace("secret", "Secret"), "Secret", I),
    "parameter-damaged": (I.replace("&issuer", "&amp;issuer"), "amp;issuer", I),
    "algorithm-spelling": (I + "&algorithm=hmac-sha-512", "hmac-sha-512", I + "&algorithm=SHA512"),
    "secret-spelling": (I.replace("GEZDGNBV", "GEZD%20GNBV-", 1), "GEZD%20GNBV-GY3TQOJQGEZDGNBVGY3TQOJQ", I),
    "outer-blanks": (I.replace("alice", "%20alice"), "%20alice", I),
    "unescaped": (I.replace("alice", "al/içe"), "al/içe", I.replace("alice", "al%2Fi%C3%A7e")),
    "parameter-unclear": (I + "&ttl=60", "ttl=60", None),
    "ends-open": (I + "&", "&", None),
    "unknown-parameter": (I + "&image=x", "image=x", None),
}

TOKENS = (
    "otpauth",
    "OTPAUTH",
    "otpauth-migration",
    ":",
    "//",
    "://",
    "/",
    "?",
    "&",
    "=",
    "#",
    "%",
    "%3A",
    "%3a",
    "%zz",
    "%ff",
    "%00",
    "%20",
    "+",
    " ",
    "totp",
    "TOTP",
    "hotp",
    "steam",
    "Example",
    "alice",
    "a:b",
    "secret",
    "Secret",
    "issuer",
    "algorithm",
    "digits",
    "period",
    "counter",
    "encoder",
    "=6",
    "=0",
    "=-1",
    "=x",
    "=٦",
    "=6_0",
    "=99999999999999999999",
    "=18446744073709551615",
    "=SHA1",
    "=sha-256",
    "=MD5",
    "=GEZDGNBVGY3TQOJQ",
    "=gezd gnbv",
    "=steam",
    "\0",
    "\n",
    "\u202e",
    "\ufeff",
    "\ud800",
    "\N{KELVIN SIGN}",
    "é",
    "%C3%A9",
    "🏴‍☠️",
)
pieces = st.lists(st.sampled_from(TOKENS), max_size=30).map("".join)
queries = st.lists(st.sampled_from(TOKENS), max_size=20).map(lambda tail: URI + "".join(tail))
labels = st.lists(st.sampled_from(TOKENS), max_size=10).map(
    lambda label: URI.replace("Example:alice@example.com", "".join(label))
)
uris = st.one_of(pieces, queries, labels, st.text(), accounts().map(lambda account: account.uri))


def refusal(uri, **how) -> str:
    """The message with which a URI is refused."""
    with pytest.raises(OtpError) as caught:
        parse(uri, **how)
    return str(caught.value)


def takes(uri) -> Account | None:
    """The account, or None for what is refused: nothing else may happen."""
    try:
        return parse(uri, lenient=True)
    except OtpError:
        return None


def test_every_finding_is_here():
    assert FOUND.keys() == RULES.keys()
    assert {severity for severity, _ in RULES.values()} == {"error", "warning", "note"}


@pytest.mark.parametrize("name", FOUND)
def test_a_finding_its_place_and_what_is_fixed(name):
    uri, span, fixed = FOUND[name]
    [finding] = [finding for finding in lint(uri) if finding.name == name]
    assert uri[finding.start : finding.end] == span
    assert finding.severity == RULES[name][0]
    assert finding.fixed == fixed
    assert "{" not in finding.sentence and "None" not in finding.sentence
    if finding.severity == "error":
        place = f"places {finding.start + 1} to {finding.end}" if len(span) > 1 else f"place {finding.start + 1}"
        assert refusal(uri).startswith(finding.sentence) and refusal(uri).endswith(f"({place} of the URI)")
    else:
        assert parse(uri)


@pytest.mark.parametrize(
    "uri, hint",
    {
        "otpauth-migration://offline?data=AA": "migration.decode",
        "otpauth://steam/x?" + S: "Steam's codes",
        I + "&algorithm=hmac%20sha%20zero": "not 'hmac sha zero'",
        I + "&digits=GEZDGNBVGY3TQ": "not a text of 13 characters",
        "otpauth://totp/C#:alice?" + S: "(in a name, write %23)",
        I.replace("GEZ", "GE1"): "'1' at place 3 of the secret",
        I + "&digits=": "not ''",
        I + "&digits=+6": "not '+6'",
        I + "&digits=" + "6" * 5000: "not a text of 5000 characters",
        I + "&period=18446744073709551616": "not a text of 20 characters",
        "otpauth://totp/%ff?" + S: "not UTF-8",
        "": "place 1 of the URI",
    }.items(),
)
def test_a_refusal_says_what_to_do(uri, hint):
    assert hint in refusal(uri)


@pytest.mark.parametrize("uri", [None, b"otpauth://totp/a", 7])
def test_a_uri_is_text(uri):
    for read in (parse, parts, lint):
        with pytest.raises(OtpError, match="a URI is text"):
            read(uri)


def test_the_parameter_is_the_issuer_and_the_finding_carries_the_labels():
    uri = "otpauth://totp/Bank:alice?" + S + "&issuer=Evil"
    [finding] = lint(uri)
    assert parse(uri).issuer == "Evil" and finding.value == "Bank"
    does = {concern.app: concern.does for concern in finding.apps}
    assert does["Aegis (Android)"] == "shows the label's issuer"
    assert does["otpauth (npm)"] == "shows the parameter's issuer"
    assert does["pyotp (Python)"] == "refuses it"


def test_a_plus_is_a_plus_unless_the_label_has_a_blank_for_it():
    uri = "otpauth://totp/Big%20Corp:bob?" + S + "&issuer=Big+Corp"
    assert parse(uri).issuer == "Big+Corp"
    differs, plus = lint(uri)
    assert (differs.name, differs.fixed) == ("issuer-differs", None)
    assert lint(plus.fixed) == [] and parse(plus.fixed).issuer == "Big Corp"


@pytest.mark.parametrize("spelled", ["sha256", "SHA-256", "sha_256", "HmacSHA256", "HMAC-SHA-256", "%53HA256"])
def test_an_algorithm_spelled_otherwise_is_read(spelled):
    spelling, not_sha1 = lint(I + "&algorithm=" + spelled)
    assert (spelling.name, not_sha1.value) == ("algorithm-spelling", "SHA256")
    assert spelling.fixed == I + "&algorithm=SHA256"
    assert parse(I + "&algorithm=" + spelled).algorithm == "SHA256"


def test_everything_fixed_at_once_is_what_account_builds():
    uri = "OTPAUTH://Totp/Example%3A%20al ice?SECRET=gezd-gnbv%20gy3tqojqgezdgnbvgy3tqojq====&counter=7#x"
    while fixed := next((finding.fixed for finding in lint(uri) if finding.fixed), None):
        assert parse(fixed) == parse(uri)
        uri = fixed
    assert uri == Account(issuer="Example", name="al ice", key=KEY).uri


@pytest.mark.parametrize("mark", "&#%/?")
def test_each_reserved_character_in_a_name_is_named(mark):
    for account in (Account(issuer=f"A{mark}", name="b", key=KEY), Account(issuer="A", name=f"b{mark}", key=KEY)):
        assert [finding.value for finding in lint(account.uri) if finding.name == "reserved-character"] == [mark]


FIXES = {  # URI: (finding, the same without it)
    "otpauth://totp/Example:alice?counter=0&" + S + "&issuer=Example": ("misplaced-parameter", I),
    "otpauth://totp/Example:alice?" + S + "&counter=0&issuer=Example": ("misplaced-parameter", I),
    "otpauth://totp?" + S + "&issuer=Example": (
        "issuer-only-in-parameter",
        "otpauth://totp/Example:?" + S + "&issuer=Example",
    ),
    "otpauth://totp/?" + S + "&issuer=Example": (
        "issuer-only-in-parameter",
        "otpauth://totp/Example:?" + S + "&issuer=Example",
    ),
    "otpauth://totp/Example:alice?issuer&" + S: (
        "issuer-only-in-label",
        "otpauth://totp/Example:alice?issuer=Example&" + S,
    ),
    "otpauth://totp/Example:alice?issuer=&" + S: (
        "issuer-only-in-label",
        "otpauth://totp/Example:alice?issuer=Example&" + S,
    ),
}


@pytest.mark.parametrize("uri", FIXES)
def test_a_fix_to_the_letter(uri):
    name, fixed = FIXES[uri]
    assert [finding.fixed for finding in lint(uri) if finding.name == name] == [fixed]


@pytest.mark.parametrize(
    "label, issuer, split",
    [
        ("localhost%3A8000%3A%20alice", "localhost%3A8000", ("localhost:8000", "alice")),  # django-two-factor-auth#768
        ("localhost:8000:alice", "localhost:8000", ("localhost:8000", "alice")),
        ("http://example.org:admin", "http%3A%2F%2Fexample.org", ("http://example.org", "admin")),  # keepassxc#11731
        ("A%3AB:c:d", "A:B", ("A:B", "c:d")),
        ("A%3Ab", "A", ("A", "b")),
        ("A:B:c", "A", ("A", "B:c")),
        ("localhost:8000", "localhost:8000", ("localhost:8000", "")),
        ("Old:team:alice", "New", ("New", "team:alice")),
        ("http%0A://example.org:admin", "http%3A%2F%2Fexample.org", ("http://example.org", "//example.org:admin")),
        ("localhost%20%3A8000%3A%20alice", "localhost%3A8000", ("localhost:8000", "8000: alice")),
        ("localhost:%208000:alice", "localhost:8000", ("localhost:8000", "8000:alice")),
        ("Old%3Ateam:alice", "", ("Old:team", "alice")),
    ],
)
def test_the_label_is_split_with_the_issuer_in_sight(label, issuer, split):
    uri = f"otpauth://totp/{label}?{S}&issuer={issuer}"
    account = parse(uri)
    assert (account.issuer, account.name) == split and parse(account.uri) == account
    assert "".join(part.raw for part in parts(uri)) == uri
    for finding in lint(uri):
        assert finding.fixed is None or parse(finding.fixed) == account
        assert finding.name != "issuer-differs" or finding.fixed is None


@given(uris)
def test_nothing_but_an_otp_error_leaves_parse(uri):
    refused = takes(uri) is None
    errors = [finding for finding in lint(uri) if finding.severity == "error" and finding.name != "counter-missing"]
    assert refused == bool(errors)
    for finding in lint(uri):
        assert 0 <= finding.start <= finding.end <= len(uri)


@example("OTPAUTH:TOTP?%SECRET=222222222222222222222222AAAAAAA")
@example("OTPAUTH:TOTP?%80SECRET=2222222222222222222222AAAAAAAAA")
@given(uris)
def test_the_parts_join_to_the_uri(uri):
    assume(takes(uri))
    spans = parts(uri)
    assert "".join(part.raw for part in spans) == uri
    assert [uri[part.start : part.end] for part in spans] == [part.raw for part in spans]
    assert all(part.raw and part.sentence.endswith(".") and isinstance(part.value, str) for part in spans)


@given(uris)
def test_a_fix_keeps_the_account_and_removes_the_finding(uri):
    account = takes(uri)
    assume(account)
    found = lint(uri)
    for finding in found:
        if finding.fixed is None:
            continue
        names = [other.name for other in lint(finding.fixed)]
        assert names.count(finding.name) < [other.name for other in found].count(finding.name)
        if not (finding.name == "plus" and "%20" in finding.fixed):
            assert takes(finding.fixed) == account


@given(uris)
def test_what_is_taken_can_be_built_again(uri):
    account = takes(uri)
    assume(account)
    assert parse(account.uri) == account


@given(st.integers(0, len(I)), st.integers(0, 12), st.sampled_from(["", *TOKENS]))
@example(41, 3, ":").via("a name that is not a word, before the secret")
def test_no_message_and_no_repr_shows_the_secret(place, cut, put):
    secret = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"
    uri = URI.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", secret)
    assert secret in uri and secret not in repr(parts(uri))
    uri = uri[:place] + put + uri[place + cut :]
    assume("issuer=" + secret not in uri)  # a secret that is given as a name is a name
    said = [repr(finding) for finding in lint(uri)]
    try:
        said.append(repr(parse(uri)))
    except OtpError as error:
        said.append(str(error))
    runs = {secret[start : start + 13] for start in range(len(secret) - 12)}
    assert not [text for text in said for run in runs if run in text]


@pytest.mark.parametrize(
    "uri",
    [
        "otpauth://totp/" + "a" * MANY + "?" + S,
        "otpauth://totp/" + "%C3%A9" * (MANY // 6) + "?" + S,
        "otpauth://totp/a?" + S + "&a=+" * (MANY // 200),
        "otpauth://totp/a?" + S + "&" * (MANY // 10),
        "otpauth://totp/\u200falice\u202e:\u2066bob?" + S,
        "otpauth://totp/\0\x01\x7f:\r\n\t?" + S,
        "otpauth://totp/<img src=x onerror=alert(1)>:x?" + S,
        "otpauth://totp/" + "%3A" * (MANY // 3) + "?issuer=X&" + S,
        "otpauth://totp?" + S,
    ],
    ids=lambda uri: ascii(uri[15:40]),
)
def test_nasty_but_right(uri):
    account = parse(uri)
    assert account.key == KEY and parse(account.uri) == account
    assert "".join(part.raw for part in parts(uri)) == uri
    assert "hidden-character" in {finding.name for finding in lint(uri)} or uri.isprintable()


@pytest.mark.parametrize(
    "uri",
    [
        "a" * MANY,
        ":" * MANY,
        "\0" * 1000,
        "\ud800" * 1000,
        "otpauth://totp/\ud83c\udff4?" + S,
        "otpauth://totp/" + "%" * MANY + "?" + S,
        "otpauth://totp/%C3?" + S,
        "otpauth://totp/a?" + "secret=GEZDGNBV&" * (MANY // 100),
        "otpauth://totp/a?secret=" + "A" * (MANY - 2),
        "otpauth://totp/a?" + S + "&digits=" + "0" * 1_000_000,
        "otpauth://totp/a?" + S + "&period=" + "9" * 1_000_000,
    ],
    ids=lambda uri: ascii(uri[:30]),
)
def test_nasty_and_refused(uri):
    assert len(refusal(uri)) < 300


@pytest.mark.parametrize(
    "grow",
    [
        lambda n: "otpauth://totp/" + ":" * n + "?issuer=X&" + S,
        lambda n: "otpauth://totp/" + "%C3%A9" * n + "?" + S,
        lambda n: "otpauth://totp/a?" + S + "&a=+" * (n // 8),
        lambda n: "otpauth://totp/a?secret=" + "A" * n,
        lambda n: "a" * n,
    ],
)
def test_the_cost_grows_with_the_length(grow):
    def seconds(size):
        uri, best = grow(size), float("inf")
        for _ in range(3):
            start = time.process_time()
            lint(uri)
            best = min(best, time.process_time() - start)
        return best

    # Eight times the length: about eight times the time, and 64 times if it grew with the square.
    assert seconds(160_000) < 28 * max(seconds(20_000), 0.0005)


def test_the_parts_of_the_example():
    assert [(part.kind, part.raw, part.parameter) for part in parts(URI) if part.kind != "delimiter"] == [
        ("scheme", "otpauth", ""),
        ("type", "totp", ""),
        ("issuer", "Example", ""),
        ("separator", ":", ""),
        ("account", "alice@example.com", ""),
        ("name", "secret", "secret"),
        ("value", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "secret"),
        ("name", "issuer", "issuer"),
        ("value", "Example", "issuer"),
    ]
    assert parse(URI) == EXAMPLE
    assert [part.value for part in parts("otpauth://totp/A%20B%3A%C3%A9?" + S)][4:7] == ["A B", ":", "é"]


def test_the_apps_that_a_value_concerns():
    def concerned(tail):
        return {concern.app.split(" (")[0] for finding in lint(I + tail) for concern in finding.apps}

    assert {"Microsoft Authenticator", "Authy", "Duo Mobile"} <= concerned("&algorithm=SHA256")
    assert "Aegis" not in concerned("&algorithm=SHA256")
    assert "2FAS" in concerned("&period=45") and "2FAS" not in concerned("&period=60")
    assert "Microsoft Authenticator" in concerned("&digits=8") and "Authy" not in concerned("&digits=8")
    assert {"otplib", "pyotp"} <= concerned("&digits=9")


def test_the_table_of_apps():
    assert len(apps()) == 27
    for app in apps():
        assert app["name"] and app["as_of"] and app["source"]
        assert app["does"].keys() <= RULES.keys()
        for parameter, values in {"algorithm": ["SHA1"], "digits": [6, 8], "period": [30, 60]}.items():
            if app[parameter]:
                assert honours(app[parameter]["honours"], values[0])
                assert not honours(app[parameter]["honours"], 0)  # no app makes codes of no digits, or steps of no time
                assert all(isinstance(honours(app[parameter]["honours"], value), bool) for value in values)
    assert honours("6, 8", 8) and not honours("6, 8", 7)
    assert honours("5–", 300) and not honours("5–", 4) and honours("1–10", 10) and not honours("1–10", 11)
