"""qr: the modules against the qrcode library's own construction, and every picture against what zxing-cpp reads."""

import base64
import io
import json
import xml.etree.ElementTree as ElementTree
from functools import reduce
from itertools import permutations
from operator import xor
from pathlib import Path

import numpy
import pytest
import qrcode
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter, ImageOps
from qrcode.base import rs_blocks
from qrcode.util import BitBuffer, QRData, create_bytes, create_data

from totp_teach import OtpError, qr

URI = "otpauth://totp/Example:alice@example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example"
VERSIONS = range(1, 41)

# ISO/IEC 18004 table 7: how many bytes fit, by version and level.
BYTES = {
    (1, "L"): 17,
    (1, "M"): 14,
    (1, "Q"): 11,
    (1, "H"): 7,
    (5, "L"): 106,
    (5, "M"): 84,
    (6, "M"): 106,
    (9, "H"): 98,
    (10, "M"): 213,
    (26, "L"): 1367,
    (27, "L"): 1465,
    (40, "L"): 2953,
    (40, "M"): 2331,
    (40, "Q"): 1663,
    (40, "H"): 1273,
}
# ISO/IEC 18004 table 1: the bits that no byte takes.
REMAINDERS = {**dict.fromkeys(VERSIONS, 0), **dict.fromkeys(range(2, 7), 7), **dict.fromkeys(range(14, 21), 3)}
REMAINDERS |= {**dict.fromkeys(range(21, 28), 4), **dict.fromkeys(range(28, 35), 3)}


def text_for(version: int, level: str = "M") -> str:
    """A text that fills that version at that level, in byte mode, to the last byte."""
    head = 4 + (8 if version < 10 else 16)
    size = (8 * qr.capacity(version, level) - head) // 8
    return ("otpauth://totp/" * 200)[:size]


def picture(code: qr.QrCode, scale: int = 4) -> Image.Image:
    return Image.open(io.BytesIO(code.png(scale))).convert("L")


# --- make -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_another_reader_agrees_on_all_of_it(version):
    """Version, level, mask and text, as zxing-cpp finds them in the picture: each version, levels and masks in turn."""
    level, mask = "LMQH"[version % 4], version % 8
    text = text_for(version, level)
    code = qr.make(text, error_correction=level, mask=mask)
    assert (code.version, code.error_correction, code.mask, code.mode) == (version, level, mask, "byte")
    assert code.used == code.available == qr.capacity(version, level)
    assert len(code.matrix) == {len(row) for row in code.matrix}.pop() == 17 + 4 * version
    [found] = zxingcpp.read_barcodes(picture(code), text_mode=zxingcpp.TextMode.Plain)
    assert found.text == text
    assert (found.extra["Version"], found.extra["ECLevel"], found.extra["DataMask"]) == (str(version), level, mask)


@pytest.mark.parametrize(("version", "level"), BYTES)
def test_the_smallest_version_that_holds_the_text(version, level):
    size = BYTES[version, level]
    assert qr.make("x" * size, error_correction=level, mask=0).version == version
    if version < 40:
        assert qr.make("x" * (size + 1), error_correction=level, mask=0).version == version + 1


@pytest.mark.parametrize(
    ("text", "mode", "used"),
    [("0" * 34, "numeric", 16), ("A" * 20, "alphanumeric", 16), ("a" * 14, "byte", 16), ("é" * 7, "byte", 16)],
)
def test_modes(text, mode, used):
    """Version 1 at level M: 34 digits, 20 letters or 14 bytes (ISO/IEC 18004 table 7)."""
    code = qr.make(text)
    assert (code.version, code.mode, code.used, code.available) == (1, mode, used, 16)
    assert qr.make(text + text[0]).version == 2


def test_a_uri_is_one_segment_in_byte_mode():
    code = qr.make(URI)
    assert (code.version, code.mode, code.used, code.available) == (6, "byte", 97, 108)


