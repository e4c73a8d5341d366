"""What people paste (data/pasted.json, with the reports behind it), at every entrance; and what clings to a text."""

import base64
import time
from contextlib import suppress

import pytest
from accounts import EXAMPLE, URI
from hypothesis import given
from hypothesis import strategies as st
from vectors import cases

from totp_teach import OtpError, migration, otpauth, secret, widgets
from totp_teach._pasted import named, peeled
from totp_teach.otpauth import Account, lint, parse, parts
from totp_teach.widgets.account_form import account_of, fields_of

PASTED = cases("pasted.json")
URIS = {case["id"]: case for case in PASTED["uris"]}
SECRETS = {case["id"]: case for case in PASTED["secrets"]}
FIELDS = ("type", "issuer", "name", "algorithm", "digits", "period")


def test_the_cases_are_here():
    assert (len(URIS), len(SECRETS)) == (67, 15)
    assert sum("source" in case for case in (*URIS.values(), *SECRETS.values())) == 34


@pytest.mark.parametrize("name", URIS)
def test_a_pasted_uri(name):
    case = URIS[name]
    found = lint(case["text"])
    assert [finding.name for finding in found] == case["findings"]
    if "taken" in case:
        account = parse(case["text"])
        assert {field: getattr(account, field) for field in FIELDS} | {"key": account.key.hex()} == case["taken"]
        assert "".join(part.raw for part in parts(case["text"])) == case["text"]
    else:
        with pytest.raises(OtpError):
            parse(case["text"])
        fixed = [finding.fixed for finding in found if finding.severity == "error" and finding.fixed]
        assert fixed[:1] == [case[name] for name in ("fixed",) if name in case]


@pytest.mark.parametrize("name", [name for name in URIS if "fixed" in URIS[name]])
def test_what_was_probably_meant_is_taken(name):
    assert parse(URIS[name]["fixed"])


@pytest.mark.parametrize("name", URIS)
def test_a_phone_and_the_builder_take_what_parse_takes_and_nothing_else(name):
    case, phone, builder = URIS[name], widgets.Phone(clock=lambda: 59), widgets.UriBuilder()
    builder.edit = {"number": 1, "uri": case["text"]}
    if "taken" in case:
        assert phone.add(case["text"]).key.hex() == case["taken"]["key"]
        assert len(phone.findings) == len(case["findings"]) and builder.account == parse(case["text"])
    else:
        with pytest.raises(OtpError):
            phone.add(case["text"])
        assert phone.accounts == {} and builder.account == EXAMPLE and "error" in builder.said["summary"]


@pytest.mark.parametrize("name", SECRETS)
def test_a_pasted_secret(name):
    case = SECRETS[name]
    if "taken" in case:
        assert secret.decode(case["text"]).hex() == case["taken"]
    else:
        with pytest.raises(OtpError) as caught:
            secret.decode(case["text"])
        assert case["says"] in str(caught.value)


# --- what clings to a text ------------------------------------------------------------------------------------------

CLINGING = {
    " ": "a space",
    "\n": "a line end",
    "\r\n": "a line end",
    "\ufeff": "an invisible byte order mark",
    "\u200e": "an invisible character (U+200E)",
    "\0": "an invisible character (U+0000)",
    "“": "a quotation mark",
    "'": "a quotation mark",
    "\\000026": "a scanner's mark (\\000026)",
    "]Q1": "a scanner's mark (]Q1)",
    "ï»¿": "the byte order mark of UTF-8, read as Latin-1",
    '\ufeff "': "an invisible byte order mark, a space and a quotation mark",
}


@pytest.mark.parametrize(("before", "words"), CLINGING.items(), ids=ascii)
def test_what_clings_before_a_uri_is_left_out_and_said(before, words):
    [finding] = lint(before + URI)
    assert parse(before + URI) == EXAMPLE and finding.fixed == URI and (finding.start, finding.end) == (0, len(before))
    assert finding.sentence == f"{words[0].upper()}{words[1:]} stands before the URI and is not part of it"
    assert named(before) == words


