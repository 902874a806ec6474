"""Runs a command and prints seconds, the most memory it held in MiB, and what it printed, as JSON."""
import json
import resource
import subprocess
import sys
import time

start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
seconds = time.perf_counter() - start
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "memory": memory, "status": done.returncode, "out": done.stdout, "err": done.stderr[-500:]}))
