"""The live things without a browser: what Python sends them, what they answer, and what a notebook stores of them."""

import base64
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from totp_teach import OtpError, hotp, otpauth, qr, secret, show, totp, widgets
from totp_teach.jupyter.exports import VIEW
from totp_teach.verifier import MemoryStore, Throttle, Verifier
from totp_teach.widgets.front_ends import front_end
from totp_teach.widgets.scan import EXAMPLE
from totp_teach.widgets.words import name_of

RFC_KEY = b"12345678901234567890"
ALICE = otpauth.Account(issuer="Example", name="alice@example.com", key=RFC_KEY)
SECRET = b"\x00the reader's secret\xff"
READER = otpauth.Account(issuer="totp_teach", name="scanned at 14:03:30", key=SECRET)
MARKUP = replace(READER, name="<img src=x onerror=alert(1)>")


def verifier_of(account: otpauth.Account, **options) -> Verifier:
    verifier = Verifier(MemoryStore(), **options)
    verifier.enrol("me", account)
    return verifier


LIVE = {
    "TickingCode": widgets.TickingCode,
    "TickingCode with neighbours": lambda account: widgets.TickingCode(account, neighbours=True),
    "VerifyBox": lambda account: widgets.VerifyBox(verifier_of(account), "me"),
    "ScanCard": widgets.ScanCard,
    "Stepper": lambda _: widgets.Stepper("Bytes", FRAMES),
}


def asked(widget, question: dict) -> dict:
    """The widget's answer to a message of its front end."""
    sent = []
    widget.send = sent.append
    widget._handle_msg({"content": {"data": {"method": "custom", "content": question}}, "buffers": []})
    (answer,) = sent
    return answer


# ---- at rest ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", LIVE.values(), ids=LIVE)
def test_what_is_stored_is_the_same_at_every_run_and_holds_nothing_of_the_readers(make):
    first, _ = make(READER)._repr_mimebundle_()
    second, _ = make(replace(READER, key=secret.random(), name="scanned at 15:00:00"))._repr_mimebundle_()
    assert first.pop(VIEW) != second.pop(VIEW)
    assert first == second and set(first) == {"text/html", "text/plain"}
    for text in first.values():
        assert "example: run this cell" in text
        assert not re.search(r"<(style|svg|script)|var\(|0x[0-9a-f]{6}|scanned at", text)
        assert secret.encode(SECRET)[:8] not in text.replace(" ", "")


@pytest.mark.parametrize("make", LIVE.values(), ids=LIVE)
def test_its_repr_is_the_text_that_is_stored(make):
    widget = make(READER)
    assert repr(widget) == widget._repr_mimebundle_()[0]["text/plain"] == widget.resting.text


@pytest.mark.parametrize(
    ("algorithm", "code"), [("SHA1", "942 870 82"), ("SHA256", "461 192 46"), ("SHA512", "906 939 36")]
)
def test_the_example_is_a_row_of_rfc_6238_appendix_b_when_the_account_has_its_algorithm_and_digits(algorithm, code):
    account = replace(READER, algorithm=algorithm, digits=8)
    for widget in (LIVE["TickingCode"](account), LIVE["VerifyBox"](account)):
        assert code in widget.resting.text and code in widget.resting.html


def test_the_example_shows_step_code_and_verdicts():
    ticking, box = LIVE["TickingCode with neighbours"](READER), LIVE["VerifyBox"](READER)
    lines = ["before, step 0  755 224", "now, step 1     287 082  1 s left", "after, step 2   359 152"]
    assert repr(ticking).splitlines()[1:] == lines
    assert repr(box).splitlines()[1:3] == [
        "Code from your phone: 287 082",
        "Accepted: the code of step 1, which began at 00:00:30 UTC.",
    ]
    assert "The same code again: Refused: already used." in repr(box)


def test_the_example_takes_the_accounts_period():
    text = repr(LIVE["TickingCode with neighbours"](replace(READER, period=60)))
    assert "now, step 0" in text and "before" not in text  # there is no step before the first


FRONT_ENDS = [kind for kind in vars(widgets).values() if isinstance(kind, type) and hasattr(kind, "_esm")]