@pytest.mark.parametrize(
    "text", ["“{}”", '"{}"', "<{}>", "«{}»", " '{}' \n", "\u200b{}\u200b\r\n", "`{}`", "\ufeff“{} ”\0"], ids=ascii
)
def test_what_clings_on_both_sides_is_left_out_at_every_entrance(text):
    assert peeled(text.format(URI))[1] == URI
    assert parse(text.format(URI)) == EXAMPLE == widgets.Phone().add(text.format(URI))
    assert {finding.name for finding in lint(text.format(URI))} == {"outside"}
    assert {finding.fixed for finding in lint(text.format(URI))} == {URI}
    assert secret.decode(text.format("GEZA")) == b"12"
    [export] = migration.encode([EXAMPLE])
    assert migration.decode(text.format(export)).accounts == (EXAMPLE,)


@pytest.mark.parametrize("text", ["", " ", "“”", "\ufeff", "'", "\\000026", "\"'\"'", "]Q1"])
def test_nothing_is_left(text):
    assert peeled(text)[1] == "" and "".join(peeled(text)) == text
    for read in (parse, secret.decode, migration.decode):
        with pytest.raises(OtpError):
            read(text)


@pytest.mark.parametrize("text", ["a'", "a”", "a>", "(a)", "[a]", "a\u0301"])
def test_what_may_belong_to_a_text_stays(text):
    assert peeled(text) == ("", text, "")


@given(st.text(st.sampled_from(" \n\ufeff\"'“”<>\\]Q0126a:/"), max_size=20))
def test_a_text_is_its_three_parts_and_the_middle_one_clings_no_more(text):
    before, inside, after = peeled(text)
    assert before + inside + after == text and peeled(inside) == ("", inside, "")
    assert bool(named(before)) == bool(before)


@pytest.mark.parametrize(
    "text", ['"' * 400_000, " " * 400_000, "]Q1" * 200_000, "“" * 200_000 + "”" * 200_000, "\\000026" * 60_000]
)
def test_a_long_text_is_peeled_in_one_pass(text):
    start = time.process_time()
    assert peeled(text)[1] == "" and named(text)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "text", ["ABCD " * 80_000, "ABCDEFGHIJKLMNOP " + "Q " * 200_000, "abcd EFGH" * 40_000, "=3D" * 100_000]
)
def test_a_long_secret_is_looked_at_in_one_pass(text):
    start = time.process_time()
    with suppress(OtpError):
        secret.decode(text)
    lint(URI.replace("GEZDGNBVGY3TQOJQ" * 2, text))
    assert time.process_time() - start < 5


# --- parameters beyond the format -----------------------------------------------------------------------------------


START = {"secret": URI.replace("secret=", "x="), "counter": URI.replace("totp", "hotp")}


@pytest.mark.parametrize("known, names", otpauth.anatomy.WORDS["synonyms"].items())
def test_a_synonym_is_never_taken_in_silence(known, names):
    values = {"algorithm": "SHA512", "digits": "8", "period": "60", "counter": "7", "secret": "GEZA"}
    for name in names.split():
        uri = f"{START.get(known, URI)}&{name}={values[known]}"
        with pytest.raises(OtpError):
            parse(uri)
        [finding] = [one for one in lint(uri) if one.name == "parameter-synonym"]
        assert f"write {known}=" in finding.sentence and f"&{known}={values[known]}" in finding.fixed
        assert finding.fixed.count("=") == uri.count("=")


@pytest.mark.parametrize(
    "name",
    [
        "2step_salt",
        "2STEP-output",
        "pin",
        "T0",
        "epoch",
        "time_offset",
        "tz",
        "kdf_rounds",
        "encoding",
        "checksum",
        "ocraSuite",
        "tzero",
        "time_shift",
        "epoch_start",
        "moving_factor_offset",
        "pin-size",
        "user_pin",
        "secret_salt",
        "argon2",
        "passphrase",
        "encrypted",
        "radix",
        "prefix",
    ],
)
def test_what_changes_the_codes_is_refused_by_name(name):
    with pytest.raises(OtpError, match=f"The parameter '{name}' changes the codes"):
        parse(f"{URI}&{name}=17")
    assert parse(f"{URI}&{name}=0") == EXAMPLE  # out of use


