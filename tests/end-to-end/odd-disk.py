"""
A disk that is not like ours: shows the folder BACKING at MOUNTPOINT through FUSE, with the oddities and faults
that the JSON file KNOBS asks for. Runs until it is unmounted. Prints "mounted" when it serves.

    python3 odd-disk.py KNOBS BACKING MOUNTPOINT

KNOBS is read again when it changes. What it does not name is as on a usual disk.

  foldsCase, foldsForm   names are one in any case, in any Unicode form; the stored spelling is kept
  windowsNames           what Windows cannot have as a name is refused
  longest                bytes of the longest name
  hasLinks               false: no symbolic links
  keepsLinkTimes         false: setting the time of a symbolic link does nothing
  hasHardLinks           false: none of those
  modes                  "ignored": every mode reads as 0755; "refused": setting one fails, too
  mtimeStepNs            modification times are kept in multiples of this
  inodes                 "kept": those of BACKING; "new": made up, other ones after each mount
  renamesOver            false: a rename fails when something stands at the new name

Faults, for paths that contain "at" (default: all):
  readFailsFrom          reading at or behind this offset: an error of the disk
  writeFailsFrom         writing at or behind this offset, too
  roomBytes              what may be written from now on
  flushFails             flushing
  closeFails             closing
  slowMs                 how long each call takes to begin
"""

import ctypes
import errno
import json
import os
import signal
import sys
import time
import unicodedata

sys.path.append("/usr/lib/python3/dist-packages")
from fusepy import FUSE, FuseOSError, Operations  # noqa: E402

PR_SET_PDEATHSIG = 1
WINDOWS_REFUSED = set('<>:"|?*\\') | {chr(code) for code in range(1, 32)}
WINDOWS_DEVICES = {"con", "prn", "aux", "nul"} | {kind + digit for kind in ("com", "lpt") for digit in "123456789"}


class Knobs:
    """The knobs as the file has them now."""

    def __init__(self, path):
        self._path = path
        self._stamp = None
        self._values = {}
        self.written = 0

    def get(self, name, default=None):
        stat = os.stat(self._path)
        stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            with open(self._path, encoding="utf-8") as file:
                self._values = json.load(file)
            self._stamp = stamp
            self.written = 0
        return self._values.get(name, default)


