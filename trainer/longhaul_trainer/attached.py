"""`python -m longhaul_trainer.attached PARENT MODULE ARGUMENTS…`: runs a module that ends when the process PARENT does."""

from __future__ import annotations

import os
import runpy
import sys
import threading
import time

from .lifeline import die_with


def main() -> None:
    parent, module = int(sys.argv[1]), sys.argv[2]
    die_with(parent)
    if sys.platform != "linux":
        threading.Thread(target=watch, args=(parent,), daemon=True).start()
    sys.argv[1:] = sys.argv[3:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def watch(parent: int) -> None:
    """What the kernel does on Linux, within a second."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(75)


if __name__ == "__main__":
    main()
