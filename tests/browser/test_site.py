"""The static site, made as lab.py makes it: every link and picture is there, nothing comes from another host."""

import _imp  # importlib.util.source_hash knows this Python only
import hashlib
import json
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import launcher

import totp_teach
from totp_teach.jupyter.settings import LITE
from totp_teach.questions import QUESTIONS

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks/solutions").glob("[0-9][0-9]_*.ipynb"))
KEPT = Path(launcher().LIVE)  # what was fetched
FETCHED = [
    KEPT / "wheels",
    KEPT / "node_modules/pyodide",
    Path(sys.prefix, LITE, "pyodide-kernel-extension/static/pypi"),
]
PARTS = "notebooks/website/parts.html"
TEACHING = [ROOT / "notebooks/README.md", *sorted((ROOT / "notebooks/teaching").glob("*.md"))]
LOADS = "script[src], link[href]:not([rel=canonical]), img[src], iframe[src], source[src], video[src], embed, object"
# What reaches past the window's sides and lies in no box that scrolls.
CUT = """() => [...document.querySelectorAll('.main *, .mobile-header *')].filter((node) => {
  const box = node.getBoundingClientRect();
  if (!box.width || (box.left >= 0 && box.right <= innerWidth + 1) || getComputedStyle(node).visibility === 'hidden') return false;
  for (let up = node; up; up = up.parentElement) {
    if (getComputedStyle(up).position === 'fixed') return false;  // a drawer, which a button pulls in
    const frame = up.getBoundingClientRect();
    if (/auto|scroll/.test(getComputedStyle(up).overflowX) && frame.left >= 0 && frame.right <= innerWidth + 1) return false;
  }
  return true;
}).map((node) => node.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="session")
def pages(site):
    """Every page by its path from the site's root, parsed."""
    files = sorted(site.rglob("*.html"))
    return {file.relative_to(site).as_posix(): BeautifulSoup(file.read_text("utf-8"), "html.parser") for file in files}


def test_every_notebook_and_every_page_for_teachers_is_there(site, pages):
    assert len(CHAPTERS) == 11 and len(SOLUTIONS) == 10
    for file in [*CHAPTERS, *SOLUTIONS, *TEACHING]:
        name = file.relative_to(ROOT).with_suffix("").as_posix()
        assert f"{name}.html" in pages
        if file.suffix == ".ipynb":
            assert f"{name}.slides.html" in pages
            assert (site / "_sources" / f"{name}.ipynb").read_bytes() == file.read_bytes()
    links = [link["href"] for link in pages["index.html"].select(".sidebar-tree a")]
    assert [link for link in links if re.match(r"notebooks/\d", link)] == [
        f"notebooks/{file.stem}.html" for file in CHAPTERS
    ]


def test_the_teachers_list_has_every_question_with_its_key(pages):
    page = pages["notebooks/teaching/questions.html"]
    assert len(QUESTIONS) >= 25
    assert min(Counter(id[:2] for id in QUESTIONS).values()) >= 2
    asked = {item.strong.text: item for item in page.select("p:has(> strong)")}
    for question in QUESTIONS.values():
        told = asked[question.id]
        assert told.get_text(" ", strip=True).endswith(f"({question.minutes} min)")
        items = told.find_next_sibling("ul").select("li")
        assert ["✓" in item.get_text() for item in items] == [answer.right for answer in question.answer]
        for item, answer in zip(items, question.answer, strict=True):
            assert item.em.get_text() == answer.reason.replace("`", "")


def test_every_link_and_picture_leads_somewhere(site, pages):
    seen, broken = 0, []
    anchors = {name: {tag["id"] for tag in page.select("[id]")} for name, page in pages.items()}
    for name, page in pages.items():
        for tag in page.select("a[href], img[src], source[srcset], link[href], script[src]"):
            target = tag.get("href") or tag.get("src") or tag.get("srcset") or ""
            path, _, anchor = urljoin(name, target).partition("#")
            if urlsplit(target).scheme or target in ("", "#"):
                continue
            seen += 1
            path = unquote(path.partition("?")[0])
            if not (site / path).is_file() or (anchor and not {anchor, unquote(anchor)} & anchors.get(path, set())):
                broken.append((name, target))
    assert seen > 2_000
    assert sorted(set(broken)) == []


def test_nothing_is_loaded_from_another_host(site, pages):
    foreign = [
        (name, str(tag)[:120])
        for name, page in pages.items()
        for tag in page.select(LOADS)
        if re.match("(https?:)?//", tag.get("src") or tag.get("href") or tag.get("data") or "")
    ]
    styles = {name: "\n".join(tag.text for tag in page.select("style")) for name, page in pages.items()}
    styles |= {file.relative_to(site).as_posix(): file.read_text("utf-8") for file in site.rglob("*.css")}
    assert len(styles) > len(pages)
    for name, text in styles.items():
        foreign += [(name, found) for found in re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)]*", text)]
    assert foreign == []


