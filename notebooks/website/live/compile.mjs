// Compiles Python with the Python that will run it: node compile.mjs PYODIDE FOLDER PLACES EXCEPT
// PYODIDE: npm's package.  PLACES: where each folder in FOLDER will lie in the page, as JSON.  Each .py gets a .pyc beside it,
// but for those whose path EXCEPT fits, a regular expression.

import { pathToFileURL } from "node:url";

const [pyodide, folder, places, except] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ env: { HOME: "/tmp", PYTHONDONTWRITEBYTECODE: "1" } });
python.FS.mkdirTree("/made");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/made");
python.globals.set("places", places);
python.globals.set("except_", except);
process.exitCode = python.runPython(`
import compileall, json, py_compile, re, warnings
warnings.simplefilter("ignore", SyntaxWarning)
options = {"rx": re.compile(except_), "quiet": 1, "legacy": True, "invalidation_mode": py_compile.PycInvalidationMode.UNCHECKED_HASH}
done = [
    compileall.compile_dir(f"/made/{name}", stripdir=f"/made/{name}", prependdir=place, **options)
    for name, place in json.loads(places).items()
]
int(not all(done))
`);
