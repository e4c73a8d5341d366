"""What Sphinx does not know of the course: an extension of it."""

import json
import os
import re
import shutil
from importlib import import_module
from pathlib import Path

from handouts import inventory
from markdown_it import MarkdownIt
from myst_parser.slugs import github_slugify
from nbconvert.exporters import SlidesExporter
from traitlets.config import Config

import totp_teach
from totp_teach.jupyter import exports

ROOT = Path(__file__).parents[2]
FRONT, FIRST = "README", "index"  # the root of the contents; the page where a visitor arrives
PICTURES = "notebooks/pictures"
PARTS = "notebooks/website/parts"  # what the live chapters are made of
ASKED = "notebooks/teaching/questions"  # where all questions are listed, as on the pages to hand out
CONTENTS = {  # the navigation, part by part
    "Chapters": ["notebooks/[0-9][0-9]_*.ipynb"],
    "For teachers": ["notebooks/README.md", "notebooks/teaching/*.md"],
    "Solutions": ["notebooks/solutions/[0-9][0-9]_*.ipynb"],
    "The package": ["notebooks/website/reference.md", "C*.md"],
}


# ---- pages as they are written for GitHub and JupyterLab -------------------------------------------------------------

reading = {"name": ""}  # the document that is being read


def read(app, name, source):
    """Before a page is read: what only the site needs is added to it, and what asks another host left out."""
    reading["name"] = name
    if app.env.doc2path(name).suffix != ".md":
        return
    folder = Path(app.env.doc2path(name)).parent
    source[0] = re.sub(r"!\[([^]]*)\]\(https?:[^)]*\)", r"\1", source[0])  # a badge
    # A link to a folder leads to no page: its text stays.
    source[0] = re.sub(
        r"\[([^]]*)\]\(([^):#]*)\)", lambda link: link[1] if (folder / link[2]).is_dir() else link[0], source[0]
    )
    if name == FRONT:
        source[0] += "".join(f"\n\n{tree}" for tree in map(toctree, CONTENTS))
    if name == "notebooks/website/reference":
        source[0] += "".join(f"\n\n{room}" for room in map(reference, totp_teach.ROOMS))
    if name == ASKED:
        questions = inventory()
        source[0] += "\n\n".join(["", *(asked(chapter, questions) for chapter in chapters_of_readme())])
    if name == PARTS:
        source[0] += "".join(
            map(part, json.loads(Path(app.outdir).with_name("live").joinpath("parts.json").read_text()))
        )


def asked(chapter: dict[str, str], questions: list[dict]) -> str:
    """A chapter's questions for its teacher: the minutes to give, the right answer, and what each answer tells."""
    lines = [f"### {chapter['number']} · {chapter['title']}"]
    for each in questions:
        if each["id"].startswith(chapter["number"]):
            lines.append(f"**{each['id']}** {each['text']} ({each['minutes']} min)")
            for answer in each["answers"]:
                letter = f"**{each['right']}. ✓**" if answer["letter"] == each["right"] else f"{answer['letter']}."
                lines.append(f"- {letter} {answer['text']} *{answer['reason']}*")
    return "\n\n".join(lines)


def part(row: dict[str, str]) -> str:
    """The row of a table about a binary of the live chapters."""
    here = f"<br>compiled here: `{row['compiled']}`" if row["compiled"] else ""
    return f"| {row['file']} | {row['version']} | {row['licence']} | {row['source']} | `{row['sha256']}`{here} |\n"


