"""show: the HTML is plain and safe, the text has the same values at the right places."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from totp_teach import OtpError, hotp, otpauth, secret, show, totp
from totp_teach.show import markup

KEY = b"12345678901234567890"
DIGEST = hotp.digest(KEY, 1)  # 75a48a19 d4cbe100 644e8ac1 397eea74 7a2d33ab: offset 11, window c1397eea
URI = "otpauth://totp/Big%20Corp:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Big%20Corp&digits=8"
HOSTILE = '<img src=x onerror="alert(1)">&amp;\u202e\x07\n</td><script>'

SHOWN = {
    "table": show.table(["counter", "code"], [(0, "755224"), (1, "287082")], caption="D", roles={"code": "code"}),
    "bytes": show.bytes_(DIGEST, caption="digest", offset=19, four_bytes=range(11, 15)),
    "long bytes": show.bytes_(hotp.digest(KEY, 1, algorithm="SHA512"), offset=-1, four_bytes=range(14, 18)),
    "bits": show.bits(DIGEST[-1], 8, caption="last byte", offset=range(4)),
    "base32": show.base32(KEY[:7]),
    "totp trace": show.trace(totp.trace(KEY, 59)),
    "hotp trace": show.trace(hotp.trace(KEY * 9, 1, algorithm="SHA512", digits=8)),
    "uri": show.uri(URI),
    "map": show.map("hmac", "check"),
    "lanes": show.lanes(
        ["0 s", "30 s"], {"phone": ["", ("shows it", 1, "code")], "server": [("accepts it", 2)]}, caption="A"
    ),
    "hostile lanes": show.lanes([HOSTILE], {HOSTILE: [(HOSTILE, 1, "key")]}, caption=HOSTILE),
    "hostile table": show.table([HOSTILE], [(HOSTILE,)], caption=HOSTILE, roles={HOSTILE: HOSTILE}),
    "hostile marks": show.bytes_(b"abc", caption=HOSTILE, **{HOSTILE: 1}),
    "hostile uri": show.uri("otpauth://totp/\u202e<img onerror=a(1)>?secret=GEZDGNBVGY3TQOJQ&<script>=%3Cscript%3E"),
}

# --- what JupyterLab lets through of a notebook that is not trusted, and what reads without any style ----------------

TAGS = {"table", "caption", "colgroup", "col", "thead", "tbody", "tr", "th", "td", "div", "p", "span", "b", "br"}
ATTRIBUTES = {
    "style",
    "scope",
    "colspan",
    "rowspan",
    "width",
    "role",
    "aria-label",
}  # the last two are for trusted ones
COLOUR = r"(#[0-9A-Fa-f]{6}|rgba\(\d+, \d+, \d+, 0\.\d+\)|transparent)"
LENGTH = r"\d+px|0"
STYLES = {
    "background-color": COLOUR,
    "border": rf"none|\dpx solid {COLOUR}",
    "border-bottom": rf"\dpx solid {COLOUR}",
    "border-collapse": "collapse|separate",
    "border-left": rf"\dpx solid {COLOUR}",
    "border-right": rf"\dpx solid {COLOUR}",
    "border-spacing": r"0 \dpx",
    "border-top": rf"\dpx solid {COLOUR}",
    "font-family": "monospace",
    "font-size": r"\d+%",
    "font-weight": "normal|bold",
    "letter-spacing": LENGTH,
    "line-height": r"\d+(\.\d+)?",
    "margin": "0",
    "min-width": LENGTH,
    "opacity": r"0?\.\d+",
    "outline": r"\dpx solid",
    "overflow-x": "auto",
    "padding": rf"({LENGTH})( ({LENGTH}))*",
    "padding-left": LENGTH,
    "padding-right": LENGTH,
    "padding-top": LENGTH,
    "text-align": "left|right|center",
    "vertical-align": "baseline|bottom|middle",
    "white-space": "pre|nowrap",
    "word-break": "break-all",
}


class Page(HTMLParser):
    """Reads HTML strictly: only what is listed above, every element closed, in order."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS, tag
        self.tags.add(tag)
        for name, value in attributes:
            assert name in ATTRIBUTES, name
            if name == "style":
                for declaration in value.split("; "):
                    key, _, text = declaration.partition(": ")
                    assert re.fullmatch(STYLES[key], text), declaration
        if tag == "th":
            assert dict(attributes)["scope"] in ("col", "row")
        if tag == "br":
            self.cells[-1] += "\n"
        elif tag != "col":
            self.open.append(tag)
        if tag in ("th", "td", "caption", "p"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        assert {"th", "td", "caption", "p"} & set(self.open), f"{data!r} stands in no cell"
        self.cells[-1] += data

    def handle_comment(self, data):
        raise AssertionError(data)


def words(text: str) -> list[str]:
    """The words of a text without lines and brackets that are only drawn."""
    return re.sub("[─└┘╵|│┐├]", " ", text).split()


@pytest.mark.parametrize("name", SHOWN)
def test_the_html_is_plain(name):
    page = Page(SHOWN[name].html)
    assert {"table", "tr", "td"} <= page.tags


HEADS = dict.fromkeys(["totp trace", "hotp trace"], ("step", "value", "how"))
HEADS |= dict.fromkeys(["uri", "hostile uri"], ("part", "text", "what it is"))


@pytest.mark.parametrize("name", SHOWN)
def test_html_and_text_have_the_same_values(name):
    """Every word of a cell is in the text and the other way round; but the text needs no head for its columns."""
    page, text = Page(SHOWN[name].html), SHOWN[name].text
    cells = [word for cell in page.cells if cell not in HEADS.get(name, ()) for word in words(cell)]
    if name == "base32":  # the text sets bit beside bit, and so has single ones
        assert sorted("".join(cells)) == sorted("".join(words(text)))
    elif "trace" in name:  # the text names the runs below the digest
        assert sorted(cells) == sorted(words(re.sub("^ +(four bytes|offset).*$", "", text, flags=re.MULTILINE)))
    elif name == "map":  # whose marks and arrows differ, and whose text is the way once more
        assert set(cells) - {*"▲↘↗↓", "you", "are", "here"} <= {*words(re.sub(r"[\[\]]", "", text))}
    else:
        assert set(cells) == set(words(text))


@pytest.mark.parametrize("name", SHOWN)
def test_the_text_is_what_is_printed(name):
    shown = SHOWN[name]
    assert repr(shown) == shown.text
    assert shown._repr_html_() == shown.html
    assert not re.search(r"[ \t]$", shown.text, re.MULTILINE)
    assert all(character.isprintable() or character == "\n" for character in shown.text)


def test_foreign_text_stays_text():
    page = Page(SHOWN["hostile table"].html)
    seen = r'<img src=x onerror="alert(1)">&amp;\u202e\x07\n</td><script>'
    assert page.cells == [seen] * 3
    assert SHOWN["hostile table"].text.splitlines() == [seen, seen, "─" * len(seen), seen]
    assert "<script>" in Page(SHOWN["hostile uri"].html).cells


@given(st.text(), st.text(), st.text())
def test_any_text_stays_text(caption, header, cell):
    shown = show.table([header], [(cell,)], caption=caption)
    page = Page(shown.html)
    assert page.cells == [markup.plain(text) for text in ([caption] if caption else []) + [header, cell]]
    assert shown.text.count("\n") == (3 if caption else 2)


# --- the look -------------------------------------------------------------------------------------------------------


def test_the_palette():
    assert markup.ROLES == {
        "key": "#0072B2",
        "counter": "#E69F00",
        "message": "#E69F00",
        "digest": "#999999",
        "offset": "#D55E00",
        "four_bytes": "#009E73",
        "number": "#009E73",
        "code": "#CC79A7",
    }
    assert markup.colour("salt") == "#999999"


@pytest.mark.parametrize("name", SHOWN)
def test_text_keeps_the_themes_colour(name):
    assert not re.search(r"(?<!-)color:", SHOWN[name].html)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\x00\xff12345", "00 ff 31 32  33 34 35"),
        ("a\tb\n", r"a\tb\n"),
        ("\u202eabc", r"\u202eabc"),
        (59, "59"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02 03:04:00+00:00"),
        ("Zürich", "Zürich"),
    ],
)
def test_a_value_as_one_line(value, text):
    assert markup.plain(value) == text


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0)])
def test_columns_of_a_text(text, columns):
    assert markup.wide(text) == columns
    assert markup.padded(text, 6) == text + " " * (6 - columns)
    assert markup.padded(text, 6, right=True) == " " * (6 - columns) + text


