"""CPython as a component, with the programs of the folders beside: the first argument says which, the others are its own.

The programs are plain scripts: `python3 programs/asyncio-server.py` runs the same. They are compiled while the component is
built, because it has no files later; so are the modules that they import.
"""

import asyncio  # noqa: F401
import queue  # noqa: F401
import select  # noqa: F401
import selectors  # noqa: F401
import socket  # noqa: F401
import sys
import traceback
from pathlib import Path

from componentize_py_types import Err
from wit_world import exports

# What has a dash in its name is a program: no module can have one.
PROGRAMS = {
    file.stem: compile(file.read_text(encoding="utf-8"), file.name, "exec")
    for folder in sys.path
    for file in Path(folder).glob("*-*.py")
}


class Run(exports.Run):
    def run(self) -> None:
        sys.argv = sys.argv[1:]
        try:
            exec(PROGRAMS[sys.argv[0]], {"__name__": "__main__"})
        except SystemExit as end:
            if end.code:
                raise Err(None)
        except BaseException:
            traceback.print_exc()
            raise Err(None)
        finally:
            sys.stdout.flush()
