"""Calls of the JRC's library against a server, and a look into the files that arrive. Prints a line `check {json}` for each."""

import glob
import json
import os
import sys
import traceback

order = json.load(open(sys.argv[1]))
os.chdir(order["folder"])

import pandas as pd
import rasterio
from PIL import Image

import cbm
from cbm.utils import config

AOI, YEAR, PID = order["aoi"], order["year"], order["pid"]
config.create()
for key, value in {"url": order["url"], "user": order["user"], "pass": order["password"]}.items():
    config.set_value(["api", key], value)
config.set_value(["set", "data_source"], "api")
config.set_value(["paths", "temp"], "temp")
folder = os.path.join("temp", AOI, str(YEAR), PID)


def check(name, work):
    try:
        work()
        print("check " + json.dumps({"name": name, "status": "passed"}), flush=True)
    except BaseException:
        report = traceback.format_exc()[-1500:]
        print("check " + json.dumps({"name": name, "status": "failed", "message": report}), flush=True)


def lists_of_one_length(answer, keys):
    assert set(keys) <= set(answer), sorted(answer)
    assert len({len(column) for column in answer.values()}) == 1, {k: len(v) for k, v in answer.items()}


facts = ["pid", "cropname", "cropcode", "srid", "geom", "area", "clon", "clat"]


def by_pid():
    parcel = cbm.get.parcel_info.by_pid(AOI, YEAR, PID, None, True, False)
    lists_of_one_length(parcel, facts)
    assert parcel["pid"] == [PID] and parcel["srid"] == [order["srid"]], parcel
    assert json.loads(parcel["geom"][0])["type"] in ("Polygon", "MultiPolygon")
    assert abs(parcel["area"][0] - order["area"]) < 2, parcel["area"]
    assert json.load(open(os.path.join(folder, "info.json"))) == parcel


def by_pid_unknown():
    assert cbm.get.parcel_info.by_pid(AOI, YEAR, "no such parcel") is None


def by_location():
    parcel = cbm.get.parcel_info.by_location(AOI, YEAR, order["lon"], order["lat"], None, True, True)
    lists_of_one_length(parcel, facts)
    assert parcel["pid"] == [PID] and parcel["srid"] == [4326], parcel


def by_polygon(only_ids):
    polygon = "-".join(f"{lon}_{lat}" for lon, lat in order["around"])
    answer = json.loads(cbm.get.parcel_info.by_polygon(AOI, YEAR, polygon, None, False, False, only_ids))
    assert PID in answer["pid"], answer
    assert len(answer["pid"]) >= 2


def series(kind, bands):
    answer = cbm.get.time_series.by_pid(AOI, YEAR, PID, kind)
    lists_of_one_length(
        answer, ["date_part", "band", "count", "mean", "std", "min", "p25", "p50", "p75", "max"]
    )
    assert set(bands) <= set(answer["band"]), set(answer["band"])
    frame = pd.read_csv(os.path.join(folder, f"time_series_{kind}.csv"), index_col=0)
    assert len(frame) == len(answer["band"]) > 0
    assert frame["date_part"].is_monotonic_increasing


def scene_classes():
    answer = cbm.get.time_series.by_pid(AOI, YEAR, PID, "scl")
    lists_of_one_length(answer, ["obsid", "hist"])
    assert len(answer["hist"]) > 0 and all(isinstance(one, dict) for one in answer["hist"])


def weather():
    answer = cbm.get.time_series.weather(AOI, YEAR, PID)
    lists_of_one_length(answer, ["meteo_date", "tmin", "tmax", "tmean", "prec"])
    frame = pd.read_csv(os.path.join(folder, "time_series_weather.csv"), index_col=0)
    assert frame["meteo_date"].tolist() == order["days"], frame


def peers():
    answer = cbm.get.parcels_list.peers(AOI, YEAR, PID, 3000.0, 5)
    lists_of_one_length(answer, ["pids", "distance"])
    assert 0 < len(answer["pids"]) <= 5 and PID not in answer["pids"]
    assert answer["distance"] == sorted(answer["distance"])
    assert json.load(open(os.path.join(folder, "parcel_peers.json"))) == answer


def chips(band):
    first, last = order["period"]
    cbm.get.chip_images.by_location(order["lon"], order["lat"], first, last, band, 640)
    place = os.path.join("temp", f"{order['lon']}_{order['lat']}".replace(".", "_"), "chip_images")
    files = glob.glob(os.path.join(place, f"*{band}*.tif"))
    listed = pd.read_csv(os.path.join(place, f"images_list.{band}.csv"), index_col=0)
    assert len(files) == len(listed) > 0, (len(files), len(listed))
    for file in files:
        with rasterio.open(file) as image:
            assert image.crs.is_projected and image.dtypes[0] == "uint16"
            assert max(image.width, image.height) == 64, image.shape
            x, y = rasterio.warp.transform("EPSG:4326", image.crs, [order["lon"]], [order["lat"]])
            left, bottom, right, top = image.bounds
            assert left <= x[0] <= right and bottom <= y[0] <= top
            image.read(1)


def background(name):
    cbm.get.background.by_location(AOI, YEAR, order["lon"], order["lat"], 256, 512, [name])
    file = os.path.join(folder, "backgrounds", f"{name.lower()}.tif")
    with rasterio.open(file) as image:
        assert (image.count, image.width, image.height) == (3, 256, 256)
        assert abs(image.bounds.right - image.bounds.left - 512) < 1e-6
        assert image.read().max() > 0
    assert Image.open(file).size == (256, 256)


import rasterio.warp

check("get.parcel_info.by_pid", by_pid)
check("get.parcel_info.by_pid of none", by_pid_unknown)
check("get.parcel_info.by_location", by_location)
check("get.parcel_info.by_polygon, identifiers", lambda: by_polygon(True))
check("get.parcel_info.by_polygon, facts", lambda: by_polygon(False))
check("get.time_series.by_pid s2", lambda: series("s2", ["B04", "B08"]))
check("get.time_series.by_pid bs", lambda: series("bs", ["VVb", "VHb"]))
check("get.time_series.by_pid scl", scene_classes)
check("get.time_series.weather", weather)
check("get.parcels_list.peers", peers)
check("get.chip_images.by_location B08", lambda: chips("B08"))
check("get.chip_images.by_location again", lambda: chips("B08"))
check("get.background.by_location", lambda: background("Google"))


def info():
    from cbm.datas import api

    areas = json.loads(api.get_options())["aois"]
    assert areas[AOI]["years"] == [YEAR] and areas[AOI]["time_series"] == ["s2", "bs"], areas
    assert PID in areas[AOI][f"id_examples_{YEAR}"]


check("the options", info)
