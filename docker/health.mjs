// health.mjs api|lab|hub: the health check of the images. Exit code 0 where their server answers 200 inside the container.
const { FURROW_PORT, FURROW_HUB_INTERNAL_PORT, JUPYTER_PORT, JUPYTERHUB_SERVICE_URL } = process.env;

function lab() {
  if (!JUPYTERHUB_SERVICE_URL) return `http://127.0.0.1:${JUPYTER_PORT || 8888}/api`;
  // Started by a hub, the server listens where the hub says, and its paths begin with the user's prefix.
  const url = new URL('api', JUPYTERHUB_SERVICE_URL);
  url.hostname = '127.0.0.1';
  return url.href;
}

const addresses = {
  api: () => `http://127.0.0.1:${FURROW_PORT || 8080}/health`,
  lab,
  hub: () => `http://127.0.0.1:${FURROW_HUB_INTERNAL_PORT || 8081}/hub/health`,
};
const address = addresses[process.argv[2]]?.();
try {
  const { status } = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(4000) });
  if (status !== 200) throw new Error(`status ${status}`);
} catch (error) {
  console.error(`${address}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