@pytest.mark.parametrize(
    "name, value, known",
    [
        ("a", "SHA256", "algorithm"),
        ("prf", "HMAC-SHA512", "algorithm"),
        ("signature", "md5", "algorithm"),
        ("totp_digits", "8", "digits"),
        ("digitCount", "8", "digits"),
        ("totp[digits]", "8", "digits"),
        ("X", "60", "period"),
        ("totpPeriodSeconds", "60", "period"),
        ("my_time_step_size", "60", "period"),
        ("d", "8", "digits"),
        ("n", "7", "digits"),
        ("L", "10", "digits"),
        ("p", "60", "period"),
        ("i", "45", "period"),
        ("s", "90", "period"),
    ],
)
def test_a_name_in_no_list_is_known_by_what_it_says(name, value, known):
    [finding] = [one for one in lint(f"{URI}&{name}={value}") if one.severity == "error"]
    assert (finding.name, finding.fixed) == ("parameter-synonym", f"{URI}&{known}={value}")


@pytest.mark.parametrize("value", ["5", "8", "10", "15", "60", "3600"])
def test_a_number_in_a_name_that_says_nothing_is_a_warning(value):
    """In another language (ziffern=8), or another word for the period (ttl=60)."""
    [finding] = lint(f"{URI}&ziffern={value}")
    assert (finding.name, finding.severity) == ("parameter-unclear", "warning")
    for harmless in ("6", "30", "1", "0", "20240131", f"{value}x{value}"):
        assert [one.name for one in lint(f"{URI}&ziffern={harmless}")] == ["unknown-parameter"]


@pytest.mark.parametrize("name", [r"dig\\u200fits", "/", "]", "p\n-- \nAnna", "чисел", "di<wbr>gi<wbr>ts"])
def test_a_name_that_is_not_a_word_is_a_warning(name):
    assert "parameter-unclear" in {one.name for one in lint(f"{URI}&{name}=8*")}


@pytest.mark.parametrize("begun", ["p", "pe", "perio", "d", "dig", "digit", "alg", "algorithm", "counter="])
def test_a_uri_that_is_cut_off_in_a_name_is_refused(begun):
    uri = f"otpauth://{'hotp' if begun[0] == 'c' else 'totp'}/E:a?issuer=E&secret={S}"
    with pytest.raises(OtpError):
        parse(f"{uri}&{begun}")
    assert [one.name for one in lint(f"{URI}&")] == ["ends-open"]
    ends = "otpauth://totp/E:a?issuer=E&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [one.name for one in lint(ends)] == []
    assert [one.name for one in lint(ends[:-3])][-1] == "ends-open"
    ampersand = lint(f"{URI.replace('issuer=Example', 'issuer=R&D')}")
    assert "ampersand" in {one.name for one in ampersand} and "error" not in {one.severity for one in ampersand}


@pytest.mark.parametrize("uri", [f"{URI}&digits=8", f"{URI}&period=60", f"{URI}&algorithm=SHA256"])
@pytest.mark.parametrize("last", [False, True])
def test_a_synonym_may_repeat_what_the_uri_says_and_not_contradict_it(uri, last):
    known, value = uri.rpartition("&")[2].split("=")
    name = {"digits": "length", "period": "interval", "algorithm": "algo"}[known]
    default = {"digits": "6", "period": "30", "algorithm": "SHA1"}[known]
    for said, names in ((value, ["unknown-parameter"]), (default, ["parameter-repeated"])):
        text = f"{uri}&{name}={said}" if last else uri.replace(f"&{known}", f"&{name}={said}&{known}")
        found = [one.name for one in lint(text) if repr(name) in one.sentence]
        assert found == names


@pytest.mark.parametrize("value", ["steam", "STEAM"])
def test_steams_encoder_is_reported_and_any_other_refused(value):
    assert "steam" in {finding.name for finding in lint(f"{URI}&encoder={value}")}
    assert parse(f"{URI}&encoder={value}") == EXAMPLE
    with pytest.raises(OtpError, match="'encoder' changes the codes"):
        parse(f"{URI}&encoder=base36")