# --- table ----------------------------------------------------------------------------------------------------------


def test_a_table_is_aligned():
    table = show.table(
        ["counter", "code", "who", "share"],
        [(8, "026920", "日本", 0.5), (1000, "7", "é", 12), (-1, b"\x01", True, 3)],
        caption="Some codes",
    )
    assert table.text.splitlines() == [
        "Some codes",
        "counter  code    who   share",
        "───────  ──────  ────  ─────",
        "      8  026920  日本    0.5",
        "   1000  7       é        12",
        "     -1  01      True      3",
    ]


def test_numbers_stand_right_and_the_rest_left():
    html = show.table(["n", "text", "truth"], [(1, "a", True), (22, "b", False)]).html
    cells = re.findall("<t[hd] [^>]*>", html)
    assert [re.search("text-align: (left|right)", cell)[1] for cell in cells] == ["right", "left", "left"] * 3


def test_numbers_with_a_unit_stand_right_too():
    html = show.table(["delay", "refused", "used"], [("8 s", "27%", "5 of 16"), ("30 s", "100%", "9 of 16")]).html
    cells = re.findall("<td [^>]*>", html)
    assert [re.search("text-align: (left|right)", cell)[1] for cell in cells] == ["right", "right", "left"] * 2


def test_words_are_in_the_pages_font_and_values_are_not():
    rows = [("the decoded key", b"12345678", "SHA1, SHA256", "  in"), ("its Base32 text, all of it", b"1", "a", "b")]
    cells = re.findall("<td [^>]*>", show.table(["words", "bytes", "values", "field"], rows).html)
    assert ["monospace; white-space: pre" in cell for cell in cells] == [False, True, True, True] * 2


