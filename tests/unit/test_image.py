"""What repo2docker makes of binder/: the Dockerfile that it renders, read. Carried out: tests/browser/test_binder.py."""

import pytest
from image import BUILDPACKS, dockerfile, instructions, of_the_base, pinned_python, published


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    copy = tmp_path_factory.mktemp("copy")
    published(copy)
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}
    steps = instructions(dockerfile(copy))
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before  # it has only looked
    return steps


def test_a_dockerfile_is_read():
    text = "# one\nFROM a:1\nRUN b && \\\n    # two\n    c\n\nENV A=1 \\\n    B=2\n"
    assert [(name, rest.split()) for name, rest in instructions(text)] == [
        ("FROM", ["a:1"]),
        ("RUN", ["b", "&&", "c"]),
        ("ENV", ["A=1", "B=2"]),
    ]


def test_the_whole_repository_is_there_before_pip_runs(steps):
    """repo2docker installs before it copies the rest, to keep that step, unless the list names files of its own."""
    copied = steps.index(("COPY", "--chown=1000:1000 src/ ${REPO_DIR}/"))
    pip = [place for place, (name, rest) in enumerate(steps) if name == "RUN" and "pip install" in rest]
    assert len(pip) == 1 and pip[0] > copied
    assert '-r "binder/requirements.txt"' in steps[pip[0]][1]


def test_it_installs_and_sets_up_as_its_user_from_the_repositorys_folder(steps):
    after = steps[steps.index(("COPY", "--chown=1000:1000 src/ ${REPO_DIR}/")) + 1 :]
    runs = [rest for name, rest in after if name == "RUN"]
    assert [run.split()[0] for run in runs] == ["${KERNEL_PYTHON_PREFIX}/bin/pip", "chmod", "./binder/postBuild"]
    assert {rest for name, rest in after if name == "USER"} == {"${NB_USER}"}
    assert [rest for name, rest in steps if name == "WORKDIR"] == ["${REPO_DIR}"]


def test_it_has_the_pinned_python_and_nothing_built_from_the_repositorys_other_lists(steps):
    """binder/ is found: requirements.txt and pyproject.toml at the top would give other steps."""
    copied = [rest.split()[-1] for name, rest in steps if name == "COPY"]
    assert copied.count("/tmp/env/environment.lock") == 1
    lock = BUILDPACKS / f"conda/environment.py-{pinned_python()}-linux-64.lock"
    assert f"/python-{pinned_python()}." in lock.read_text("utf-8")
    assert any(f"py-2d{pinned_python().replace('.', '-2e')}-2dlinux" in rest for name, rest in steps if name == "COPY")
    assert [rest for name, rest in steps if name == "RUN" and rest.endswith(" .")] == []


def test_it_starts_jupyter_from_its_base(steps):
    """We do not install the program that its CMD names; repo2docker's own environment has it."""
    assert [rest for name, rest in steps if name == "CMD"] == ['["jupyter", "notebook", "--ip", "0.0.0.0"]']
    assert [rest for name, rest in steps if name == "ENTRYPOINT"] == ['["/usr/local/bin/repo2docker-entrypoint"]']
    assert of_the_base()[0].startswith("notebook==7.")
