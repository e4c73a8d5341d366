"""The benchmarks run, and their table tells the truth. How fast anything is, no test asserts: machines differ."""

import importlib.util
import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
NAMES = sorted(file.stem.removeprefix("bench_") for file in BENCHMARKS.glob("bench_*.py"))
# Many seconds each: tests/browser/test_benchmarks_quick.py runs these.
WITH_JUPYTER = {"classroom", "course", "live", "opening", "stepping", "ticking"}


def load(name: str):
    """A module of the folder, which is a program and no package."""
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there for the module of their class
    spec.loader.exec_module(module)
    return module


measure, page = load("measure"), load("page")
ticking, opening, course = (load(f"bench_{name}") for name in ("ticking", "opening", "course"))


def run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(BENCHMARKS), *arguments], capture_output=True, text=True, encoding="utf-8", timeout=120
    )


def test_there_are_benchmarks():
    assert {"codes", "import", "secret", "verifier"} | WITH_JUPYTER <= set(NAMES)


@pytest.mark.parametrize("name", sorted(set(NAMES) - WITH_JUPYTER))
def test_a_quick_run_works_and_judges_nothing(name):
    done = run("--quick", name)
    assert done.returncode == 0, done.stderr
    head, line, group, *rows = done.stdout.split("\n\n")[0].splitlines()
    assert head.split() == ["name", "ours", "the", "peer", "ratio", "goal", "met?"]
    assert set(line) == {"─", " "}
    assert group == name and rows
    assert not any(row.endswith(("yes", "no")) for row in rows)
    assert "A quick run: nothing was measured." in done.stdout