def test_the_best_mask_is_taken_and_any_can_be_read():
    best = qr.make(URI)
    every = [qr.make(URI, mask=mask) for mask in range(8)]
    assert [code.mask for code in every] == list(range(8))
    assert len({code.matrix for code in every}) == 8
    assert qr.penalty(best) == min(map(qr.penalty, every)) < max(map(qr.penalty, every))
    assert best == every[best.mask]
    assert all(qr.read(code.png(2)) == [URI] for code in every)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": "x" * 2332}, "2332 characters in byte mode take 2335 bytes, .* has 2334 at level M"),
        ({"text": "x" * 2954, "error_correction": "L"}, "take 2957 bytes, .* has 2956 at level L"),
        ({"text": ""}, "not empty"),
        ({"text": b"abc"}, "text"),
        ({"text": None}, "text"),
        ({"text": "\ud83d"}, "surrogate"),
        ({"text": "a", "error_correction": "l"}, "error_correction must be one of L, M, Q, H, not 'l'"),
        ({"text": "a", "mask": 8}, "mask must be a number from 0 to 7"),
        ({"text": "a", "mask": -1}, "mask"),
        ({"text": "a", "mask": True}, "mask"),
        ({"text": "a", "mask": [1]}, "mask"),
        ({"text": "a", "error_correction": []}, "error_correction"),
    ],
)
def test_what_no_code_can_be_made_of(arguments, message):
    with pytest.raises(OtpError, match=message):
        qr.make(**arguments)


def test_no_message_and_no_repr_shows_the_text():
    with pytest.raises(OtpError) as error:
        qr.make("GEZDGNBVGY3TQOJQ" * 300)
    assert "GEZD" not in str(error.value)
    shown = "QrCode(version=6, error_correction='M', mask=4, mode='byte', used=97, available=108)"
    assert repr(qr.make(URI)) == shown


