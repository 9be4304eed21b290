"""Attaches to a process and kills it as its tracer."""
import ctypes
import os
import sys

ATTACH, KILL = 16, 8
pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(ATTACH, pid, 0, 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.waitpid(pid, 0x40000000)
libc.ptrace(KILL, pid, 0, 0)
