"""Opens a file for writing by its handle, without its path."""
import ctypes
import os
import sys

top, name = sys.argv[1], sys.argv[2]
libc = ctypes.CDLL(None, use_errno=True)


class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("kind", ctypes.c_int), ("data", ctypes.c_ubyte * 128)]


handle, mount = Handle(128), ctypes.c_int()
at = os.open(top, os.O_RDONLY)
if libc.name_to_handle_at(at, name.encode(), ctypes.byref(handle), ctypes.byref(mount), 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
file = libc.open_by_handle_at(at, ctypes.byref(handle), os.O_WRONLY | os.O_TRUNC)
if file < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.write(file, b"out\n")
