"""Prints the CPU seconds that rasterstats takes for the statistics of all polygons on all files. Usage: ... TASK.json"""
import json
import sys
import time

from rasterstats import zonal_stats

with open(sys.argv[1]) as file:
    task = json.load(file)
stats = ["count", "sum", "min", "max", "mean", "std", "percentile_25", "median", "percentile_75"]
started = time.process_time()
for path in task["files"]:
    zonal_stats(task["geometries"], path, stats=stats)
print(time.process_time() - started)
