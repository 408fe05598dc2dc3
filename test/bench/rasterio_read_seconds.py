"""Reads windows of the first band as read-seconds.ts does, and prints CPU seconds and the sum. Usage: ... TASK.json"""
import json
import sys
import time

import rasterio
from rasterio.windows import Window

with open(sys.argv[1]) as file:
    task = json.load(file)
with rasterio.Env(GDAL_NUM_THREADS="1"):
    started = time.process_time()
    with rasterio.open(task["file"]) as source:
        for box in task["warm"]:
            source.read(1, window=Window(*box))
        if task["warm"]:
            started = time.process_time()
        results = [source.read(1, window=Window(*box)) for box in task["windows"]]
        seconds = time.process_time() - started
print(json.dumps({"cpu_s": seconds, "sum": sum(int(pixels.sum(dtype="int64")) for pixels in results)}))
