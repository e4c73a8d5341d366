"""The helper's own tests, in WebAssembly and Python 3.14: the Python that the live chapters run on, started by Node."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HELPER = ["secret", "hotp", "totp", "otpauth", "otpauth_account", "otpauth_cases", "verifier", "mistakes", "diagnose"]
HELPER += ["check", "check_05_10"]
# What cannot run there: a kernel and a worker are processes; nothing interrupts a sleep; a loaded machine's clock is no
# measure. And what takes the longest.
LEFT_OUT = "in_a_kernel or log_in_processes or sleeps or the_cost_grows or two_mistakes_are_found or a_report_of_2017"
LEFT_OUT += " or at_a_terminal or one_mistake_explains or (looks_right_for_most and (totp or counter))"
LEFT_OUT += " or ignores_two_of_three or chance_is_what or progress_runs or of_many_explanations or what_was_searched"
LEFT_OUT += " or (forge and (looks_right_for_most or told_by_its_name))"
# Long searches, case by case, that are the same in every Python: every fourth case of each.
EVERY_FOURTH = ["test_every_mistake_is_found_first", "test_an_answer_that_looks_right_for_most_inputs_is_wrong"]
EVERY_FOURTH += ["test_a_wrong_answer_that_matches_nothing_is_told_soon", "test_what_is_said_of_a_wrong_case_is_true"]
EVERY_FOURTH += ["test_the_evidence_of_a_case_says_what_is_asked_for"]
# Each test costs twice: what pytest would do for it beyond running it, nobody reads here.
PLAIN = ["-p", "no:logging", "-p", "no:unraisableexception", "-p", "no:threadexception"]


def test_the_helpers_own_tests_pass_in_the_browsers_python(site):
    packages = Path(pytest.__file__).parents[1]
    command = [shutil.which("node"), str(ROOT / "tests/interop/pyodide.mjs"), str(site / "live/static/pyodide")]
    chosen = [*[f"tests/unit/test_{name}.py" for name in HELPER], "-k", f"not ({LEFT_OUT})", *PLAIN]
    chosen += ["--every-fourth", " ".join(EVERY_FOURTH)]
    run = subprocess.run([*command, str(ROOT), str(packages), *chosen], capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    passed, skipped = (int(re.search(rf"(\d+) {word}", run.stdout)[1]) for word in ("passed", "skipped"))
    assert passed > 2150 and skipped < 80