def test_every_part_of_the_live_chapters_is_listed_and_is_what_its_publisher_made(site, pages):
    folder, sources = site / "live/static/pyodide", ROOT / "notebooks/website/live"
    made = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    loaded = json.loads((folder / "pyodide-lock.json").read_text())["packages"].values()
    assert {name: sha for name, sha in made.items() if name.endswith(".whl")} == {
        package["file_name"]: package["sha256"] for package in loaded
    }
    rows = [[cell.get_text() for cell in row.select("td")] for row in pages[PARTS].select("table tr:has(td)")]
    listed = {file: sha for file, *_, sha in rows if not file.startswith("the JavaScript of ")}
    assert len(rows) == len(listed) + 4 and made.keys() - listed.keys() == {"pyodide-lock.json"}
    assert {file: sha.rpartition("compiled here: ")[2] for file, sha in listed.items()}.items() <= made.items()
    published = json.loads((KEPT / "node_modules/pyodide-314.0.3/pyodide-lock.json").read_text())["packages"].values()
    hashes = {"PyPI": set(re.findall(r"sha256:(\w{64})", (sources / "wheels.txt").read_text()))}
    hashes["Pyodide's build"] = {package["sha256"] for package in published}
    counts = Counter()
    for file, version, licence, source, sha in rows:
        assert re.match(r"\d", version) and re.match(r"\w{3}", licence), file
        kind = source.partition(" (")[0].partition(":")[0]
        if file.endswith(".whl") and kind in hashes and source != "PyPI: jupyterlite-pyodide-kernel":
            counts[kind] += 1
            assert sha[:64] in hashes[kind], file
    assert counts["PyPI"] > 20 and counts["Pyodide's build"] == 5


def test_what_is_compiled_here_holds_what_was_published_and_its_modules_compiled(site, pages):
    rows = [[cell.get_text() for cell in row.select("td")] for row in pages[PARTS].select("table tr:has(td)")]
    compiled = {file: sha.partition("compiled here: ") for file, *_, sha in rows if "compiled here: " in sha}
    assert 15 < len(compiled) < len(rows) and "python_stdlib.zip" in compiled
    for file, (published, _, here) in compiled.items():
        [before] = [path for folder in FETCHED for path in [folder / file] if path.exists()]
        after = site / "live/static/pyodide" / file
        assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in (before, after)] == [published, here]
        with zipfile.ZipFile(before) as before, zipfile.ZipFile(after) as after:
            for name in after.namelist():
                content = after.read(name)
                if name.endswith(".pyc"):  # in its head stand Python's version and, made with that, its source's hash
                    source = before.read(name.removesuffix("c"))
                    assert content[8:16] == _imp.source_hash(int.from_bytes(content[:4], "little"), source), name
                else:
                    assert content == before.read(name), name


def public_names():
    """What the rooms offer: the names in their __all__, or the functions and classes that are made in them."""
    for room in totp_teach.ROOMS:
        module = getattr(totp_teach, room)
        made = [
            name
            for name, value in vars(module).items()
            if getattr(value, "__module__", "") == module.__name__ and value.__name__ == name and name[0] != "_"
        ]
        yield from (f"{module.__name__}.{name}" for name in getattr(module, "__all__", made))


def test_the_reference_has_every_room_and_every_public_name(pages):
    page = pages["notebooks/website/reference.html"]
    names = list(public_names())
    assert len(names) > 90
    documented = {tag["id"] for tag in page.select("dt[id]")}
    assert [name for name in names if name not in documented] == []
    assert [heading.code.text for heading in page.select("h2")] == list(totp_teach.ROOMS)
    empty = [tag["id"] for tag in page.select("dt[id]") if not tag.find_next_sibling("dd").get_text(strip=True)]
    assert empty == []


@pytest.fixture
def served(live):
    """The site's address, as it is when it is published."""
    return f"{live.address}/repository"


def test_the_first_page_leads_to_every_chapter(site, pages):
    page = pages["index.html"]
    links = page.select("ol.chapters a")
    assert [link["href"] for link in links if "?" not in link["href"]] == [
        f"notebooks/{it.stem}.html" for it in CHAPTERS
    ]
    live = [it.name for it in CHAPTERS] if (site / "live").exists() else []
    assert [link["href"].partition("?path=")[2] for link in links if "?" in link["href"]] == live
    assert "00_start_here" in page.select_one(".start a.button")["href"]
    for name, other in pages.items():
        home = other.select_one("a.sidebar-brand")
        assert home is None or urljoin(name, home["href"]) in ("index.html", "#"), name


def test_nothing_is_cut_off_from_a_phone_to_a_wide_screen(browser, served):
    context = browser.new_context()
    page = context.new_page()
    cut = []
    for name in ("index", "README", "notebooks/05_otpauth_uris", "notebooks/teaching/classroom"):
        page.goto(f"{served}/{name}.html")
        for width in (320, 390, 768, 1020, 1200, 1320, 1620, 1980):
            page.set_viewport_size({"width": width, "height": 900})
            cut += [(name, width, place) for place in page.evaluate(CUT)]
    context.close()
    assert cut == []


def test_on_paper_nothing_lies_over_the_text_and_no_code_is_cut_off(browser, served):
    context = browser.new_context(viewport={"width": 740, "height": 1000})  # a sheet's width
    page = context.new_page()
    page.goto(f"{served}/notebooks/00_start_here.html")
    page.emulate_media(media="print")
    assert page.locator(".skip-to-content").is_hidden()
    wide = "() => [...document.querySelectorAll('pre')].filter((code) => code.scrollWidth > code.clientWidth).length"
    assert page.evaluate(wide) == 0
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_reader_of_the_site(browser, served, scheme):
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    complaints, foreign = [], []
    page.on("console", lambda line: line.type == "error" and complaints.append(f"{line.text} {line.location['url']}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda it: it.url.startswith((served, "data:")) or foreign.append(it.url))
    page.goto(served)
    page.get_by_role("link", name="03 · Dynamic truncation").first.click()
    page.get_by_role("heading", name="The mask, and why 7f").wait_for()
    page.get_by_role("link", name="Next 04 · The time counter").click()
    page.get_by_role("heading", name="04 · The time counter", level=1).wait_for()
    page.get_by_placeholder("Search").fill("appendix")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="03 · Dynamic truncation").last.click()
    page.get_by_role("link", name="As slides").click()
    page.wait_for_function("Reveal.isReady()")
    context.close()
    assert (complaints, foreign) == ([], [])