@pytest.mark.parametrize(
    "name",
    [
        "image",
        "color",
        "icon",
        "lock",
        "user",
        "serial",
        "window",
        "account",
        "secret_id",
        "grace_period",
        "organisation",
    ],
)
def test_what_does_no_harm_is_a_note(name):
    [finding] = lint(f"{URI}&{name}=x")
    assert (finding.name, finding.severity) == ("unknown-parameter", "note") and repr(name) in finding.sentence
    assert "%26" not in finding.sentence


@pytest.mark.parametrize(
    "damage",
    ["amp;{}", "amp;amp;{}", "#38;{}".replace("#", "%23"), " {}", "{}%0A", "{}[]", "\ufeff{}", "%E2%80%8B{}", "?{}"],
    ids=ascii,
)
@pytest.mark.parametrize("known, value", [("algorithm", "SHA256"), ("digits", "8"), ("period", "60")])
def test_a_damaged_name_is_read_and_said(damage, known, value):
    uri = f"{URI}&{damage.format(known)}={value}"
    assert str(getattr(parse(uri), known)) == value
    [finding] = [one for one in lint(uri) if one.name == "parameter-damaged"]
    assert finding.value == known and finding.fixed == f"{URI}&{known}={value}"


@pytest.mark.parametrize("between", ["?", ";", ",", " ", "\n", "\xa0", "|", "/", "", "%26"])
@pytest.mark.parametrize("known, value", [("algorithm", "SHA256"), ("digits", "8"), ("period", "60")])
def test_a_parameter_that_runs_into_another_is_not_lost_in_silence(between, known, value):
    for uri in (f"{URI}{between}{known}={value}", URI.replace("&issuer", f"{between}{known}={value}&issuer")):
        with pytest.raises(OtpError):
            parse(uri)
        fixed = [one.fixed for one in lint(uri) if one.name == "parameter-lost"]
        assert str(getattr(parse(fixed[0]), known)) == value


# --- texts in another notation, and what stands around a URI ---------------------------------------------------------

FULL = f"{URI}&algorithm=SHA256&digits=8&period=60"


@pytest.mark.parametrize("fault", ["", "&pin=1234", "&digits=12", "&algorithm=MD5"])
@pytest.mark.parametrize(
    "written",
    [
        lambda uri: uri.replace("&", "&#x26;"),
        lambda uri: uri.replace("=", "&equals;"),
        lambda uri: uri.replace(":", "&#58;").replace("/", "&#47;"),
        lambda uri: uri.replace("&", "\\x26"),
        lambda uri: uri.replace("/", "\\/").replace("=", "\\u003d"),
        lambda uri: uri.replace("=", "=3D").replace("alg", "a=\r\nlg"),
        lambda uri: uri.replace("=", "＝").replace("?", "？").replace("://", "：／／"),
        lambda uri: "\u200b".join(uri),
    ],
)
def test_a_fix_of_another_notation_keeps_every_parameter(written, fault):
    """The way back to plain characters is offered where it leads to an account: to the one that is meant."""
    text = written(FULL + fault)
    assert "error" in {one.severity for one in lint(text)}
    fixed = [one.fixed for one in lint(text) if one.name == "notation"]
    assert [parse(uri) for uri in fixed] == ([] if fault else [parse(FULL)])


def test_one_parameter_that_begins_with_3d_is_a_warning():
    """3D is Base32: a single value that begins with it may be a secret, or = in the source of an e-mail."""
    start, key = "otpauth://totp/Example:alice?secret=", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [one.name for one in lint(f"{start}3D{key}") if one.severity != "note"][-2] == "secret-ambiguous"
    assert "secret-ambiguous" not in {one.name for one in lint(f"{start}3D{key[:30]}")}


@pytest.mark.parametrize("words", ["Hi", "thank you", "KEEP THIS SECRET", "\nCheers, B"])
def test_words_behind_a_secret_do_not_become_part_of_it(words):
    uri = f"otpauth://totp/Example:alice?issuer=Example&secret=GEZDGNBVGY3TQOJQ {words}"
    with pytest.raises(OtpError):
        parse(uri)
    [finding] = [one for one in lint(uri) if one.severity == "error"]
    assert secret.encode(parse(finding.fixed).key) == "GEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize("groups", ["gezd gnbv gy3t qojq", "GEZDGNBVGY3 TQOJQ", "GEZDGN\r\n BVGY3T\r\n QOJQ"])
