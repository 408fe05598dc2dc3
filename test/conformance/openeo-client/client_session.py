"""What a user does with the openEO Python client: one session against a server, told as JSON lines.

Usage: client_session.py ORDER.json. The order has url, out (a folder), extent, months, and with accounts: user, password,
client (id and secret). Every line of standard output is a check: {"name", "status", "message"?}. What was downloaded lies in `out`:
graph NAME.json beside its pixels NAME.LABEL.f32 (little-endian float32, bands of the file one after another).
"""
import json
import sys
import tarfile
import time
import traceback
from pathlib import Path

import numpy
import openeo
import rasterio
import requests
from openeo.rest import OpenEoApiError

order = json.loads(Path(sys.argv[1]).read_text())
out = Path(order["out"])
accounts = order.get("user") is not None


def tell(name, status, message=None):
    line = {"name": name, "status": status}
    if message:
        line["message"] = message
    print("check " + json.dumps(line), flush=True)


def check(name):
    """Runs a function at once as one check; what it raises is its failure."""

    def run(function):
        try:
            function()
            tell(name, "passed")
        except Exception:
            tell(name, "failed", traceback.format_exc()[-1500:])

    return run


def keep(name, cube):
    """The graph as the client sends it, for the runtime to run the same."""
    (out / f"{name}.json").write_text(cube.to_json())


def keep_pixels(name, label, file):
    with rasterio.open(file) as raster:
        pixels = raster.read().astype("<f4")
        if raster.nodata is not None and not numpy.isnan(raster.nodata):
            pixels[pixels == raster.nodata] = numpy.nan
        (out / f"{name}.{label}.f32").write_bytes(pixels.tobytes())
        return raster


def labels_of(names):
    return {Path(name).stem.partition("_")[2]: name for name in names}


