"""Overwrites the stack of a process by process_vm_writev."""
import ctypes
import os
import sys
import time

pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


with open(f"/proc/{pid}/maps") as maps:
    stack = next(line for line in maps if "[stack]" in line)
start, end = (int(n, 16) for n in stack.split()[0].split("-"))
junk = ctypes.create_string_buffer(b"\xff" * (end - start), end - start)
local = Iovec(ctypes.cast(junk, ctypes.c_void_p), end - start)
remote = Iovec(start, end - start)
done = libc.process_vm_writev(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
if done < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
time.sleep(0.3)