def test_a_role_colours_its_column_alone():
    html = show.table(["counter", "code"], [(1, "287082")], roles={"code": "code"}).html
    head, cell = markup.tint("code"), markup.fill("code")
    assert [head in tag for tag in re.findall("<th [^>]*>", html)] == [False, True]
    assert [cell in tag for tag in re.findall("<td [^>]*>", html)] == [False, True]


def test_lanes_are_aligned():
    drawn = show.lanes(["1", "2", "3"], {"A": [("looks", 1, "key"), "", "writes"], "both": ["", ("wait for it", 2)]})
    lines = ["     │ 1      │ 2      │ 3", "A    │ looks  │        │ writes", "both │        │ wait for it"]
    assert str(drawn).splitlines() == lines
    assert drawn.html.count('colspan="2"') == 1


def test_tables_of_nothing():
    assert show.table(["a", "b"], []).text.splitlines() == ["a  b", "─  ─"]
    assert show.table(["a"], iter([(1,), (2,)])).text.splitlines() == ["a", "─", "1", "2"]


# --- bytes and bits -------------------------------------------------------------------------------------------------


def test_a_digest():
    assert SHOWN["bytes"].text == (
        "digest\n"
        " 0  1  2  3   4  5  6  7   8  9 10 11  12 13 14 15  16 17 18 19\n"
        "75 a4 8a 19  d4 cb e1 00  64 4e 8a c1  39 7e ea 74  7a 2d 33 ab\n"
        "                                   └──────────┘              └┘\n"
        "                                   four bytes            offset"
    )


def test_a_run_over_the_end_of_a_line_is_named_on_both():
    lines = SHOWN["long bytes"].text.splitlines()
    assert lines[2:4] == [" " * 45 + "└───┘", " " * 40 + "four bytes"]
    assert lines[7:9] == ["└───┘", "four bytes"]
    assert lines[-1].endswith("offset")
    assert [int(block.split()[0]) for block in SHOWN["long bytes"].text.split("\n\n")] == [0, 16, 32, 48]


marks = st.dictionaries(
    st.sampled_from(["offset", "four_bytes", "key", "number", "salt", "averylongnameforamark"]),
    st.tuples(st.integers(0, 69), st.integers(1, 9)),
    max_size=4,
)


