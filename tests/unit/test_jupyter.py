"""Jupyter's settings, its server's extension, and what a saved notebook keeps."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.connect import LocalPortCache
from jupyter_client.manager import AsyncKernelManager
from jupyter_server.extension.config import ExtensionConfigManager
from jupyter_server.serverapp import ServerApp
from jupyterlab_server.settings_utils import _get_overrides
from nbconvert.exporters import get_exporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config

from totp_teach import OtpError
from totp_teach.jupyter import __main__ as command
from totp_teach.jupyter import exports, running, settings
from totp_teach.jupyter import server as extension

HTML, PLAIN, VIEW = "text/html", "text/plain", exports.VIEW
TEMPLATES = exports.SHARE / "nbconvert" / "templates"
A_VIEW = {"model_id": "1", "version_major": 2, "version_minor": 0}


# ---- settings --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """An environment with the settings in it, written twice: it is no different from once."""
    prefix = tmp_path_factory.mktemp("environment")
    settings.write(str(prefix))
    settings.write(str(prefix))
    return prefix


def test_jupyterlab_reads_that_it_is_to_be_quiet(prefix):
    overrides, error = _get_overrides(str(prefix / "share/jupyter/lab/settings"))
    assert (overrides, error) == (
        {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}},
        "",
    )


def test_what_is_quiet_is_what_jupyterlab_asks_about():
    schema = Path(sys.prefix, "share/jupyter/lab/schemas/@jupyterlab/apputils-extension/notification.json")
    properties = json.loads(schema.read_text("utf-8"))["properties"]
    assert {"fetchNews", "checkForUpdates"} <= set(properties)
    assert "false" in [choice["const"] for choice in properties["fetchNews"]["oneOf"]]


def test_the_server_finds_its_extension_under_its_name_of_today(tmp_path):
    prefix = tmp_path
    file = prefix / "etc/jupyter/jupyter_server_config.d/totp_teach.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"ServerApp": {"jpserver_extensions": {"totp_teach.jupyter": true}}}')
    settings.write(str(prefix))
    found = ExtensionConfigManager(read_config_path=[str(prefix / "etc/jupyter")]).get_jpserver_extensions()
    assert found == {"totp_teach.jupyter.server": True}


def test_what_others_configured_for_nbconvert_and_voila_stays(tmp_path):
    for name in "jupyter_nbconvert_config", "voila":
        file = tmp_path / f"etc/jupyter/{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('{"HTMLExporter": {"theme": "dark"}, "VoilaConfiguration": {"theme": "dark"}}')
    settings.write(str(tmp_path))
    exporter = json.loads((tmp_path / "etc/jupyter/jupyter_nbconvert_config.json").read_text())["HTMLExporter"]
    voila = json.loads((tmp_path / "etc/jupyter/voila.json").read_text())["VoilaConfiguration"]
    assert exporter == {"theme": "dark", **exports.settings()["HTMLExporter"]}
    assert voila == {"theme": "dark", **settings.VOILA["VoilaConfiguration"]}


def test_the_live_chapters_kernel_is_out_of_the_way_of_jupyterlab(tmp_path):
    """JupyterLab with a server would load it, fail, and say so in the browser's console."""
    others = tmp_path / "share/jupyter/labextensions"
    for version in "1", "2":  # installed, and installed anew
        for name in "@jupyterlite/pyodide-kernel-extension", "@jupyter-widgets/jupyterlab-manager":
            (others / name).mkdir(parents=True, exist_ok=True)
            (others / name / "package.json").write_text(version)
        settings.write(str(tmp_path))
        assert [folder.name for folder in others.iterdir()] == ["@jupyter-widgets"]
        assert (tmp_path / settings.LITE / "pyodide-kernel-extension/package.json").read_text() == version


def test_the_module_runs_as_a_program(capsys):
    assert command.main(["nonsense"]) == 2
    assert "refresh [paths]" in capsys.readouterr().out


def test_importing_it_loads_nothing_of_jupyter():
    heavy = "{'nbformat', 'nbclient', 'traitlets', 'jupyter_core', 'jupyter_server', 'zmq', 'matplotlib'}"
    code = f"import sys, totp_teach.jupyter; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


