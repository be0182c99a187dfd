"""A plain process in place of a sandbox: what bubblewrap would have mounted is pointed at instead."""

import os
import re

import bubblewrap


def environment(spec: dict, folder: str) -> dict[str, str]:
    env = {**bubblewrap.environment(spec), "HOME": f"{folder}/workspace", "PWD": f"{folder}/workspace"}
    if spec["clock"] == "virtual":
        for name in ("PATH", "LONGHAUL_SLEEP"):
            env[name] = env[name].replace(bubblewrap.INSIDE, f"{folder}/clock", 1)
    return env


def make_mounts(spec: dict, folder: str) -> None:
    """Mounts below the workspace become links in it; `translate` finds the others."""
    for mount in spec["mounts"]:
        if mount["target"].startswith("/workspace/"):
            place = f"{folder}{mount['target']}"
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if not os.path.lexists(place):
                os.symlink(mount["source"], place)


def translate(command: str, spec: dict, folder: str) -> str:
    """The command with the host's paths for those that only a sandbox would have."""
    places = {mount["target"]: mount["source"] for mount in spec["mounts"]}
    places = {**places, "/workspace": f"{folder}/workspace"}
    for target in sorted(places, key=len, reverse=True):
        pattern = r"(?<![\w./-])" + re.escape(target) + r"(?![\w-])"
        command = re.sub(pattern, lambda _match, to=places[target]: to, command)
    return command