@given(st.binary(min_size=1, max_size=70), marks)
@example(b"overlaps", {"key": (4, 1), "salt": (4, 4)})
@example(b"one beside the other", {"key": (4, 1), "salt": (5, 4), "offset": (19, 1)})
def test_every_byte_stands_under_its_place_and_every_bracket_under_its_bytes(data, marks):
    wanted = {
        role: range(start, min(start + size, len(data))) for role, (start, size) in marks.items() if start < len(data)
    }
    shown = show.bytes_(data, **wanted)
    Page(shown.html)
    seen, marked, named = {}, set(), set()
    for block in shown.text.split("\n\n"):
        places, cells, *below = block.splitlines()
        column = {found.end(): int(found[0]) for found in re.finditer(r"\d+", places)}
        seen |= {column[found.end()]: int(found[0], 16) for found in re.finditer("[0-9a-f]{2}", cells)}
        for brackets, names in zip(below[::2], below[1::2], strict=True):
            names = names.replace("four bytes", "four_bytes")
            runs = [found.span() for found in re.finditer("└─*┘", brackets)]
            marked |= {place for end, place in column.items() for start, stop in runs if start < end <= stop}
            named |= set(names.split())
            assert len(names.split()) == len(runs)
    assert seen == dict(enumerate(data))
    assert marked == {place for places in wanted.values() for place in places}
    assert named == set(wanted)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_marks_as_place_range_slice_and_list_say_the_same(data, draw):
    place = draw.draw(st.integers(0, len(data) - 1))
    one = show.bytes_(data, key=place)
    assert one == show.bytes_(data, key=range(place, place + 1)) == show.bytes_(data, key=slice(place, place + 1))
    assert one == show.bytes_(data, key=[place]) == show.bytes_(data, key=place - len(data))


def boxes(html: str) -> list[str]:
    """The cells with a border, as text."""
    return re.findall(r"<t?d?(?:td|span) style=\"[^\"]*border-bottom[^\"]*\"[^>]*>([^<]*)<", html)


def test_marked_cells_are_boxed_in_their_colour():
    html = SHOWN["bytes"].html
    assert boxes(html) == ["c1", "39", "7e", "ea", "ab"]
    assert html.count(markup.tint("four_bytes")) == 4
    assert html.count(markup.tint("offset")) == 1
    assert html.count("border-left: 1px solid #808080") == html.count("border-right: 1px solid #808080") == 2


@pytest.mark.parametrize("mark", [20, -21, range(18, 22), [0, 99]])
def test_a_mark_outside_is_an_error(mark):
    with pytest.raises(OtpError, match=r"offset=.* marks place -?\d+, but the places are 0 to 19"):
        show.bytes_(DIGEST, offset=mark)


def test_what_is_no_bytes():
    with pytest.raises(OtpError, match="shows bytes, not str"):
        show.bytes_("abc")


def test_bits_are_numbered_from_the_lowest():
    assert SHOWN["bits"].text.splitlines() == [
        "last byte",
        "7 6 5 4 3 2 1 0",
        "1 0 1 0 1 0 1 1",
        "        └─────┘",
        "        offset",
    ]


@given(st.integers(1, 64).flatmap(lambda width: st.tuples(st.just(width), st.integers(0, 2**width - 1))))
def test_bits_are_the_numbers(case):
    width, number = case
    lines = show.bits(number, width).text.split("\n\n")
    assert int("".join(line.splitlines()[1] for line in lines).replace(" ", ""), 2) == number
    assert [int(place) for line in lines for place in line.splitlines()[0].split()] == list(range(width))[::-1]


def test_the_top_bit_and_the_number_without_it():
    shown = show.bits(0xDC000011, 32, sign=31, number=range(31))
    assert shown.text.splitlines()[-1] == "sign  number"
    assert len(boxes(shown.html)) == 32


@pytest.mark.parametrize(("number", "width"), [(256, 8), (-1, 8)])
def test_a_number_that_does_not_fit(number, width):
    with pytest.raises(OtpError, match=f"{number} does not fit into 8 bits"):
        show.bits(number, width)


# --- base32 ---------------------------------------------------------------------------------------------------------


@given(st.binary(min_size=1, max_size=24))
def test_eights_and_fives_are_the_same_bits(key):
    shown = show.base32(key)
    rows: dict[str, str] = {}
    for line in shown.text.splitlines()[1:]:
        name, _, cells = line.partition(" ")
        rows[name] = rows.get(name, "") + " " + cells.replace("|", " ")
    eights, fives = ("".join(rows[name].split()) for name in ("eights", "fives"))
    assert eights == "".join(f"{byte:08b}" for byte in key)
    assert fives.startswith(eights)
    assert set(fives[len(eights) :]) <= {"0"}
    assert "".join(rows["letter"].split()) == secret.encode(key)
    assert [secret.ALPHABET[int(value)] for value in rows["value"].split()] == list(secret.encode(key))
    assert bytes.fromhex(rows["byte"]) == key


def test_eights_stand_over_fives():
    _, _, eights, fives, _, letters = show.base32(b"12345").text.splitlines()
    assert [at for at, bit in enumerate(eights) if bit in "01"] == [at for at, bit in enumerate(fives) if bit in "01"]
    bars = [at for at, mark in enumerate(fives) if mark == "|"]
    assert [fives[at + 1] for at in bars] and [letters[at + 1] for at in bars] == list("EZDGNBV")