def wait_for(job, states, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        status = job.status()
        if status in states:
            return status
        time.sleep(0.1)
    raise TimeoutError(f"the job is {status}, not {states}")


connection = openeo.connect(order["url"])


@check("connect through the well-known document")
def _():
    capabilities = connection.capabilities()
    assert capabilities.api_version() == "1.2.0", capabilities.api_version()
    assert connection.root_url.endswith("/openeo/1.2/"), connection.root_url
    for operation in ("GET /collections/{collection_id}", "POST /result", "POST /jobs", "POST /services"):
        method, path = operation.split()
        assert capabilities.supports_endpoint(path, method), operation
    assert [plan["name"] for plan in capabilities.list_plans()] == ["free"]


if accounts:

    @check("a wrong password is refused")
    def _():
        try:
            openeo.connect(order["url"]).authenticate_basic(order["user"], "wrong")
            raise AssertionError("logged in")
        except OpenEoApiError as error:
            assert error.code == "CredentialsInvalid", error

    @check("without a login jobs are refused")
    def _():
        try:
            connection.list_jobs()
            raise AssertionError("listed")
        except OpenEoApiError as error:
            assert error.code == "AuthenticationRequired", error

    @check("log in by OpenID Connect with client credentials")
    def _():
        client = order["client"]
        other = openeo.connect(order["url"]).authenticate_oidc_client_credentials(
            client_id=client["id"], client_secret=client["secret"], provider_id="test"
        )
        assert other.describe_account()["user_id"]
        assert other.list_jobs() == []
        globals()["other"] = other

    @check("log in by OpenID Connect with a device code")
    def _():
        device = openeo.connect(order["url"]).authenticate_oidc_device(
            provider_id="test", use_pkce=True, store_refresh_token=False
        )
        mine = device.describe_account()["user_id"]
        assert mine and mine != other.describe_account()["user_id"], mine


@check("log in with name and password")
def _():
    connection.authenticate_basic(order.get("user") or "anybody", order.get("password") or "anything")
    account = connection.describe_account()
    assert account["user_id"] == (order.get("user") or "owner"), account


@check("list and describe")
def _():
    assert "demo" in connection.list_collection_ids()
    demo = connection.describe_collection("demo")
    assert demo["license"] == "CC0-1.0"
    assert "/demo/" not in json.dumps(demo).replace("/collections/demo/", ""), "a path of the server"
    bands = connection.collection_metadata("demo").band_names
    assert "B04" in bands and "B08" in bands, bands
    processes = {process["id"] for process in connection.list_processes()}
    assert {"load_collection", "ndvi", "aggregate_temporal_period", "save_result"} <= processes
    assert {"GTiff", "JSON", "netCDF", "PNG", "CSV"} <= set(connection.list_file_formats()["output"])
    assert "XYZ" in connection.list_service_types()
    assert connection.list_udf_runtimes() == {}
    assert "eo:cloud_cover" in json.dumps(connection.get("/collections/demo/queryables").json())


def season():
    return connection.load_collection(
        "demo",
        spatial_extent=order["extent"],
        temporal_extent=order["months"],
        bands=["B04", "B08", "SCL"],
        properties={"eo:cloud_cover": lambda cover: cover <= 90},
    )


def monthly():
    cube = season()
    classes = cube.band("SCL")
    clouds = (classes == 3) | (classes == 8) | (classes == 9) | (classes == 10)
    clear = cube.mask(clouds)
    red, nir = clear.band("B04"), clear.band("B08")
    return ((nir - red) / (nir + red)).aggregate_temporal_period("month", reducer="median")


@check("monthly medians of NDVI as GeoTIFF")
def _():
    cube = monthly().save_result("GTiff")
    keep("monthly", cube)
    archive = out / "monthly.tar"
    cube.download(archive)
    with tarfile.open(archive) as tar:
        tar.extractall(out / "monthly", filter="data")
    files = labels_of(path.name for path in (out / "monthly").iterdir() if path.suffix == ".tif")
    assert len(files) >= 2, files
    for label, name in files.items():
        raster = keep_pixels("monthly", label, out / "monthly" / name)
        assert raster.crs.to_epsg() == 32632, raster.crs


@check("one median as GeoTIFF")
def _():
    cube = season().ndvi(red="B04", nir="B08").median_time()
    keep("median", cube.save_result("GTiff"))
    cube.download(out / "median.tif", format="GTiff")
    keep_pixels("median", "", out / "median.tif")


@check("monthly medians as JSON")
def _():
    cube = monthly().save_result("JSON")
    keep("values", cube)
    (out / "values.result").write_text(json.dumps(connection.execute(cube)))


@check("means of fields over time as JSON")
def _():
    west, south, east, north = (order["extent"][side] for side in ("west", "south", "east", "north"))
    x, y = (west + east) / 2, (south + north) / 2
    fields = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {},
                "geometry": {"type": "Polygon", "coordinates": [[[a, b], [c, b], [c, d], [a, d], [a, b]]]},
            }
            for a, b, c, d in ((west, south, x, y), (x, y, east, north))
        ],
    }
    cube = season().ndvi(red="B04", nir="B08").aggregate_spatial(fields, reducer="mean").save_result("JSON")
    keep("fields", cube)
    (out / "fields.result").write_text(json.dumps(connection.execute(cube)))


@check("a wrong graph is told what is wrong with it")
def _():
    assert connection.validate_process_graph(monthly().save_result("GTiff")) == []
    graph = {
        "load": {
            "process_id": "load_collection",
            "arguments": {"id": "nowhere", "spatial_extent": None, "temporal_extent": None},
        },
        "hop": {"process_id": "hop", "arguments": {"data": {"from_node": "load"}}, "result": True},
    }
    codes = {error["code"] for error in connection.validate_process_graph(graph)}
    assert codes == {"ProcessUnsupported", "CollectionNotFound"}, codes
    try:
        connection.execute(graph)
        raise AssertionError("it ran")
    except OpenEoApiError as error:
        assert error.code == "ProcessUnsupported" and error.http_status_code == 400, error