# ---- the server's extension ------------------------------------------------------------------------------------------


needs_sockets = pytest.mark.skipif(os.name == "nt", reason="Windows has no sockets in its file system")


@pytest.fixture
def long(tmp_path):
    """A folder with too long a name for sockets, as a hub's learners may have."""
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    return folder


@pytest.fixture
def server(long, tmp_path, monkeypatch):
    """Makes a server with the extension in it, not started."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(long))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    running.sockets.cache_clear()

    def make(*arguments):
        app = ServerApp(
            jpserver_extensions={"totp_teach.jupyter.server": True}, log_level="ERROR", root_dir=str(tmp_path)
        )
        app.initialize(argv=list(arguments), find_extensions=False, new_httpserver=False)
        return app

    yield make
    ServerApp.clear_instance()


def kernel_manager(app):
    """One as the server makes it for every kernel."""
    return app.kernel_manager.kernel_manager_factory(parent=app.kernel_manager)


@needs_sockets
def test_kernels_talk_over_sockets_of_the_file_system(server):
    app = server()
    assert kernel_manager(app).transport == "ipc"
    assert app.kernel_manager.connection_dir == running.sockets()
    assert app.config.LanguageServerManager.autodetect is False


def test_where_there_are_none_they_talk_encrypted(server, monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    manager = kernel_manager(server())
    assert (manager.transport, manager.transport_encryption) == ("tcp", "auto")


def test_what_somebody_configured_stays(server):
    assert kernel_manager(server("--KernelManager.transport=tcp")).transport == "tcp"


@needs_sockets
@pytest.mark.parametrize("temporary", ["/tmp", "a long one, as macOS has it"])
def test_the_folder_of_the_sockets_is_private_short_and_gone_in_the_end(long, temporary):
    code = "from totp_teach.jupyter import running; print(running.sockets(), flush=True); input()"
    place = temporary if temporary == "/tmp" else str(long)
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=-1, stdin=-1, text=True, env=os.environ | {"TMPDIR": place}) as process:
        folder = Path(process.stdout.readline().strip())
        assert folder.parent == Path("/tmp") and folder.stat().st_mode & 0o777 == 0o700
        process.communicate("")
    assert not folder.exists() and not list(long.iterdir())


def taken_port():
    """A port that another program has, and that program."""
    other = socket.socket()
    other.bind(("127.0.0.1", 0))
    other.listen()
    return other


async def answers(manager):
    """Whether a kernel comes to answer at all."""
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=30)
    except RuntimeError:  # Kernel died before replying to kernel_info
        return False
    finally:
        client.stop_channels()
    return True


@needs_sockets
@pytest.mark.parametrize("course", [True, False])
def test_a_server_with_a_long_path_draws_no_port_that_another_has(server, monkeypatch, course):
    """What happened to twenty learners at once: each server drew ports by itself, and two drew the same one."""
    monkeypatch.setattr(LocalPortCache, "find_available_port", lambda cache, ip: other.getsockname()[1])
    app = server(*([] if course else ["--KernelManager.transport=tcp", "--KernelManager.cache_ports=True"]))

    async def start():
        kernel = await app.kernel_manager.start_kernel(kernel_name="python3")
        try:
            return await answers(app.kernel_manager.get_kernel(kernel))
        finally:  # all of it: a context that has sockets left waits for them without end
            await app.kernel_manager.shutdown_kernel(kernel, now=True)
            app.kernel_manager.context.destroy(linger=0)

    with taken_port() as other:
        assert asyncio.run(start()) is course


def test_where_ports_must_be_drawn_a_kernel_that_died_gets_new_ones():
    """As Jupyter's restarter does it, which a cache of ports keeps from drawing again."""

    async def restarted(**settings):
        manager = AsyncKernelManager(**settings)
        await manager.start_kernel()
        before = manager.ports
        await manager.restart_kernel(now=True, newports=True)
        try:
            return not set(before) & set(manager.ports), await answers(manager)
        finally:
            await manager.shutdown_kernel(now=True)

    ours = running.transport(None)
    assert asyncio.run(restarted(**ours)) == (True, True)
    assert asyncio.run(restarted(**{**ours, "cache_ports": True})) == (False, True)


