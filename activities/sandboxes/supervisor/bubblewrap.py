"""The arguments of bubblewrap: what of the host a sandbox sees, which is no more than programs need to run."""

import os
import sys

import identity
from clock import FUNCTION_FILE

HERE = os.path.dirname(os.path.abspath(__file__))
INSIDE = "/run/longhaul"
FROM_ETC = ("ld.so.cache", "alternatives", "fonts")


def arguments(spec: dict, folder: str, root: bool) -> list[str]:
    """Everything but the descriptors and the command. `folder` is the sandbox's on the host."""
    limits = spec["limits"]
    temporary = str(min(limits["workspaceBytes"], limits["memoryBytes"]))
    shared = str(limits["memoryBytes"] // 2)
    return [
        *("--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--as-pid-1"),
        *("--hostname", "sandbox", "--cap-drop", "ALL"),
        *(("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID") if root else own_user()),
        *system_folders(),
        *etc(),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--size", shared, "--tmpfs", "/dev/shm"),
        *devices(spec),
        *("--remount-ro", "/dev"),
        *("--perms", "1777", "--size", temporary, "--tmpfs", "/tmp"),
        *("--bind", f"{folder}/workspace", "/workspace"),
        *mounts(spec),
        *clock(spec, folder),
        *("--remount-ro", "/", "--chdir", "/workspace", "--clearenv"),
        *(part for name, value in environment(spec).items() for part in ("--setenv", name, value)),
    ]


def own_user() -> list[str]:
    return ["--uid", str(identity.INSIDE), "--gid", str(identity.INSIDE)]


def environment(spec: dict) -> dict[str, str]:
    path = spec["environment"].get("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin")
    return {
        "HOME": "/workspace",
        "PWD": "/workspace",
        "CUDA_VISIBLE_DEVICES": ",".join(spec["devices"]["ids"]) if spec.get("devices") else "",
        **spec["environment"],
        "PATH": f"{INSIDE}/bin:{path}" if spec["clock"] == "virtual" else path,
        **({"LONGHAUL_SLEEP": f"{INSIDE}/{FUNCTION_FILE}"} if spec["clock"] == "virtual" else {}),
    }


def system_folders() -> list[str]:
    found = ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(name):
            found += ["--symlink", os.readlink(name), name]
        elif os.path.isdir(name):
            found += ["--ro-bind", name, name]
    prefix = os.path.realpath(sys.base_prefix)
    return found if prefix == "/usr" or prefix.startswith("/usr/") else [*found, "--ro-bind", prefix, prefix]


def etc() -> list[str]:
    ours = ["--dir", "/etc"]
    ours += [
        part
        for name in sorted(os.listdir(f"{HERE}/etc"))
        for part in ("--ro-bind", f"{HERE}/etc/{name}", f"/etc/{name}")
    ]
    return [*ours, *(part for name in FROM_ETC for part in ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}"))]


def mounts(spec: dict) -> list[str]:
    found = []
    for mount in spec["mounts"]:
        above = mount["target"].split("/")[1:-1]
        if above[:1] != ["workspace"]:  # made here, since bubblewrap makes them for its own user alone
            found += [part for n in range(len(above)) for part in ("--dir", "/" + "/".join(above[: n + 1]))]
        found += ["--ro-bind", mount["source"], mount["target"]]
    return found


def devices(spec: dict) -> list[str]:
    given = spec.get("devices")
    if not given or not given["paths"]:
        return []
    # Drivers look up how the devices are connected there.
    return [
        *("--ro-bind-try", "/sys", "/sys"),
        *(part for path in given["paths"] for part in ("--dev-bind", path, path)),
    ]


def clock(spec: dict, folder: str) -> list[str]:
    if spec["clock"] != "virtual":
        return []
    real = "/usr/bin/sleep"
    # Also where it is called by its full path; not where that is a link to a program that is many (busybox, uutils).
    over = ["--ro-bind", f"{folder}/clock/bin/sleep", real] if os.path.isfile(real) and not os.path.islink(real) else []
    return ["--dir", "/run", "--ro-bind", f"{folder}/clock", INSIDE, *over]