def test_every_bit_is_a_column_of_the_table():
    html = show.base32(KEY[:5]).html
    assert html.count('<col width="14">') == 40
    spans = [
        sum(int(span) for span in re.findall('colspan="([0-9]+)"', row)) for row in re.findall("<tr.*?</tr>", html)
    ]
    assert spans == [40] * 5


# --- trace ----------------------------------------------------------------------------------------------------------


def test_a_trace_in_the_order_of_the_rfcs():
    names = [line.split("  ")[0] for line in SHOWN["totp trace"].text.splitlines() if not line.startswith(" ")]
    steps = ["message", "key", "padded key", "inner pad", "outer pad", "inner digest", "digest"]
    last = ["offset", "four bytes", "number", "remainder", "code"]
    assert names == ["From key and time to code, HMAC-SHA1", "time", "counter", *steps, *last]
    names = [line.split("  ")[0] for line in SHOWN["hotp trace"].text.splitlines() if not line.startswith(" ")]
    assert names == ["From key and counter to code, HMAC-SHA512", "counter", *steps, *last]


def values_of(shown) -> dict[str, str]:
    """The value of each step in the HTML, without blanks."""
    cells = Page(shown.html).cells[4:]
    return {name: "".join(value.split()) for name, value in zip(cells[::3], cells[1::3], strict=True)}


@pytest.mark.parametrize("algorithm", hotp.ALGORITHMS)
@pytest.mark.parametrize("at", [59, 1111111109, 20000000000])
def test_the_values_of_a_trace(algorithm, at):
    trace = totp.trace(KEY * 7, at, algorithm=algorithm, digits=8)
    values = values_of(show.trace(trace))
    for name in ("message", "key", "padded_key", "inner_pad", "outer_pad", "inner_digest", "digest", "four_bytes"):
        assert values.pop(name.replace("_", " ")) == getattr(trace, name).hex()
    assert values == {
        "time": str(at),
        "counter": str(at // 30),
        "offset": str(trace.offset),
        "number": f"{trace.number:08x}={trace.number}",
        "remainder": str(trace.remainder),
        "code": trace.code,
    }


def test_the_four_bytes_and_the_nibble_are_marked_in_the_digest():
    html = SHOWN["totp trace"].html
    marked = re.findall(r"<span style=\"([^\"]*border-top[^\"]*)\">([^<]*)</span>", html)
    assert [text for _, text in marked] == ["c1  39 7e ea", "b"]
    assert [style.split("; border-top")[0] for style, _ in marked] == [markup.tint("four_bytes"), markup.tint("offset")]
    assert '33 a<span style="' in html
    lines = SHOWN["totp trace"].text.splitlines()
    [row] = [place for place, line in enumerate(lines) if line.startswith("digest")]
    start, stop = lines[row].index("c1  39"), lines[row].index("ea 74") + 2
    assert lines[row + 1][start:stop] == "└──────────┘"
    assert lines[row + 2].split() == ["four", "bytes"]
    assert [line.split() for line in lines[row + 3 : row + 6]] == [["7a", "2d", "33", "ab"], ["└┘"], ["offset"]]


def test_a_small_number_keeps_its_eight_hex_digits():
    trace = next(trace for trace in (hotp.trace(KEY, counter) for counter in range(99)) if trace.number < 2**24)
    assert values_of(show.trace(trace))["number"].startswith(f"00{trace.number:x}=")


def test_short_values_are_in_their_colour():
    coloured = dict(
        re.findall(r'<span style="([^"]*)">([0-9a-f ]+(?:<br>[0-9a-f ]+)?)</span>', SHOWN["totp trace"].html)
    )
    assert coloured[markup.tint("message")] == "00 00 00 00  00 00 00 01"
    assert coloured[markup.tint("key")] == "31 32 33 34  35 36 37 38  39 30 31 32  33 34 35 36<br>37 38 39 30"
    grouped = f'<span style="{markup.tint("code")}">287<span style="padding-left: 5px">082</span></span>'
    assert grouped in SHOWN["totp trace"].html  # a gap that is not copied


@pytest.mark.parametrize("name", ["totp trace", "hotp trace"])
def test_values_and_reasons_stand_in_columns(name):
    lines = SHOWN[name].text.splitlines()
    [message] = [line for line in lines if line.startswith("message")]
    value, how = message.index("00 00"), message.index("the counter in 8 bytes")
    assert all(line[how - 2 : how] == "  " and line[how] != " " for line in lines[1:] if len(line) > how)
    assert all(line[value - 2 : value] == "  " for line in lines[1:])


def test_a_trace_at_a_datetime():
    moment = datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC)
    shown = show.trace(totp.trace(KEY, moment))
    assert values_of(shown)["time"] == "1970-01-0100:00:59+00:00"
    assert "a moment with its time zone" in shown.text
    assert "seconds since 1970 began" in SHOWN["totp trace"].text