@needs_sockets
def test_a_notebook_that_is_run_draws_no_port_either(monkeypatch, tmp_path):
    monkeypatch.setattr(LocalPortCache, "find_available_port", lambda cache, ip: pytest.fail("a port was drawn"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "long" / ("long" * 20)))
    notebook = new_notebook(cells=[new_code_cell("1 + 1")])
    running.run(notebook, tmp_path)
    assert notebook.cells[0].outputs[0].data[PLAIN] == "2"


@pytest.mark.parametrize(
    ("options", "hub", "kept"),
    [
        ([], False, {"ws_ping_interval": 0}),
        (["--ServerApp.tornado_settings={'headers': {}}"], False, {"ws_ping_interval": 0, "headers": {}}),
        (["--ServerApp.tornado_settings={'ws_ping_interval': 5}"], False, {"ws_ping_interval": 5}),
        (["--ServerApp.ip=0.0.0.0", "--ServerApp.tornado_settings={'headers': {}}"], False, {"headers": {}}),
        (["--ServerApp.tornado_settings={'headers': {}}"], True, {"headers": {}}),
    ],
)
def test_pings_are_left_out_within_one_machine_and_other_settings_stay(server, monkeypatch, options, hub, kept):
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    if hub:
        monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/")
    found = server(*options).tornado_settings
    assert {name: found[name] for name in ("headers", "ws_ping_interval") if name in found} == kept


def test_the_file_menu_exports_as_the_command_line_does(server):
    app = server()
    app.update_config(type(app.config)())  # as a hub's server does after the extensions: it copies what is there
    assert {name: dict(app.config[name]) for name in ("HTMLExporter", "SlidesExporter")} == exports.settings()


def saved(app, content, type="notebook", format="json"):
    """What stands in the file after the server saved that."""
    asyncio.run(app.contents_manager.save({"type": type, "format": format, "content": content}, "saved.ipynb"))
    return Path(app.root_dir, "saved.ipynb").read_text("utf-8")


def test_a_saved_notebook_keeps_the_resting_picture(server):
    bundle = {VIEW: A_VIEW, HTML: "<b>287 082</b>", PLAIN: "287082"}
    notebook = new_notebook(
        cells=[new_code_cell("1", id="one", outputs=[new_output("display_data", bundle)])],
        metadata={
            "kernelspec": running.KERNEL,
            "language_info": {"name": "python", "version": "3.11.7"},
            "widgets": {},
        },
    )
    stored = nbformat.reads(saved(server(), notebook), as_version=4)
    assert stored.cells[0].outputs[0].data == {HTML: "<b>287 082</b>", PLAIN: "287082"}
    assert stored.metadata == {"kernelspec": running.KERNEL, "language_info": {"name": "python"}}


def test_other_files_are_saved_as_they_are(server):
    assert saved(server(), VIEW, type="file", format="text") == VIEW


# ---- pages and slides ------------------------------------------------------------------------------------------------


def exported(name, cells, **metadata):
    """What nbconvert makes of some cells with the course's settings, and nothing else's."""
    notebook = new_notebook(cells=cells, metadata=metadata)
    exporter = get_exporter(name)(config=Config(exports.settings()), extra_template_basedirs=[str(TEMPLATES)])
    return exporter.from_notebook_node(notebook)[0]


def slide_types(*sources, **first):
    """The kind of slide that every cell gets: code where it says "do", prose elsewhere. first: of the first cell."""
    cells = [new_code_cell(source) if source == "do" else new_markdown_cell(source) for source in sources]
    cells[0].metadata.update(first)
    exports.for_slides(new_notebook(cells=cells), {"output_extension": ".slides.html"})
    return [cell.metadata.slideshow["slide_type"] for cell in cells]