# --- the pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1, 3, 8])
def test_png(scale):
    code = qr.make(URI)
    image = Image.open(io.BytesIO(code.png(scale)))
    side = len(code.matrix) + 8
    assert image.format == "PNG"
    assert image.size == (side * scale, side * scale)
    grey = image.convert("L")
    assert {value for _, value in grey.getcolors()} == {0, 255}
    dark = numpy.array(grey)[scale // 2 :: scale, scale // 2 :: scale] == 0
    assert (dark == numpy.pad(numpy.array(code.matrix), 4)).all()
    assert grey.getpixel((4 * scale, 4 * scale)) == 0  # the corner of the finder: the quiet zone is four wide, not more


def test_svg():
    code = qr.make(URI)
    root = ElementTree.fromstring(code.svg())
    paper, ink = root
    assert root.attrib["viewBox"] == "0 0 49 49"
    assert (paper.attrib["fill"], paper.attrib["d"]) == ("#fff", "M0 0h49v49h-49z")
    assert ink.attrib["fill"] == "#000"
    squares = ink.attrib["d"].split("M")[1:]
    assert all(square.endswith("h1v1h-1z") for square in squares)
    places = {tuple(map(int, square.removesuffix("h1v1h-1z").split())) for square in squares}
    assert places == {(x + 4, y + 4) for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark}
    assert "secret" not in code.svg()


# --- what each module is for ----------------------------------------------------------------------------------------


def built(version: int):
    """The qrcode library's own construction, pattern by pattern: (the names for it, the modules it has set)."""
    maker = qrcode.QRCode(version=version)
    size = maker.modules_count = 17 + 4 * version
    maker.modules = [[None] * size for _ in range(size)]
    done: set[tuple[int, int]] = set()

    def new() -> set[tuple[int, int]]:
        found = {(r, c) for r in range(size) for c in range(size) if maker.modules[r][c] is not None} - done
        done.update(found)
        return found

    for corner in ((0, 0), (size - 7, 0), (0, size - 7)):
        maker.setup_position_probe_pattern(*corner)
    yield {"finder", "separator"}, new()
    maker.setup_position_adjust_pattern()
    yield {"alignment"}, new()
    maker.setup_timing_pattern()
    yield {"timing"}, new()
    maker.setup_type_info(False, 0)
    yield {"format", "dark"}, new()
    if version >= 7:
        maker.setup_type_number(False)
    yield {"version"}, new()
    maker.map_data([0xFF] * qr.capacity(version, "Q"), 0)  # ones for data, zeros for the rest, under mask 0
    rest = new()
    ones = {(r, c) for r, c in rest if maker.modules[r][c] != ((r + c) % 2 == 0)}
    yield {"data"}, ones
    yield {"error correction", "remainder"}, rest - ones


@pytest.mark.parametrize("version", VERSIONS)
def test_the_parts_are_the_librarys(version):
    names = qr.parts(version, "Q")
    places = {(r, c): name for r, row in enumerate(names) for c, name in enumerate(row)}
    assert len(places) == (17 + 4 * version) ** 2
    for kinds, modules in built(version):
        assert modules == {place for place, name in places.items() if name in kinds}, kinds
    count = {name: list(places.values()).count(name) for name in set(places.values())}
    assert (count["finder"], count["separator"], count["dark"], count["format"]) == (147, 45, 1, 30)
    assert count.get("version", 0) == (36 if version >= 7 else 0)
    assert count.get("remainder", 0) == REMAINDERS[version]
    assert count["error correction"] % 8 == 0


def test_finders_are_dark_light_dark_and_separators_light():
    code, end = qr.make(URI), 40
    names = qr.parts(code.version)
    for row in range(7):
        for column in range(7):
            dark = max(abs(row - 3), abs(column - 3)) != 2
            for r, c in ((row, column), (row, end - column), (end - row, column)):
                assert (names[r][c], code.matrix[r][c]) == ("finder", dark)
    light = {code.matrix[r][c] for r, row in enumerate(names) for c, name in enumerate(row) if name == "separator"}
    assert light == {False}
    assert code.matrix[end - 7][8] is True
    assert names[end - 7][8] == "dark"


@pytest.mark.parametrize("version", VERSIONS)
def test_codewords_are_what_the_library_put_in(version):
    level = "HQML"[version % 4]
    text = text_for(version, level)
    code = qr.make(text, error_correction=level, mask=version * 5 % 8)
    assert list(qr.codewords(code)) == create_data(version, qr.LEVELS[level], [QRData(text)])


def test_the_first_codewords_can_be_read_by_hand():
    """One block, so that nothing is interleaved: mode 0100, the length, then the text, each shifted by four bits."""
    bits = "".join(f"{byte:08b}" for byte in qr.codewords(qr.make("otp")))
    assert bits[:4] == "0100"
    assert int(bits[4:12], 2) == 3
    assert bytes(int(bits[start : start + 8], 2) for start in (12, 20, 28)) == b"otp"


# --- damage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0, 0.05, 0.3, 1])
def test_damage_destroys_whole_bytes_and_nothing_else(share):
    code = qr.make(URI)
    damaged = qr.damage(code, share, seed=1)
    before, after = qr.codewords(code), qr.codewords(damaged)
    changed = [place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    assert len(changed) == round(share * len(before))
    assert all(before[place] ^ after[place] == 0xFF for place in changed)
    free = set(qr.path(code.version))
    for row, (one, other) in enumerate(zip(code.matrix, damaged.matrix, strict=True)):
        for column in range(len(one)):
            assert one[column] == other[column] or (row, column) in free


def test_damage_by_seed():
    code = qr.make(URI)
    assert qr.damage(code, 0.2, seed=7) == qr.damage(code, 0.2, seed=7) != qr.damage(code, 0.2, seed=8)
    bytes_of = [set(enumerate(qr.codewords(qr.damage(code, share, seed=7)))) for share in (0, 0.1, 0.2)]
    assert bytes_of[1] - bytes_of[0] < bytes_of[2] - bytes_of[0]  # a larger share adds to a smaller one


@pytest.mark.parametrize(("level", "mended"), [("L", 3), ("M", 5), ("Q", 11), ("H", 14)])
def test_as_many_bytes_are_mended_as_the_level_says(level, mended):
    """Codes of one block, with 7, 10, 22 and 28 bytes for error correction: two mend one (Reed and Solomon)."""
    code = qr.make("x" * {"L": 17, "M": 14, "Q": 20, "H": 14}[level], error_correction=level)
    assert code.version == (1 if level in "LM" else 2)
    total = len(qr.path(code.version)) // 8
    for seed in range(5):
        assert qr.read(qr.damage(code, mended / total, seed).png(3)) == [code.text]
        assert qr.read(qr.damage(code, (mended + 1) / total, seed).png(3)) == []


@pytest.mark.parametrize("share", [-0.1, 1.1, 30, None, "0.5"])
def test_a_share_is_part_of_the_code(share):
    with pytest.raises(OtpError, match="from 0 to 1"):
        qr.damage(qr.make("a"), share, seed=0)


# --- read -----------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=120))
@example("\x1d]Q3\0\x7f")  # what GS1 codes begin with, and what a reader may show as <GS>
@example("Zürich:jörg@日本")
def test_any_text_comes_back(text):
    assert qr.read(qr.make(text).png(2)) == [text]


def transparent(image: Image.Image) -> Image.Image:
    """Black where it is dark, nothing at all where it is light."""
    return Image.merge("RGBA", [Image.new("L", image.size, 0)] * 3 + [ImageOps.invert(image)])


def filed(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def test_whatever_holds_a_picture(tmp_path):
    code = qr.make(URI)
    image = picture(code)
    path = tmp_path / "code.png"
    path.write_bytes(code.png())
    for given_ in (
        path,
        str(path),
        code.png(),
        bytearray(code.png()),
        image,
        image.convert("RGB"),
        image.convert("1"),
        image.convert("P"),
        transparent(image),
        filed(transparent(image), "PNG"),
        filed(image, "JPEG"),
        numpy.array(image),
        numpy.array(image.convert("RGB")),
        numpy.array(image) > 0,
        image.rotate(90),
        image.rotate(37, expand=True, fillcolor=255),
    ):
        assert qr.read(given_) == [URI]


def test_several_codes_from_top_to_bottom():
    page = Image.new("L", (600, 900), 255)
    for text, place in {"third": (20, 600), "second": (350, 300), "first": (100, 10)}.items():
        page.paste(picture(qr.make(text)), place)
    assert qr.read(page) == ["first", "second", "third"]


@pytest.mark.parametrize("turned", [False, True], ids=["as zxing-cpp finds them", "in another order"])
def test_codes_beside_each_other_from_left_to_right(turned, monkeypatch):
    page = Image.new("L", (900, 250), 255)
    for text, place in {"right": (600, 20), "left": (20, 20), "middle": (300, 20)}.items():
        page.paste(picture(qr.make(text)), place)
    if turned:
        monkeypatch.setattr(qr.reading, "read_barcodes", lambda *a, **b: zxingcpp.read_barcodes(*a, **b)[::-1])
    assert qr.read(page) == ["left", "middle", "right"]


def test_no_code_is_an_answer():
    assert qr.read(Image.new("RGB", (300, 200), "white")) == []
    assert qr.read(Image.effect_noise((200, 200), 80)) == []


def test_other_codes_are_none():
    bars = zxingcpp.create_barcode("287082", zxingcpp.BarcodeFormat.Code128)
    image = Image.fromarray(numpy.array(bars.to_image(scale=3)))
    assert [found.text for found in zxingcpp.read_barcodes(image)] == ["287082"]
    assert qr.read(image) == []


@pytest.mark.parametrize(
    "thing",
    [
        b"",
        b"no picture",
        qr.make("a").png()[:60],
        None,
        3.5,
        [[0, 255]],
        numpy.zeros((0, 5), "uint8"),
        numpy.zeros((2, 2, 2, 2), "uint8"),
        numpy.array(["a"]),
    ],
)
def test_what_is_no_picture(thing):
    with pytest.raises(OtpError, match="cannot read this as an image"):
        qr.read(thing)
    with pytest.raises(OtpError, match="cannot read this as an image"):
        qr.advice(thing)


def test_no_file_and_no_picture_in_a_file(tmp_path):
    with pytest.raises(OtpError, match="there is no file .*nowhere.png"):
        qr.read(tmp_path / "nowhere.png")
    (tmp_path / "text.png").write_text("otpauth://")
    with pytest.raises(OtpError, match="cannot read this as an image"):
        qr.read(tmp_path / "text.png")
    with pytest.raises(OtpError, match="cannot read this as an image"):
        qr.read(tmp_path)


# --- pieces of a text, and characters that are guessed ---------------------------------------------------------------

# Square 1 to 3 of one URI, drawn by segno 1.6.6 (structured append). Reports of codes that readers took for whole
# texts: zxing#233, node-qrcode#178, segno#29.
SPLIT = json.loads((Path(__file__).parents[1] / "data" / "qr_split.json").read_text(encoding="utf-8"))
PIECES = [Image.open(io.BytesIO(base64.b64decode(piece))).convert("L") for piece in SPLIT["pieces"]]


def bits(content: bytes, *head: tuple[int, int], level: str = "M", version: int = 3) -> Image.Image:
    """The picture of a code whose bits are these numbers, each so wide, and then the content in byte mode."""
    buffer = BitBuffer()
    for number, width in (*head, (4, 4), (len(content), 8 if version < 10 else 16), *((byte, 8) for byte in content)):
        buffer.put(number, width)
    encoder = qrcode.QRCode(version=version, error_correction=qr.LEVELS[level])
    encoder.data_cache = create_bytes(
        padded(buffer, 8 * qr.capacity(version, level)), rs_blocks(version, qr.LEVELS[level])
    )
    encoder.makeImpl(False, 2)
    return shown(encoder.modules)


def padded(buffer: BitBuffer, size: int) -> BitBuffer:
    buffer.put(0, min(4, size - len(buffer)))
    buffer.put(0, -len(buffer) % 8)
    while len(buffer) < size:
        buffer.put(0xEC, 8)
    return buffer


def shown(modules) -> Image.Image:
    array = numpy.pad(~numpy.array(modules, dtype=bool), 4, constant_values=True)
    return Image.fromarray(numpy.kron(array, numpy.ones((4, 4), dtype=bool))).convert("L")


def piece(content: bytes, part: int, of: int, parity: int, **how) -> Image.Image:
    return bits(content, (3, 4), (part - 1, 4), (of - 1, 4), (parity, 8), **how)


@pytest.mark.parametrize(
    "before",
    [[(7, 4), (26, 8)], [(7, 4), (0x8000 | 899, 16)], [(7, 4), (0xC00000 | 26, 24)], [(5, 4)], [(9, 4), (65, 8)]],
)
@pytest.mark.parametrize("after", [[], [(7, 4), (26, 8)], [(5, 4)]])
def test_a_piece_is_a_piece_whatever_stands_before_it(before, after):
    """Some encoders name the character set (ECI), or GS1's mode, before the piece's place; ISO/IEC 18004 has it behind."""
    text = b"otpauth://totp/a:b?secret=GEZDGNBV"
    picture = bits(text, *before, (3, 4), (0, 4), (2, 4), (7, 8), *after, version=5)
    assert qr.read(picture) == [] and [(one.part, one.of, one.parity) for one in qr.scan(picture)] == [(1, 3, 7)]
    assert qr.read(bits(text, *before, version=5)) != []


def sheet(*pictures: Image.Image) -> Image.Image:
    page = Image.new("L", (sum(one.width for one in pictures), max(one.height for one in pictures)), 255)
    for place, one in enumerate(pictures):
        page.paste(one, (sum(other.width for other in pictures[:place]), 0))
    return page


@pytest.mark.parametrize("part", [1, 2, 3])
def test_a_piece_is_not_a_text(part):
    picture = PIECES[part - 1]
    assert qr.read(picture) == []
    assert [(one.part, one.of) for one in qr.scan(picture)] == [(part, 3)]
    assert f"part {part} of 3 of a longer text" in qr.advice(picture)


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:])
def test_all_the_pieces_of_a_text_are_put_together(order):
    picture = sheet(*(PIECES[place] for place in order))
    assert qr.read(picture) == [SPLIT["text"]] and qr.advice(picture) == "3 QR codes found: nothing to fix."


def test_a_missing_piece_is_not_made_up_for_by_another_twice():
    picture = sheet(PIECES[0], PIECES[2], PIECES[2])
    assert qr.read(picture) == [] and "part 1 of 3 and part 3 of 3" in qr.advice(picture)


def test_pieces_of_two_texts_are_not_put_together():
    one, other, text = piece(b"otpauth", 1, 2, 7), piece(b"://totp/", 2, 2, 8), bits(b"whole")
    assert qr.read(sheet(one, other, text)) == ["whole"]
    false = piece(b"otpauth", 1, 2, 9), piece(b"://totp/", 2, 2, 9)  # 9 is not the parity of the two together
    assert qr.read(sheet(*false)) == []
    parity = reduce(xor, b"otpauth://totp/")
    true = piece(b"otpauth", 1, 2, parity), piece(b"://totp/", 2, 2, parity)
    assert qr.read(sheet(*true)) == ["otpauth://totp/"]


def test_a_character_cut_in_two_is_put_together():
    content, parity = "Zürich".encode(), reduce(xor, "Zürich".encode())
    pieces = piece(content[:2], 1, 2, parity), piece(content[2:], 2, 2, parity)
    assert qr.read(sheet(*pieces)) == ["Zürich"]
    assert not qr.scan(sheet(*pieces))[0].guessed


@pytest.mark.parametrize("turned", ["rotated", "mirrored"])
def test_a_piece_is_seen_from_any_side(turned):
    for place, picture in enumerate(PIECES, 1):
        large = picture.resize((4 * picture.width, 4 * picture.height), Image.Resampling.NEAREST)
        image = ImageOps.mirror(large) if turned == "mirrored" else large.rotate(33, expand=True, fillcolor=255)
        assert [(one.part, one.of) for one in qr.scan(image)] == [(place, 3)]


@pytest.mark.parametrize(("version", "level"), [(3, "L"), (3, "M"), (3, "H"), (7, "Q"), (12, "M")])
def test_a_piece_with_damaged_mode_bits_is_a_piece(version, level):
    """The first bytes are destroyed, as many as are corrected, and what they were meant to say is still read."""
    images = (
        piece(b"otpauth://totp/a", 2, 5, 33, version=version, level=level),
        bits(b"otpauth://totp/a", version=version, level=level),
    )
    places, every = qr.path(version), rs_blocks(version, qr.LEVELS[level])
    check = every[0].total_count - every[0].data_count
    for hurt in range(1, min(4, check // 2)):
        arrays = list(map(numpy.array, images))
        for byte in range(0, hurt * len(every), len(every)):
            for row, column in places[8 * byte : 8 * byte + 8]:
                for array in arrays:
                    area = array[4 * row + 16 : 4 * row + 20, 4 * column + 16 : 4 * column + 20]
                    area[...] = 255 - area
        assert [(one.part, one.of, one.parity) for one in qr.scan(arrays[0])] == [(2, 5, 33)]
        assert qr.read(arrays[1]) == ["otpauth://totp/a"]


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_a_damaged_text_is_whole(share):
    for seed in range(8):
        code = qr.damage(qr.make(URI, error_correction="Q"), share, seed)
        assert [(one.part, one.of) for one in qr.scan(code.png(3))] == [(1, 1)]


def test_what_the_bytes_are_is_guessed_if_nothing_says_so():
    """GBK and Windows-1252 without a name: the text is zxing-cpp's guess; UTF-8, and what names itself, is none."""
    latin, name = "Zürich".encode("latin-1"), (7, 4)
    assert [(one.text, one.guessed) for one in qr.scan(bits(latin))] == [("Zürich", True)]
    assert [one.guessed for one in qr.scan(bits("张三".encode("gbk")))] == [True]
    assert [(one.text, one.guessed) for one in qr.scan(bits("张三".encode()))] == [("张三", False)]
    assert [(one.text, one.guessed) for one in qr.scan(bits(latin, name, (3, 8)))] == [("Zürich", False)]
    [one] = qr.scan(bits(latin, (3, 4), (0, 4), (1, 4), (0, 8), name, (3, 8)))
    assert (one.text, one.guessed, one.of) == ("Zürich", False, 2)


@pytest.mark.parametrize("named", [True, False])
def test_pieces_in_another_character_set_are_put_together(named):
    head, parity = ((7, 4), (3, 8)) if named else (), reduce(xor, "Zürich".encode("latin-1"))
    one, other = (
        bits(part, (3, 4), (place, 4), (1, 4), (parity, 8), *head) for place, part in enumerate((b"Z\xfc", b"rich"))
    )
    assert [(found.text, found.guessed) for found in qr.scan(sheet(one, other))] == [("Zürich", not named)]


def test_a_symbol_does_not_show_its_text():
    assert "GEZD" not in repr(qr.scan(qr.make(URI).png()))


# --- advice ---------------------------------------------------------------------------------------------------------


def without_quiet_zone() -> Image.Image:
    """The bare modules on a dark page."""
    code = picture(qr.make(URI))
    page = Image.new("L", (500, 400), 17)
    page.paste(code.crop((16, 16, code.width - 16, code.height - 16)), (150, 100))
    return page


def faint(image: Image.Image) -> Image.Image:
    return image.point(lambda grey: 125 + grey // 25)


CODE = picture(qr.make(URI))
WHY = {
    "quiet zone": (without_quiet_zone(), ["quiet zone"]),
    "light on dark": (ImageOps.invert(CODE), ["light on dark"]),
    "contrast": (faint(CODE), ["contrast"]),
    "light on dark and faint": (faint(ImageOps.invert(CODE)), ["light on dark", "contrast"]),
    "light on dark, no quiet zone": (ImageOps.invert(without_quiet_zone()), ["light on dark", "quiet zone"]),
    "small": (CODE.resize((54, 54), Image.Resampling.LANCZOS), ["too small", "1.1 pixels"]),
    "blurred": (CODE.filter(ImageFilter.GaussianBlur(2.1)), ["blurred", "4.0 pixels"]),
    "blurred, two pixels and more": (
        picture(qr.make(URI), 2).filter(ImageFilter.GaussianBlur(1)),
        ["blurred", "2.0 pixels"],
    ),
    "blurred, three pixels": (
        picture(qr.make(URI), 3).filter(ImageFilter.GaussianBlur(1.5)),
        ["blurred", "3.0 pixels"],
    ),
    "destroyed": (picture(qr.damage(qr.make(URI), 0.4, seed=1)), ["error correction"]),
    "nothing": (Image.new("L", (300, 300), 200), ["No QR code is seen"]),
}
EVERY_REASON = [
    "quiet zone",
    "light on dark",
    "contrast",
    "too small",
    "blurred",
    "error correction",
    "No QR code is seen",
]


@pytest.mark.parametrize("name", WHY)
def test_why_nothing_is_found(name):
    image, reasons = WHY[name]
    assert qr.read(image) == []
    advice = qr.advice(image)
    assert [reason for reason in EVERY_REASON if reason in advice] == [r for r in EVERY_REASON if r in reasons]
    assert all(reason in advice for reason in reasons)


@pytest.mark.parametrize(("side", "reason"), [(2000, "too small"), (2001, "No QR code is seen")])
def test_a_large_picture_is_not_enlarged(side, reason):
    page = Image.new("L", (side, 300), 255)
    page.paste(WHY["small"][0], (30, 30))
    assert reason in qr.advice(page)


def test_nothing_to_fix():
    assert qr.advice(CODE) == "1 QR code found: nothing to fix."
    page = Image.new("L", (500, 250), 255)
    page.paste(CODE, (20, 20))
    page.paste(CODE, (260, 20))
    assert qr.advice(page) == "2 QR codes found: nothing to fix."


def test_advice_never_shows_the_text():
    assert not any("GEZD" in qr.advice(image) for image, _ in WHY.values())
