// Runs pytest in Pyodide: node pyodide.mjs PYODIDE REPOSITORY PACKAGES ARGUMENTS…
// PYODIDE: the folder that a live site serves.  PACKAGES: where pytest and what it needs are installed, pure Python.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, repository, packages, ...given] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({
  packages: ["totp-teach", "tzdata", "numpy"],
  env: { HOME: "/tmp", PYTHONDONTWRITEBYTECODE: "1" },
});
const { FS } = python;
const mount = (from, to) => {
  FS.mkdirTree(to);
  FS.mount(FS.filesystems.NODEFS, { root: from }, to);
};
mount(`${repository}/tests`, "/course/tests");
mount(`${repository}/notebooks`, "/course/notebooks");
for (const name of ["pytest", "_pytest", "pluggy", "iniconfig"]) mount(`${packages}/${name}`, `/packages/${name}`);
FS.writeFile("/packages/py.py", readFileSync(`${packages}/py.py`));
python.globals.set("given", python.toPy(given));
const program = `
import js  # before a folder of that name can be taken for it
import errno, os, sys
from collections import Counter
from unittest.mock import MagicMock
sys.path += ["/packages", "/course/tests"]
os.chdir("/course")
import pytest
same = MagicMock(side_effect=lambda function: function)
same.via.return_value = same
skipped = lambda *_, **__: pytest.mark.skip(reason="hypothesis is compiled, and not for here")
sys.modules["hypothesis"] = MagicMock(given=skipped, example=MagicMock(return_value=same), settings=MagicMock(return_value=same))
class Here:
    def pytest_addoption(self, parser):
        parser.addoption("--every-fourth", default="", metavar="NAMES", help="of these tests' cases, the first, the fifth, …")
    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        few, seen = config.getoption("every_fourth").split(), Counter()
        for item in items[:]:
            if item.originalname in few:
                seen[item.originalname] += 1
                if seen[item.originalname] % 4 != 1:
                    items.remove(item)
    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        try:
            return (yield)
        except OSError as error:
            if error.errno == errno.ENOTSUP:
                pytest.skip("it starts a process, and there are none")
            raise
int(pytest.main(["-p", "no:cacheprovider", "-q", "--no-header", "--rootdir=/course", *given], plugins=[Here()]))
`;
try {
  process.exitCode = python.runPython(program);
} catch (error) {
  console.error(error.message); // and not the megabyte of JavaScript that it came through
  process.exitCode = 70;
}