@pytest.mark.parametrize("name", ["html", "slides"])
def test_an_export_loads_nothing(name):
    view = new_output("display_data", {VIEW: A_VIEW, HTML: "<b>287 082</b>", PLAIN: "287082"})
    cells = [new_markdown_cell("# One"), new_code_cell("1", outputs=[view])]
    page = exported(name, cells, widgets={"application/vnd.jupyter.widget-state+json": {"state": {}}})
    assert "<b>287 082</b>" in page and VIEW not in page
    markup = re.sub(r"(<script[^>]*>).*?</script>", r"\1", page, flags=re.DOTALL)
    assert set(re.findall(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="([^"]*)', markup)) == {"data:,"}
    assert ("Reveal.initialize" in page) == (name == "slides")


@pytest.mark.parametrize("name", ["html", "slides"])
def test_the_answer_to_a_prediction_is_folded_away(name):
    outputs = [new_output("execute_result", {PLAIN: "2"}, execution_count=1)]
    cells = [new_code_cell("1 + 1", outputs=outputs), new_code_cell("2 * 1", outputs=outputs)]
    cells[0].metadata["tags"] = [running.HIDDEN]
    (folded,) = re.findall(r"<details.*?</details>", exported(name, cells), re.DOTALL)
    assert "<summary>Show the answer</summary>" in folded and "<pre>2</pre>" in folded


def test_links_between_notebooks_become_links_between_pages():
    text = "[a](01_a.ipynb) [b](../02_b.ipynb#The-end) [c](https://example.org/c.ipynb) [d](#here) `e.ipynb`"
    assert re.findall(r'href="([^"]+)">\w<', exported("html", [new_markdown_cell(text)])) == [
        *["01_a.html", "../02_b.html#The-end", "https://example.org/c.ipynb", "#here"]
    ]
    assert 'href="01_a.slides.html"' in exported("slides", [new_markdown_cell(text)])


def test_a_heading_begins_a_slide_and_the_next_computed_step_one_below_it():
    cells = ["# Title", "do", "## Idea", "do", "Say.", "do", "do", "So.", "### And", "## Idea", "Say.", "do"]
    kinds = ["slide", "-", "slide", "-", "subslide", "-", "-", "-", "-", "slide", "-", "-"]
    assert slide_types(*cells) == kinds


def test_what_a_cell_says_of_its_slide_itself_stays():
    assert slide_types("# One", "## Two", slideshow={"slide_type": "notes"}) == ["notes", "slide"]


def test_without_reveal_js_slides_say_how_to_get_it(monkeypatch):
    monkeypatch.setattr(exports, "find_spec", lambda name: None)
    with pytest.raises(OtpError, match="python3 lab.py site"):
        slide_types("# One")


# ---- what a notebook keeps -------------------------------------------------------------------------------------------


def settled(data):
    notebook = {"nbformat": 4, "metadata": {}, "cells": [{"outputs": [{"data": dict(data)}]}]}
    extension._before_save({"type": "notebook", "content": notebook}, path="a.ipynb", contents_manager=None)
    return notebook["cells"][0]["outputs"][0]["data"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({VIEW: A_VIEW, HTML: "<b>1</b>", PLAIN: "1"}, {HTML: "<b>1</b>", PLAIN: "1"}),
        ({VIEW: A_VIEW, PLAIN: "IntSlider(value=0)"}, {PLAIN: "IntSlider(value=0)"}),
        ({VIEW: A_VIEW}, {VIEW: A_VIEW}),  # nothing else would be left
        ({HTML: "<b>1</b>", PLAIN: "1"}, {HTML: "<b>1</b>", PLAIN: "1"}),
    ],
)
def test_a_view_goes_where_something_else_stays(before, after):
    assert settled(before) == after


@pytest.mark.parametrize(
    "content",
    [
        None,
        "text",
        [],
        {},
        {"nbformat": 3, "cells": [{"outputs": [{"data": {VIEW: {}, PLAIN: "1"}}]}], "metadata": {"widgets": {}}},
        {"nbformat": 4},
        {"nbformat": 4, "cells": [], "metadata": {"anything": 1}},
        {"nbformat": 4, "cells": [{"cell_type": "raw"}, {"outputs": [{"output_type": "stream", "text": "1"}, {}]}]},
    ],
)
def test_whatever_is_saved_passes(content):
    before = json.dumps(content)
    extension._before_save({"type": "notebook", "content": content})
    assert json.dumps(content) == before
