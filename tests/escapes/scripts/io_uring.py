"""Makes a file by an io_uring: the kernel opens it, not a call of this process."""
import ctypes
import mmap
import os
import struct
import sys

SETUP, ENTER, OPENAT = 425, 426, 18
path = sys.argv[1].encode()
libc = ctypes.CDLL(None, use_errno=True)
params = ctypes.create_string_buffer(120)
ring = libc.syscall(SETUP, 4, params)
if ring < 0:
    sys.exit("io_uring_setup: " + os.strerror(ctypes.get_errno()))
sq_entries = struct.unpack_from("I", params, 0)[0]
sq_tail, sq_mask, sq_array = (struct.unpack_from("I", params, 40 + o)[0] for o in (4, 8, 24))
cq_tail, cq_cqes = (struct.unpack_from("I", params, 80 + o)[0] for o in (4, 20))
sq = mmap.mmap(ring, sq_array + 4 * sq_entries, offset=0)
cq = mmap.mmap(ring, cq_cqes + 16 * 8, offset=0x8000000)
sqes = mmap.mmap(ring, 64 * sq_entries, offset=0x10000000)
name = ctypes.create_string_buffer(path)
flags = os.O_WRONLY | os.O_CREAT
entry = struct.pack("=BBHiQQIIQ", OPENAT, 0, 0, -100, 0, ctypes.addressof(name), 0o644, flags, 1)
sqes[: len(entry)] = entry
sq[sq_array : sq_array + 4] = struct.pack("I", 0)
sq[sq_tail : sq_tail + 4] = struct.pack("I", 1)
if libc.syscall(ENTER, ring, 1, 1, 1, None, 0) < 0:
    sys.exit("io_uring_enter: " + os.strerror(ctypes.get_errno()))
result = struct.unpack_from("=Qi", cq, cq_cqes)[1]
if result < 0:
    sys.exit("open: " + os.strerror(-result))
