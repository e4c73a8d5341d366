"""What IPython in a page does first. (It runs in the reader's own namespace, and leaves nothing there.)"""

import sys

# jedi would be 5,600 files to unpack at each start. IPython completes without it, from the values themselves.
get_ipython().Completer.use_jedi = False  # noqa: F821

# A module of the reader's own can be imported, but it is looked for last: the folder is the page's, and each look into it
# asks the page, which is busy drawing the chapter.
sys.path.remove("")
sys.path.append("")
del sys
