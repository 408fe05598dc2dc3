"""Reads windows of the first band several times as read-seconds.ts does, and prints CPU seconds and sums. Usage: ... TASK.json"""
import json
import sys
import time

import rasterio
from rasterio.windows import Window

with open(sys.argv[1]) as file:
    task = json.load(file)


def read():
    started = time.process_time()
    # Closed after each pass, which empties GDAL's cache of blocks.
    with rasterio.open(task["file"]) as source:
        for box in task["warm"]:
            source.read(1, window=Window(*box))
        if task["warm"]:
            started = time.process_time()
        results = [source.read(1, window=Window(*box)) for box in task["windows"]]
        seconds = time.process_time() - started
    return seconds, sum(int(pixels.sum(dtype="int64")) for pixels in results)


with rasterio.Env(GDAL_NUM_THREADS="1"):
    passes = [read() for _ in range(task["passes"])]
print(json.dumps({"cpu_s": [seconds for seconds, _ in passes], "sums": [total for _, total in passes]}))
