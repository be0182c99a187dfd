"""Walks in a workspace without ever following a link of the agent's: folders are opened by descriptor, not by path."""

import os
import stat

DEEPEST = 200
ROOT = os.geteuid() == 0


def open_folder(parent: int, name: str, mode: int) -> int:
    """Opens a folder that is no link. One whose owner has locked himself out is opened up first (root needs no such thing)."""
    if not ROOT and mode & 0o700 != 0o700:
        handle = os.open(name, getattr(os, "O_PATH", os.O_RDONLY) | os.O_NOFOLLOW | os.O_DIRECTORY, dir_fd=parent)
        os.chmod(f"/proc/self/fd/{handle}", mode | 0o700)
        os.close(handle)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)


def measure(path: str, enough: int) -> int:
    """What the folder holds in bytes, as its tar would: 512 an entry, contents rounded up to 512, a hard link once.

    A sparse file counts as if it were full, and folders nested too deep to walk count as more than enough. Stops counting
    above `enough`.
    """
    root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        return measure_below(root, enough, (set(), 0))
    finally:
        os.close(root)


def measure_below(folder: int, enough: int, seen_and_depth: tuple[set[int], int]) -> int:
    seen, depth = seen_and_depth
    if depth > DEEPEST:
        return enough + 1
    total = 0
    for name in os.listdir(folder):
        total += 512
        try:
            info = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISDIR(info.st_mode):
                child = open_folder(folder, name, info.st_mode)
                try:
                    total += measure_below(child, enough - total, (seen, depth + 1))
                finally:
                    os.close(child)
            elif stat.S_ISREG(info.st_mode) and info.st_ino not in seen:
                total += -(-info.st_size // 512) * 512
                if info.st_nlink > 1:
                    seen.add(info.st_ino)
        except OSError:
            continue  # it has gone or become a link since it was listed: the next walk sees what it is
        if total > enough:
            return total
    return total


def remove(path: str) -> None:
    """Removes a folder and all below it, however deep and whatever its modes; only what lives in it is touched."""
    root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        while names := os.listdir(root):
            for name in names:
                remove_entry((root, root), name, 0)
    finally:
        os.close(root)
    os.rmdir(path)


def remove_entry(root_and_folder: tuple[int, int], name: str, depth: int) -> None:
    root, folder = root_and_folder
    info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISDIR(info.st_mode):
        os.unlink(name, dir_fd=folder)
        return
    child = open_folder(folder, name, info.st_mode)
    try:
        if depth > DEEPEST:  # lifted to the top, where a later round finds it
            os.rename(name, f".deep-{os.urandom(8).hex()}", src_dir_fd=folder, dst_dir_fd=root)
            return
        for entry in os.listdir(child):
            remove_entry((root, child), entry, depth + 1)
    finally:
        os.close(child)
    os.rmdir(name, dir_fd=folder)


def prepare_mount_point(workspace: str, relative: str, is_folder: bool) -> None:
    """Makes the place of a mount below the workspace. What the agent left there, above all a link, gives way.

    Called while no process of the sandbox lives, so nothing can change under it.
    """
    folder = os.open(workspace, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    *above, last = [part for part in relative.split("/") if part]
    for part in above:
        inner = place(folder, part, True)
        os.close(folder)
        folder = inner
    os.close(place(folder, last, is_folder))
    os.close(folder)


def place(folder: int, name: str, is_folder: bool) -> int:
    wanted = stat.S_ISDIR if is_folder else stat.S_ISREG
    try:
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not wanted(info.st_mode):
            remove_entry((folder, folder), name, 0)
            raise FileNotFoundError
    except FileNotFoundError:
        if is_folder:
            os.mkdir(name, 0o755, dir_fd=folder)
        else:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder))
        owner = os.fstat(folder)
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=folder, follow_symlinks=False)
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if is_folder:
        return open_folder(folder, name, info.st_mode)
    return os.open(name, getattr(os, "O_PATH", os.O_RDONLY) | os.O_NOFOLLOW, dir_fd=folder)
