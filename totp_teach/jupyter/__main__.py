import sys
from pathlib import Path

from . import __doc__, running, settings


def main(arguments: list[str]) -> int:
    if not arguments:
        settings.write()
        return 0
    if arguments[0] != "refresh":
        print(__doc__)
        return 2
    paths = arguments[1:] or sorted(
        str(path) for pattern in running.CHAPTERS for path in Path("notebooks").glob(pattern)
    )
    if not paths:
        print("There are no notebooks here: run this where the folder notebooks/ is, or name them.")
        return 2
    return 1 if running.refresh(paths) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