def test_a_benchmark_that_fails_is_a_row_and_the_others_are_printed(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for name in "__main__", "measure", "bench_secret":
        shutil.copy(BENCHMARKS / f"{name}.py", folder)
    (folder / "bench_broken.py").write_text(
        "def rows(quick):\n    raise ConnectionError('no kernel\\n' + 999 * 'very ')"
    )
    (folder / "bench_leaves.py").write_text("import sys\ndef rows(quick):\n    sys.exit('enough')")
    never = "import __main__, time\n__main__.LIMIT = 1\n"  # the next one's limit
    (folder / "bench_endless.py").write_text("import time\ndef rows(quick):\n    time.sleep(60)")
    (folder / "bench_before.py").write_text(f"{never}def rows(quick):\n    return ['in sight']")
    command = [sys.executable, str(folder), "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 1
    assert "\nbroken\n  failed: ConnectionError: no kernel very very" in done.stdout and "\nsecret\n" in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 160
    assert "\nbefore\n  in sight\nbroken" in done.stdout and "\nleaves\n  failed: SystemExit: enough" in done.stdout
    assert "\nendless\n  failed: TimeoutError: not done after 1 s" in done.stdout or os.name == "nt"
    assert "Traceback" in done.stderr and "\nFailed: broken, endless, leaves (why: see above).\n" in done.stderr


def test_a_benchmark_that_is_none_is_named_with_those_there_are():
    done = run("--quick", "codec")
    assert done.returncode == 2
    assert f"no benchmark codec; there are {', '.join(NAMES)}" in " ".join(done.stderr.split())


# --- the measuring itself, by a clock that moves when it is told to ----------------------------------------------


class Clock:
    """A clock on which each call of a way takes the time that it says."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def __call__(self) -> float:
        return self.now

    def way(self, name: str, times):
        def call():
            self.calls.append(name)
            self.now += next(times)

        return call


def test_two_ways_are_measured_in_turn_and_each_goes_first_as_often():
    clock = Clock()
    ours, peer = clock.way("A", iter([1.0] * 9)), clock.way("B", iter([1.0] * 9))
    measure.side_by_side(ours, peer, rounds=4, sample=0.5, clock=clock)
    assert "".join(clock.calls) == "AB" + "AB" + "BA" + "AB" + "BA"  # the first two count the loops


def test_the_median_does_not_mind_an_interruption():
    clock = Clock()
    ours, peer = clock.way("A", iter([1.0, 1.0, 1.0, 90.0])), clock.way("B", iter([4.0, 4.0, 5.0, 3.0]))
    assert measure.side_by_side(ours, peer, rounds=3, sample=0.5, clock=clock) == (1.0, 4.0)


def test_a_sample_is_as_many_calls_as_fill_it_and_the_result_is_one_call():
    clock = Clock()
    ours, peer = clock.way("A", (0.25 for _ in count())), clock.way("B", (1.0 for _ in count()))
    assert measure.side_by_side(ours, peer, rounds=1, sample=2.0, clock=clock) == (0.25, 1.0)
    assert clock.calls[-10:] == ["A"] * 8 + ["B"] * 2
    clock.calls.clear()
    measure.side_by_side(
        ours, peer, rounds=2, sample=0, clock=clock
    )  # what takes seconds by itself is not called to count
    assert "".join(clock.calls) == "AB" + "BA"


def test_two_different_answers_are_not_compared():
    with pytest.raises(AssertionError, match="two different answers"):
        measure.compare("codes", lambda: 1, "peer", lambda: 2, quick=True)
    row = measure.compare("codes", lambda: 1, "peer", lambda: 2, same=False, quick=True)
    assert row.ours > 0 and row.peer > 0


def test_a_row_of_many_things_tells_the_time_of_one():
    many = measure.compare("codes", lambda: list(range(50_000)) and 0, "peer", lambda: 0, per=1, quick=True)
    each = measure.compare("codes", lambda: list(range(50_000)) and 0, "peer", lambda: 0, per=50_000, quick=True)
    assert each.ours < many.ours / 100


@pytest.mark.parametrize(
    ("of", "limit", "ours", "peer", "met"),
    [
        ("ratio", 0.5, 1.0, 2.0, True),
        ("ratio", 0.5, 1.01, 2.0, False),
        ("difference", 0.030, 0.049, 0.020, True),
        ("difference", 0.030, 0.051, 0.020, False),
        ("ours", 17.0, 17.0, 1.0, True),
        ("ours", 17.0, 17.1, 99.0, False),
        ("ours", 0.0, 0.0, 34_000.0, True),
    ],
)
def test_goals(of, limit, ours, peer, met):
    row = measure.Row("name", ours, peer, "the peer", measure.Goal(of, limit))
    assert row.met is met
    assert row.cells(quick=False)[-1] == {True: "yes", False: "no"}[met]
    assert row.cells(quick=True)[-1] == "–"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.5, "s", "1.5 s"),
        (0.0152, "s", "15.2 ms"),
        (2.62e-6, "s", "2.62 µs"),
        (39.4e-9, "s", "39.4 ns"),
        (34_000, "messages", "34,000 messages"),
        (1 / 3, "% of a core", "0.333 % of a core"),
        (0, "bytes", "0 bytes"),
    ],
)
def test_amounts(value, unit, text):
    assert measure.amount(value, unit) == text


def test_what_95_of_100_stay_below():
    assert measure.p95([float(value) for value in range(101)]) == 95
    assert measure.p95([3.0]) == 3


def test_the_table():
    groups = {
        "codes": [
            measure.Row("hotp.code", 2.5e-6, 6.25e-6, "pyotp", measure.Goal("ratio", 0.5)),
            measure.Row("import", 0.065, 0.020, "python", measure.Goal("difference", 0.030)),
        ],
        "stepping": [
            "not measured, for there is no browser: none of chromium, chromium-browser, google-chrome, chrome"
        ],
        "ticking": [measure.Row("messages", 0, 340, "threads", None, "a minute")],
    }
    assert measure.table(groups, quick=False).splitlines() == [
        "name         ours        the peer               ratio  goal            met?",
        "───────────  ──────────  ─────────────────────  ─────  ──────────────  ────",
        "codes",
        "  hotp.code   2.5 µs     6.25 µs  pyotp         0.40   ratio ≤ 0.50    yes",
        "  import       65 ms       20 ms  python        3.25   ≤ peer + 30 ms  no",
        "stepping",
        "  not measured, for there is no browser: none of chromium, chromium-browser, google-chrome, chrome",
        "ticking",
        "  messages   0 a minute  340 a minute  threads  0.00",
    ]


# --- what the larger ones make of what they see -------------------------------------------------------------------


def test_a_step_that_was_never_whole_counts_as_a_period_late():
    assert ticking.lateness({"right": 50, "changed": 8.5, "painted": 20}) == (0.0085, 0.020)
    assert ticking.lateness({"right": 49}) == ticking.lateness({}) == (ticking.PERIOD, ticking.PERIOD)


def test_what_an_idle_kernel_does_is_nobody_s_work_and_messages_are_told_by_the_minute():
    late = {"changed": [0.004] * 40, "painted": [0.012] * 40, "busy": [0.005] * 40}
    idle, ours = ticking.Seen(seconds=20, cpu=0.1), ticking.Seen(**late, seconds=20, cpu=0.11)
    peer = ticking.Seen(**late, seconds=40, messages=2000, cpu=2.2)
    rows = {row.name: row for row in ticking.compared(50, ours, peer, idle)}
    messages, cpu = rows["50 codes, messages"], rows["50 codes, kernel's CPU a minute"]
    assert (messages.ours, messages.peer, messages.met) == (0, 3000, True)
    assert (cpu.ours, cpu.peer, cpu.met) == (pytest.approx(0.03), pytest.approx(3.0), True)
    assert rows["50 codes, late, p95"].met is rows["50 codes, late, busy kernel, p95"].met is True
    assert [row.met for row in ticking.compared(200, peer, ours, idle) if "late" in row.name] == [None] * 4


def test_two_starts_go_first_in_turn():
    went = []
    ours, peer = (
        lambda name=name, times=times: went.append(name) or next(times)
        for name, times in (("A", iter([1, 2, 9])), ("B", iter([3, 4, 5])))
    )
    assert opening.in_turn(ours, peer, rounds=3) == (2, 4)
    assert "".join(went) == "ABBAAB"


def test_a_fresh_folder_is_as_git_gives_it(tmp_path, monkeypatch):
    root, folder = tmp_path / "root", tmp_path / "fresh"
    for name in (".git/HEAD", ".venv/totp_teach.json", "lab.py", "notebooks/00.ipynb", "tests/__pycache__/a.pyc"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    monkeypatch.setattr(opening, "ROOT", root)
    folder.mkdir()
    (folder / "left.txt").touch()
    opening.fresh(folder)
    assert {path.name for path in folder.rglob("*")} == {"lab.py", "notebooks", "00.ipynb", "tests"}


def test_a_set_up_that_fails_is_no_time_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "fresh", lambda folder: None)
    (tmp_path / "lab.py").write_text("import sys; print('Setting up'); sys.exit('pip could not install everything')")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        opening.set_up(tmp_path)
    assert opening.last_line(failed.value) == "pip could not install everything"
    (tmp_path / "lab.py").write_text("print('Ready.')")
    assert all(seconds >= 0 for seconds in opening.set_up(tmp_path))


def test_of_a_few_set_ups_the_least_disturbed_counts():
    assert opening.fastest([(40.0, 39.5), (72.0, 38.0)]) == (40.0, 38.0)


def test_a_chapter_and_its_solutions_are_told_apart():
    names = [course.named(path, course.NOTEBOOKS) for path in course.NOTEBOOKS.rglob("06_*.ipynb")]
    assert sorted(names) == ["06_qr_codes", "solutions/06_qr_codes"]


def test_a_kernel_s_weight_is_what_its_last_cell_says(tmp_path):
    notebook = course.write(tmp_path / "a.ipynb", [])
    cell = course.nbformat.v4.new_code_cell(
        course.WEIGH, outputs=[course.nbformat.v4.new_output("stream", text="66800000\n")]
    )
    course.write(notebook, [cell])
    assert course.weight(notebook) == 66.8
