"""Overwrites the program code of a process through /proc/<pid>/mem."""
import sys
import time

pid = sys.argv[1]
with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "r+b", 0) as mem:
    for line in maps:
        span, mode, *_ = line.split()
        if "x" in mode and "[" not in line:
            start, end = (int(n, 16) for n in span.split("-"))
            mem.seek(start)
            mem.write(b"\xcc" * (end - start))
time.sleep(0.3)