@pytest.mark.parametrize("kind", FRONT_ENDS)
def test_a_front_end_is_one_module_and_says_nothing_twice(kind):
    source = str(kind._esm)
    assert source.count("export ") == 1 and source.rstrip().endswith("export default { render };")
    assert not re.search(r"^import\b", source, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", source, re.MULTILINE)
    assert len(names) == len(set(names)) and {"add", "render"} <= set(names)


MODULES = {file.name: file.read_text("utf-8") for file in Path(widgets.__file__).parent.glob("*.js")}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_what_another_exports_and_no_more_than_it_uses(name):
    """As they stand the files are modules that a browser, a linter and a test can load; `front_end` makes one of them."""
    imported = re.findall(r'^import \{([^}]*)\} from "\./(\w+\.js)";$', MODULES[name], re.MULTILINE)
    assert len(imported) == len(re.findall(r"^import\b", MODULES[name], re.MULTILINE))
    rest = re.sub(r"^import .*?;$", "", MODULES[name], flags=re.MULTILINE | re.DOTALL)
    for names, other in imported:
        exported = re.findall(r"^export (?:async )?(?:function|const) (\w+)", MODULES[other], re.MULTILINE)
        for one in filter(None, map(str.strip, names.split(","))):
            assert one in exported and re.search(rf"\b{one}\b", rest), one


def test_what_two_modules_import_stands_once_and_first():
    source = front_end("builder.js")
    assert source.count("newId =") == 1 and source.index("newId =") < source.index("function addField")


# ---- the ticking code ------------------------------------------------------------------------------------------------


def test_the_codes_are_computed_ahead_with_a_margin_on_both_sides():
    account = replace(READER, digits=8, period=60, algorithm="SHA512")
    widget = widgets.TickingCode(account, clock=lambda: 1_700_000_000)
    now = totp.counter(1_700_000_000, period=60)
    assert widget.first == now - 120
    codes = [widget.codes[start : start + 8] for start in range(0, len(widget.codes), 8)]
    assert len(codes) == 120 + 2880 + 120
    assert codes == hotp.codes(SECRET, range(now - 120, now + 3000), digits=8, algorithm="SHA512")
    assert (widget.digits, widget.period, widget.name) == (8, 60, "totp_teach: scanned at 14:03:30")


def test_there_is_no_step_before_the_first():
    widget = widgets.TickingCode(ALICE, clock=lambda: 59)
    assert widget.first == 0 and widget.codes.startswith("755224287082359152")


def test_an_event_counter_does_not_tick():
    with pytest.raises(OtpError, match="hotp account does not tick"):
        widgets.TickingCode(replace(ALICE, type="hotp", counter=0))


def test_it_tells_the_kernels_time_to_who_asks():
    assert asked(widgets.TickingCode(ALICE, clock=lambda: 59.5), {"id": "view 1"}) == {"id": "view 1", "clock": 59.5}


# ---- the verify box --------------------------------------------------------------------------------------------------

AT = 1_111_111_109  # in RFC 6238 appendix B: step 37037036, code 081804


def test_a_box_says_what_a_plain_call_says():
    plain, verifier = verifier_of(ALICE), verifier_of(ALICE)
    box = widgets.VerifyBox(verifier, "me", hint="Look here.", clock=lambda: AT)
    for code in ("081 804", "081804", "123456", "12"):
        verdict = plain.check("me", code, AT)
        words = widgets.in_words(verdict, ALICE, hint="Look here.")
        expected = {"id": 7, "accepted": verdict.accepted, "reason": verdict.reason, "words": words}
        assert asked(box, {"id": 7, "code": code}) == expected


@pytest.mark.parametrize(
    ("ahead", "remark"),
    [
        (200, "The browser's clock is 200 s ahead of the kernel's."),
        (-3600.4, "The browser's clock is 3\u00a0600 s behind the kernel's."),
        (30, "around now."),  # what a window allows for
        (-12, "around now."),  # or a busy kernel: the code was sent that long ago
    ],
)
def test_a_box_says_that_the_clocks_differ_when_that_may_be_why(ahead, remark):
    verifier = verifier_of(ALICE)
    box = widgets.VerifyBox(verifier, "me", clock=lambda: AT)
    assert asked(box, {"code": "123456", "clock": AT + ahead})["words"].endswith(remark)
    assert "clock" not in asked(box, {"code": "081804", "clock": AT + ahead})["words"]
    assert "clock" not in asked(box, {"code": "081804", "clock": AT + ahead})["words"]  # used already


def said(code: str, at: float, account: otpauth.Account = ALICE, verifier: Verifier | None = None, **options) -> str:
    verdict = (verifier or verifier_of(account)).check("me", code, at)
    return widgets.in_words(verdict, account, **options)


def test_every_verdict_in_words():
    verifier = verifier_of(ALICE)
    step = "step 37\u00a0037\u00a0036"
    assert said("081 804", AT, verifier=verifier) == f"Accepted: the code of {step}, which began at 01:58:00 UTC."
    assert said("081804", AT, verifier=verifier) == (
        f"Refused: already used. It is the code of {step}, which began at 01:58:00 UTC; "
        "that step, or a later one, was accepted before."
    )
    assert said("081804", AT + 60).startswith(f"Refused: right a moment ago. It is the code of {step}, which began at")
    assert said("081804", AT - 60).startswith(f"Refused: too early. It is the code of {step}, which begins at 01:58:00")
    assert said("081805", AT) == "Refused: wrong. It is the code of no step around now."
    assert said("081805", AT, hint="Scan again.").endswith("around now. Scan again.")
    assert said("81804", AT).startswith("Refused: not a code. A code of this account is 6 digits, 0 to 9;")
    unknown = Verifier(MemoryStore()).check("me", "081804", AT)
    assert widgets.in_words(unknown).startswith("Refused: there is no such account.")


def test_how_long_to_wait_is_said_too():
    verifier = verifier_of(ALICE, throttle=Throttle(delay=5, free=0, bound=2))
    assert said("000000", AT, verifier=verifier).endswith("The next try is looked at in 5 s.")
    assert said("081804", AT + 1, verifier=verifier) == (
        "Not looked at: too many wrong codes. The next try is looked at in 4 s."
    )
    assert said("000000", AT + 9, verifier=verifier).endswith("locked until its administrator unlocks it.")


def test_an_event_counter_has_no_time():
    account = replace(ALICE, type="hotp", counter=1)
    assert said("287082", AT, account) == "Accepted: the code of counter 1."
    box = widgets.VerifyBox(verifier_of(account), "me", clock=lambda: AT)
    assert "Accepted: the code of counter 1." in repr(box)
    assert asked(box, {"code": "123456", "clock": AT + 3600})["words"].endswith("around now.")  # no word on clocks


@pytest.mark.parametrize(
    ("issuer", "name", "words"),
    [
        ("Example", "alice", "Example: alice"),
        ("Example", "", "Example"),
        ("", "alice", "alice"),
        ("", "", "an account without a name"),
    ],
)
def test_an_account_as_people_name_it(issuer, name, words):
    assert name_of(otpauth.Account(issuer=issuer, name=name, key=RFC_KEY)) == words


# ---- the scan card ---------------------------------------------------------------------------------------------------


def picture_in(html: str) -> bytes:
    return base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', html)[1])


def test_the_card_shows_square_secret_and_link():
    card = widgets.ScanCard(READER).value
    assert qr.read(picture_in(card)) == [READER.uri]
    assert " ".join(re.findall("[A-Z2-7]{4}", re.sub("<br>|</?span[^>]*>", " ", card.partition("secret:")[2]))[:8]) == (
        " ".join(re.findall("....", secret.encode(SECRET)))
    )
    assert f'href="{READER.uri.replace("&", "&amp;")}"' in card


def test_a_name_is_text():
    card = widgets.ScanCard(MARKUP).value
    assert card.count("&lt;img src=x onerror=alert(1)&gt;") == 2  # beside the square, and in its alternative text
    assert "<img src=x" not in card


def test_the_resting_square_is_the_examples_and_no_decoder_reads_it():
    rest = widgets.ScanCard(READER).resting
    picture = picture_in(rest.html)
    assert picture == EXAMPLE.read_bytes()
    assert qr.read(picture) == []
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    matrix = qr.make(ALICE.uri).matrix
    scale = image.width // (len(matrix) + 8)
    places = [(x, y) for x in range(len(matrix)) for y in range(len(matrix))]
    colours = [image.getpixel(tuple(int((place + 4.5) * scale) for place in pair)) for pair in places]
    grey = [pair for pair, (red, green, blue) in zip(places, colours) if red == green == blue != 255]
    assert all(matrix[y][x] for x, y in grey)
    assert len(grey) > sum(map(sum, matrix)) / 2  # and most of it can be seen


# ---- the stepper -----------------------------------------------------------------------------------------------------


FRAMES = [widgets.Frame(show.bytes_(b"ab"), "one"), widgets.Frame(show.bytes_(b"cd"), "<two>")]


def test_a_strip_is_its_frames_and_their_captions():
    strip = widgets.Stepper("Bytes", FRAMES)
    assert strip.frames == [frame.shown.html for frame in FRAMES] and strip.captions == ["one", "<two>"]
    assert strip.text == f"Bytes\n\n1 of 2: one\n{FRAMES[0].shown}\n\n2 of 2: <two>\n{FRAMES[1].shown}"


def test_the_resting_frame_is_the_chosen_one():
    rest = widgets.Stepper("Bytes", FRAMES, rest=1).resting
    assert FRAMES[1].shown.html in rest.html and FRAMES[0].shown.html not in rest.html
    assert "2 of 2: &lt;two&gt;" in rest.html
    assert rest.text == f"Bytes (example: run this cell)\n1 of 2: one\n2 of 2: <two>\nFrame 2:\n{FRAMES[1].shown}"
    assert widgets.Stepper("Bytes", FRAMES).resting == rest
    own = widgets.Stepper("Mine", FRAMES, example=widgets.Stepper("Bytes", FRAMES, rest=0))
    assert own.resting == widgets.Stepper("Bytes", FRAMES, rest=0).resting


def test_no_frame_no_film():
    with pytest.raises(OtpError, match="one frame or more"):
        widgets.Stepper("Nothing", [])
