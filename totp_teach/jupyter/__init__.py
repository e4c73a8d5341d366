"""Jupyter and the course.

    settings    what JupyterLab, its server, nbconvert and Voilà are told in an environment
    server      the server's extension: how it talks to kernels, what it keeps of a saved notebook
    exports     what leaves its kernel: a stored notebook, a page, slides
    running     notebooks run again, from a clean kernel

python -m totp_teach.jupyter                     writes the settings into this environment
python -m totp_teach.jupyter refresh [paths]     runs every notebook, or those named, and stores the outputs
"""

from .. import require

require("jupyter")