def test_a_secret_in_groups_is_taken(groups):
    assert parse(f"otpauth://totp/Example:alice?secret={groups}&issuer=Example").key == b"1234567890"


@pytest.mark.parametrize("around", ["see {}, please", "({})", "[x]({})", "{{'a': {{{}}}}}", "a,{},b", "x『{}』!"])
def test_a_uri_in_a_text_ends_where_what_is_around_it_closes(around):
    [finding] = [one for one in lint(around.format(FULL)) if one.severity == "error"]
    assert around.startswith("see") or finding.fixed == FULL


@pytest.mark.parametrize("between", [" ", "\n", "  ", "\t"])
def test_a_uri_in_a_text_does_not_end_before_a_parameter_of_its_own(between):
    text = f"see {FULL}".replace("&", between)
    [finding] = [one for one in lint(text) if one.severity == "error"]
    assert "period=60" in finding.fixed


@pytest.mark.parametrize(
    "text, hint",
    [
        ('{"type": "totp", "secret": "GEZDGNBVGY3TQOJQ"}', "this is JSON"),
        ("WIFI:S:home;T:WPA;P:GEZDGNBVGY3TQOJQ;;", "password of a network"),
        ("BEGIN:VCARD\nFN:Alice\nEND:VCARD", "a contact"),
        ("https://example.org/2fa", "address of a page"),
        ("phonefactor://activate_account?code=1", "an app whose codes are not those of RFC 6238"),
        ("287082", "looks like a code"),
        ("8f3a1c0d9b7e5a42c6d81f03b9e47a5510ac2d6e", "looks like a secret alone"),
        ("otpauth-migration://offline?data=CgA", "for migration.decode"),
        ("steam://GEZDGNBVGY3TQOJQ", "a secret of Steam's"),
    ],
)
def test_what_is_not_a_uri_of_ours_is_named(text, hint):
    with pytest.raises(OtpError, match=hint):
        parse(text)


@pytest.mark.parametrize(
    "beginning",
    ["otpauth//totp/", "totp://", "optauth://TOTP/", "otp-auth:totp/", "otpauth%3A%2F%2Ftotp/", "x://totp/"],
)
def test_a_beginning_that_is_nearly_right_can_be_fixed(beginning):
    [finding] = [one for one in lint(URI.replace("otpauth://totp/", beginning)) if one.severity == "error"]
    assert finding.name == "scheme" and finding.fixed == URI


@pytest.mark.parametrize(
    "rest",
    [
        "E=x:alice?secret=3D{}&issuer=3DE",
        "Exampl=\u0666e:alice?secret=3D{}&issuer=3DE",
        "Example:alice?secret=3D{}&issuer=3DExampleX://=-1",
        "Example:alice?issuer=Example=20&secret=3D{}&period=3D60",
        "Example:alice?secret=3d{}&issuer=3dExample&x",
        "E=3Dx:alice?secret=3D{}",
        "Example:alice?se%cret=3D{}&issuer=3DExample",
        "Example:alice?amp;Secret=3D{}&amp;issuer=3DExample",
        "Example:alice?secret=3D{}&#38;issuer=3DExample",
        "Example:alice?secret=3D3D{}&issuer=3D3DExample",
    ],
)
def test_quoted_printable_is_known_by_its_values_whatever_else_holds_an_equals_sign(rest):
    """Found by fuzz.py: a stray = hid it, and 3D became part of the key."""
    uri = f"otpauth://totp/{rest.format('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')}"
    with pytest.raises(OtpError, match="as in the source of an e-mail"):
        otpauth.parse(uri)
    [finding] = lint(uri)
    assert parse(finding.fixed).key == EXAMPLE.key


