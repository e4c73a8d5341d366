"""Jupyter and the course.

    settings    what JupyterLab, its server, nbconvert and Voilà are told in an environment
    server      the server's extension: how it talks to kernels, what it keeps of a saved notebook
    exports     what leaves its kernel: a stored notebook, a page, slides
    running     notebooks run again, from a clean kernel

python -m totp_teach.jupyter                     writes the settings into this environment
python -m totp_teach.jupyter refresh [paths]     runs every notebook, or those named, and stores the outputs
"""

from .server import (
    _jupyter_server_extension_points as _jupyter_server_extension_points,  # Jupyter looks for these three here
)
from .server import (
    _link_jupyter_server_extension as _link_jupyter_server_extension,
)
from .server import (
    _load_jupyter_server_extension as _load_jupyter_server_extension,
)