def toctree(caption: str) -> str:
    """The part of the navigation with that caption."""
    files = [file.relative_to(ROOT) for pattern in CONTENTS[caption] for file in sorted(ROOT.glob(pattern))]
    names = "\n".join(str(file.with_suffix("").as_posix()) for file in files)
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{names}\n```"


def anchor(title: str) -> str:
    """What links call a heading: in a notebook as JupyterLab does, elsewhere as GitHub does."""
    if re.match(r"notebooks/(solutions/)?\d\d_", reading["name"]):
        return title.replace("%", "%25").replace(" ", "-")
    return github_slugify(title)


# ---- the package's reference -----------------------------------------------------------------------------------------


def reference(room: str) -> str:
    """What documents a room: its lazily loaded names are loaded first, and those of plain values named."""
    module = import_module(f"totp_teach.{room}")
    offered = {name: getattr(module, name) for name in getattr(module, "__all__", [])}
    vars(module).update(offered)
    lines = [f".. automodule:: {module.__name__}"]
    for name, value in offered.items():
        if not callable(value):
            lines += ["", f".. py:data:: {name}", "", f"   A {type(value).__name__}."]
    return "\n".join([f"## `{room}`", "", "```{eval-rst}", *lines, "```"])


def docstring(app, what, name, obj, options, lines):
    """The package's docstrings are plain text that reads as Markdown; an argument begins a line of its own."""
    text = obj.__doc__ if what == "module" else "\n".join(lines)  # Sphinx moves what is indented there to the left
    html = MarkdownIt().render(re.sub(r"\n(?=\w+(, \w+)*: |Raises )", "  \n", text or ""))
    lines[:] = [".. raw:: html", "", *(f"   {line}" for line in html.splitlines()), ""]


# ---- the slides ------------------------------------------------------------------------------------------------------


def slides(app, exception):
    """Beside every notebook's page its slides, made anew when the notebook or what makes them has changed."""
    templates = str(exports.SHARE / "nbconvert" / "templates")  # those of here, whatever else is installed
    exporter = SlidesExporter(config=Config(exports.settings()), extra_template_basedirs=[templates])
    makers = [Path(exports.__file__), *exports.SHARE.rglob("*.*")]
    for name in app.env.found_docs if exception is None else ():
        notebook = ROOT / f"{name}.ipynb"
        page = Path(app.outdir, f"{name}.slides.html")
        if notebook.exists() and newest([notebook, *makers]) > newest([page]):
            page.write_text(exporter.from_filename(str(notebook))[0], encoding="utf-8")


def newest(files: list[Path]) -> float:
    return max(os.path.getmtime(file) if file.exists() else 0 for file in files)


def pictures(app, exception):
    """The README's pictures, and the first page's, lie where these say."""
    if exception is None:
        shutil.copytree(ROOT / PICTURES, Path(app.outdir, PICTURES), dirs_exist_ok=True)


def first_page(app, name, template, context, doctree):
    """What the first page and the buttons that open a notebook live need; the first page is home."""
    file = Path(f"{name}.ipynb")
    context.update(master_doc=FIRST, file=file.relative_to("notebooks").as_posix() if (ROOT / file).exists() else "")
    if name == FIRST:
        chapters = chapters_of_readme()
        hours = round(sum(int(chapter["minutes"]) for chapter in chapters) / 60)
        context.update(chapters=chapters, hours=hours, title="")


def chapters_of_readme() -> list[dict[str, str]]:
    """The chapters as the README's table lists them."""
    row = r"^\| (?P<number>\d\d) \| \[(?P<title>.*)\]\((?P<page>notebooks/(?P<file>.*))\.ipynb\) \| (?P<about>.*) \| (?P<minutes>\d+) \|$"
    found = re.finditer(row, (ROOT / f"{FRONT}.md").read_text(encoding="utf-8"), re.MULTILINE)
    return [{**row.groupdict(), "file": f"{row['file']}.ipynb"} for row in found]


def tidy(app, exception):
    """Pages of what is no longer there go."""
    for page in Path(app.outdir, "notebooks").rglob("*.html"):
        name = page.relative_to(app.outdir).with_suffix("").as_posix().removesuffix(".slides")
        if exception is None and name not in app.env.found_docs:
            page.unlink()


def setup(app):
    # These follow the files that are there.
    app.connect("env-get-outdated", lambda app, *_: [FRONT, ASKED, *([PARTS] if app.tags.has("live") else [])])
    app.connect("source-read", read)
    app.connect("autodoc-process-docstring", docstring)
    app.connect("build-finished", slides)
    app.connect("build-finished", pictures)
    app.connect("html-page-context", first_page)
    app.connect("build-finished", tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