def test_a_long_key_is_said_to_be_hashed():
    assert "hashed, then zeros up to a block of 64 bytes" in show.trace(hotp.trace(KEY * 4, 0)).text
    for whole in (KEY, (KEY * 4)[:64]):  # RFC 2104 §2: only a key longer than a block
        assert "hashed" not in show.trace(hotp.trace(whole, 0)).text


# --- uri ------------------------------------------------------------------------------------------------------------


def test_a_uri_by_its_parts():
    page = Page(SHOWN["uri"].html)
    assert page.cells[0] == URI
    rows = list(zip(page.cells[5::3], page.cells[6::3], strict=False))
    assert rows[:6] == [
        ("scheme", "otpauth"),
        ("type", "totp"),
        ("issuer", "Big%20Corp"),
        ("separator", ":"),
        ("account", "alice@example.com"),
        ("secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
    ]
    assert "It means “Big Corp”." in page.cells[13]
    assert SHOWN["uri"].text.startswith(URI + "\n\nIts parts\n")


def test_the_secret_has_the_keys_colour():
    assert f'{markup.tint("key")}">GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ<' in SHOWN["uri"].html


def test_a_parameters_name_is_one_line_of_text_too():
    shown = show.uri("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&x%0A%3Cb%3E=1")
    assert r"x\n<b>" in Page(shown.html).cells
    assert shown.text.splitlines()[-1].startswith(r"x\n<b>   1   ")


def test_a_long_value_is_broken_not_cut():
    assert "word-break: break-all" in re.search("<td[^>]*><span[^>]*>GEZDGNBVGY3TQOJQ", SHOWN["uri"].html)[0]
    assert "white-space: pre;" in re.search("<td[^>]*><span[^>]*>31 32 33 34", SHOWN["totp trace"].html)[0]


def test_a_uri_that_is_none():
    with pytest.raises(OtpError):
        show.uri("https://example.com")


def test_the_map_marks_where_a_chapter_stands():
    shown = show.map("four bytes", "digits")
    assert shown.text.startswith("You are here: four bytes, digits.\n")
    assert "├→ HMAC → [four bytes] → number → [digits] → check" in shown.text
    assert [line[2:].split("  ")[0] for line in shown.text.splitlines() if line.startswith("▶")] == [
        "four bytes",
        "digits",
    ]
    marked = re.findall(r"<b>([^<]*)</b>(?:(?!</td>).)*you are here", shown.html)
    assert marked == ["four bytes", "digits"] and shown.html.count("outline: 3px solid") == 2
    assert 'aria-label="You are here: four bytes, digits. The map:' in shown.html
    assert "you are here" not in show.map().html and "▶" not in show.map().text


def test_the_map_has_the_values_of_the_example():
    trace, text = totp.trace(KEY, 59), " ".join(show.map().text.split())
    values = [str(trace.number), trace.four_bytes.hex(" "), trace.message.hex(" "), trace.digest[:4].hex(" ")]
    values += [f"second {trace.at} is in step {trace.counter}", f"from byte {trace.offset}", "287 082"]
    assert all(value in text for value in values) and trace.code == "287082"


def test_the_map_has_no_other_stage():
    with pytest.raises(OtpError, match="no stage 'HMAC'; its stages are uri, key, time, message, hmac, four bytes"):
        show.map("HMAC")


def test_six_apps_are_in_sight_and_the_others_folded():
    shown = show.apps()
    before, _, folded = shown.html.partition("<details>")
    names = [markup.escaped(app["name"]) for app in otpauth.apps()]
    assert sum(f">{name}: " in before for name in names) == 6
    assert sum(f">{name}: " in folded for name in names) == len(names) - 6
    assert (
        f'<summary style="padding: 6px 0; cursor: pointer">{len(names) - 6} more apps and libraries</summary>' in folded
    )
    assert all(app["name"] in shown.text for app in otpauth.apps())
    assert "0–" not in shown.text.replace("10–", "") and "30; else counted 30 seconds, silently" in shown.text
    assert "5 and more; else refuses it" in shown.text