S = "GEZDGNBVGY3TQOJQ"
IN_GROUPS = {
    "a word": (
        f"{S} thanks",
        f"{S.lower()} later",
        f"{S} CHEERS",
        f"{S} – LATER",
        f"{S}%20LATER",
        f"{S}+LATER",
        f"{S}\nSOON",
    ),
    "may be a word": ("gezd gnbv gy3t qojq soon", f"{S} REMEMBER", f"{S} OFFICETEAM"),
    "another group": (
        "GEZDG NBVGY 3TQOJ Q LATER",
        "gezd gnbv gy3t qojq later",
        "gezd gnbv gy3t qojq remember",
        f"{S} please do",
        "GEZD GNBV GY3T Qojq",
    ),
    "": (
        "gezd gnbv gy3t qojq",
        "GEZDGNBVGY3 TQOJQ",
        "GEZDGN\r\n BVGY3T\r\n QOJQ",
        f"{S} {S}",
        f"GEZD\n GNBVGY3TQOJQ{S}",
        "GEZ DGN BVG Y3T QOJ Q",
        "GEZDG NBVGY 3TQOJ Q",
        "2345 GEZD 6723 QOJQ",
        "GEZD-GNBV-GY3T-QOJQ====",
        "GEZD GNBV GY3T QOJQ GEZD GNBV QQ",
        "GEZDGN BVGY3T QOJQGE ZDGNBV QQ",
        "GEZDGNBV GY3TQOJQ GEZDGNBV GY3TQOJQ",
    ),
}


@pytest.mark.parametrize("kind, text", [(kind, text) for kind, texts in IN_GROUPS.items() for text in texts])
def test_what_stands_behind_a_secret_is_part_of_it_only_if_the_groups_say_so(kind, text):
    uri = f"otpauth://totp/Example:alice?secret={text}&issuer=Example"
    found = {one.name: one for one in lint(uri) if one.severity != "note"}
    if "secret-not-base32" in found:
        assert kind in ("a word", "another group")
        assert not found["secret-not-base32"].fixed or parse(found["secret-not-base32"].fixed).key == b"1234567890"
    else:
        assert ("secret-ambiguous" in found) == (kind == "may be a word")


@pytest.mark.parametrize("value", ["None", "null", "NIL", "undefined", "NaN", "void", "true", '"null"', "%20none%0A"])
def test_what_a_program_writes_for_nothing_is_not_a_secret(value):
    with pytest.raises(OtpError, match="is what a program writes where it has no value"):
        parse(f"otpauth://totp/Example:alice?secret={value}&issuer=Example")


@pytest.mark.parametrize(
    "key",
    [
        b"GEZDGNBVGY3TQOJQ",
        b"gezdgnbvgy3tqojqge======",
        b"8f3a1c0d9b7e5a42c6d81f03b9e47a5510ac2d6e",
        b"8F3A1C0D9B7E5A42",
        base64.b64encode(b"12345678901234567890"),
    ],
)
def test_a_secret_that_was_encoded_twice_is_said_to_be(key):
    found = [one for one in lint(Account(issuer="E", name="a", key=key).uri) if one.name == "secret-ambiguous"]
    assert [one.value for one in found] == ["a secret that was encoded twice"]


@pytest.mark.parametrize("key", [b"12345678901234567890", b"correct horse battery", b"a" * 20, bytes(range(20))])
def test_a_key_that_is_text_was_not_encoded_twice(key):
    assert "secret-ambiguous" not in {one.name for one in lint(Account(issuer="E", name="a", key=key).uri)}


def test_a_secret_made_unreadable_is_said_to_be():
    assert [one.value for one in lint(URI.replace("GEZDGNBVGY3TQOJQ" * 2, "X" * 16))][
        -1
    ] == "one that was made unreadable"


@pytest.mark.parametrize("text", [f"{S.lower()} later", "gezd gnbv gy3t qojq later", f"{S} thanks"])
def test_the_form_takes_no_words_behind_a_secret(text):
    fields = {**fields_of(EXAMPLE), "secret": text}
    with pytest.raises(OtpError, match="groups differ"):
        account_of(fields)
    assert account_of({**fields, "secret": "gezd gnbv-gy3t qojq"}).key == b"1234567890"


def test_a_text_from_a_mail_is_no_account_whatever_else_is_wrong_with_it():
    """In plain characters it is refused (a period under another name): then there is no fix, but no account either."""
    text = "otpauth://totp/Example:alice?secret=3DGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=3DExample&stepperiod=3D60"
    [finding] = otpauth.lint(text)
    assert (finding.severity, finding.name, finding.fixed) == ("error", "notation", None)
    with pytest.raises(OtpError, match="as in the source of an e-mail"):
        otpauth.parse(text)