class OddDisk(Operations):
    use_ns = True

    def __init__(self, knobs, backing):
        self._knobs = knobs
        self._backing = backing

    def __call__(self, operation, path, *args):
        if operation not in ("init", "destroy") and self._is_faulty(path):
            time.sleep(self._knobs.get("slowMs", 0) / 1000)
        return super().__call__(operation, path, *args)

    def init(self, _path):
        print("mounted", flush=True)

    # --- names ---------------------------------------------------------------------------------------

    def _folded(self, name):
        if self._knobs.get("foldsForm"):
            name = unicodedata.normalize("NFD", name)
        return name.casefold() if self._knobs.get("foldsCase") else name

    def _stored(self, folder, name):
        """The spelling under which a name stands in a folder; itself when it does not."""
        if not (self._knobs.get("foldsCase") or self._knobs.get("foldsForm")):
            return name
        wanted = self._folded(name)
        try:
            found = [one for one in os.listdir(folder) if self._folded(one) == wanted]
        except OSError:
            return name
        return found[0] if found else name

    def _real(self, path):
        """Where a path lies in the folder behind, in the stored spelling."""
        real = self._backing
        for name in path.split("/"):
            if name:
                real = os.path.join(real, self._stored(real, name))
        return real

    def _new(self, path):
        """Where a path that is made now lies: in its own spelling. Refuses what this disk cannot have."""
        folder, name = os.path.split(path)
        if len(os.fsencode(name)) > self._knobs.get("longest", 255):
            raise FuseOSError(errno.ENAMETOOLONG)
        if self._knobs.get("windowsNames") and is_refused_by_windows(name):
            raise FuseOSError(errno.EINVAL)
        return os.path.join(self._real(folder), name)

    # --- faults --------------------------------------------------------------------------------------

    def _is_faulty(self, path):
        return self._knobs.get("at", "") in (path or "")

    def _fail_from(self, knob, path, end):
        limit = self._knobs.get(knob)
        if limit is not None and end > limit and self._is_faulty(path):
            raise FuseOSError(errno.EIO)

    def _take_room(self, path, size):
        room = self._knobs.get("roomBytes")
        if room is None or not self._is_faulty(path):
            return
        if self._knobs.written + size > room:
            raise FuseOSError(errno.ENOSPC)
        self._knobs.written += size

    # --- looking -------------------------------------------------------------------------------------

    def getattr(self, path, fh=None):
        stat = os.fstat(fh) if fh is not None else os.lstat(self._real(path))
        keys = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_ino", "st_blocks")
        shown = {key: getattr(stat, key) for key in keys}
        shown["st_atime"] = stat.st_atime_ns
        shown["st_ctime"] = stat.st_ctime_ns
        shown["st_mtime"] = self._kept_time(stat.st_mtime_ns)
        if self._knobs.get("modes") in ("ignored", "refused"):
            shown["st_mode"] = stat.st_mode & ~0o777 | 0o755
        return shown

    def _kept_time(self, time_ns):
        step = self._knobs.get("mtimeStepNs", 1)
        return time_ns // step * step

    def readdir(self, path, _fh):
        return [".", "..", *os.listdir(self._real(path))]

    def readlink(self, path):
        return os.readlink(self._real(path))

    def statfs(self, path):
        stat = os.statvfs(self._real(path))
        keys = ("f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail")
        return {"f_namemax": self._knobs.get("longest", 255), **{key: getattr(stat, key) for key in keys}}

    # --- files ---------------------------------------------------------------------------------------

    def open(self, path, flags):
        return os.open(self._real(path), flags & ~os.O_NOFOLLOW)

    def create(self, path, mode, fi=None):
        return os.open(self._new(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, path, size, offset, fh):
        self._fail_from("readFailsFrom", path, offset + size)
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        self._fail_from("writeFailsFrom", path, offset + len(data))
        self._take_room(path, len(data))
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self._real(path) if fh is None else fh, length)

    def flush(self, path, fh):
        if self._knobs.get("closeFails") and self._is_faulty(path):
            raise FuseOSError(errno.EIO)

    def fsync(self, path, datasync, fh):
        if self._knobs.get("flushFails") and self._is_faulty(path):
            raise FuseOSError(errno.EIO)
        os.fsync(fh)

    def fsyncdir(self, path, datasync, fh):
        return 0

    def release(self, path, fh):
        os.close(fh)

    # --- the tree ------------------------------------------------------------------------------------

    def mkdir(self, path, mode):
        os.mkdir(self._new(path), mode)

    def rmdir(self, path):
        os.rmdir(self._real(path))

    def unlink(self, path):
        os.unlink(self._real(path))

    def symlink(self, path, target):
        if self._knobs.get("hasLinks") is False:
            raise FuseOSError(errno.EPERM)
        os.symlink(target, self._new(path))

    def link(self, path, existing):
        if self._knobs.get("hasHardLinks") is False:
            raise FuseOSError(errno.EPERM)
        os.link(self._real(existing), self._new(path), follow_symlinks=False)

    def rename(self, old, new):
        source, standing, destination = self._real(old), self._real(new), self._new(new)
        is_other = os.path.lexists(standing) and standing != source
        if is_other and self._knobs.get("renamesOver") is False:
            raise FuseOSError(errno.EEXIST)
        # What is replaced keeps its spelling, as on the disks that fold names.
        os.rename(source, standing if is_other else destination)

    # --- what is kept of a file ----------------------------------------------------------------------

    def chmod(self, path, mode):
        modes = self._knobs.get("modes")
        if modes == "refused":
            raise FuseOSError(errno.EPERM)
        if modes != "ignored":
            os.chmod(self._real(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self._real(path), uid, gid, follow_symlinks=False)

    def utimens(self, path, times=None):
        now = time.time_ns()
        accessed, modified = times or (now, now)
        if self._knobs.get("keepsLinkTimes") is False and os.path.islink(self._real(path)):
            return
        os.utime(self._real(path), ns=(accessed, self._kept_time(modified)), follow_symlinks=False)


def is_refused_by_windows(name):
    is_device = name.split(".")[0].rstrip(" ").casefold() in WINDOWS_DEVICES
    return is_device or name[-1:] in (".", " ") or not WINDOWS_REFUSED.isdisjoint(name)


def main():
    # Whoever started it is gone: nobody would unmount it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    knobs_path, backing, mountpoint = sys.argv[1:]
    knobs = Knobs(knobs_path)
    # Nothing is remembered by the kernel, so that changes behind the mount are seen at once.
    FUSE(
        OddDisk(knobs, backing),
        mountpoint,
        foreground=True,
        nothreads=True,
        use_ino=knobs.get("inodes") == "kept",
        attr_timeout=0,
        entry_timeout=0,
        subtype="odd",
    )


main()