@check("a batch job from its making to its results")
def _():
    cube = monthly().save_result("GTiff")
    keep("job", cube)
    job = cube.create_job(title="Monthly NDVI", description="Of a small place", plan="free")
    assert job.status() == "created"
    job.start_and_wait(max_poll_interval=0.5, connection_retry_interval=1)
    described = job.describe_job()
    assert described["title"] == "Monthly NDVI" and described["progress"] == 100, described
    assert described["process"]["process_graph"] == json.loads(cube.to_json())["process_graph"]
    assert job.job_id in [listed["id"] for listed in connection.list_jobs()]
    logs = job.logs()
    assert len(logs) > 0 and all(entry.message for entry in logs), logs
    results = job.get_results()
    metadata = results.get_metadata()
    assert metadata["type"] == "Feature" and metadata["properties"]["openeo:status"] == "finished"
    links = [asset.href for asset in results.get_assets()]
    files = results.download_files(out / "job", include_stac_metadata=True)
    tiffs = labels_of(path.name for path in files if path.suffix == ".tif")
    assert len(tiffs) == len(links) >= 2, files
    for label, name in tiffs.items():
        keep_pixels("job", label, out / "job" / name)
    # Whoever has a link may open it, also a part of the file.
    part = requests.get(links[0], headers={"Range": "bytes=0-3"})
    assert part.status_code == 206 and part.content[:2] == b"II", part
    forged = requests.get(links[0].replace("/signed/", "/signed/x"))
    assert forged.status_code == 404, forged
    if accounts:
        for action in (other.job(job.job_id).describe_job, other.job(job.job_id).get_results().get_metadata):
            try:
                action()
                raise AssertionError("another's job")
            except OpenEoApiError as error:
                assert error.code == "JobNotFound", error
    job.delete_job()
    assert requests.get(links[0]).status_code == 404


@check("a running job is cancelled within two seconds")
def _():
    cube = connection.load_collection("demo", temporal_extent=["2026-01-01", "2027-01-01"], bands=["B02", "B04", "B08"])
    slow = cube.apply(lambda x: sum((x.exp().ln() for _ in range(40)), x)).save_result("netCDF")
    job = slow.create_job(title="To be cancelled")
    job.start()
    wait_for(job, ("running",))
    before = time.time()
    job.stop()
    status = wait_for(job, ("canceled", "created"), 5)
    assert time.time() - before < 2, time.time() - before
    try:
        job.get_results().get_metadata()
        raise AssertionError(f"results of a job that is {status}")
    except OpenEoApiError as error:
        assert error.code == "JobNotStarted", error
    job.delete()


@check("a service of map tiles")
def _():
    graph = season().ndvi(red="B04", nir="B08").median_time()
    service = connection.create_service(
        graph, type="XYZ", title="NDVI", configuration={"min": 0, "max": 1, "colors": "ndvi"}
    )
    described = service.describe_service()
    assert described["enabled"] and described["type"] == "XYZ", described
    x, y = (
        (order["extent"]["west"] + order["extent"]["east"]) / 2,
        (order["extent"]["south"] + order["extent"]["north"]) / 2,
    )
    z = 14
    column = int((x + 180) / 360 * 2**z)
    row = int((1 - numpy.arcsinh(numpy.tan(numpy.radians(y))) / numpy.pi) / 2 * 2**z)
    url = described["url"].replace("{z}", str(z)).replace("{x}", str(column)).replace("{y}", str(row))
    tile = requests.get(url)
    assert tile.headers["content-type"] == "image/png", tile.text
    (out / "tile.png").write_bytes(tile.content)
    with rasterio.open(out / "tile.png") as picture:
        pixels = picture.read()
    assert pixels.shape == (4, 256, 256), pixels.shape
    assert (pixels[3] == 255).sum() > 1000 and len(numpy.unique(pixels[0])) > 10, "an empty picture"
    assert service.service_id in [listed["id"] for listed in connection.list_services()]
    service.delete_service()
    assert requests.get(url).status_code == 404
