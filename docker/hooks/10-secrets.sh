# Secrets that are mounted as files become variables: NAME_FILE=/run/secrets/x sets NAME to what the file holds.
for name in FURROW_STORE FURROW_SECRET FURROW_SERVICE_PASSWORD FURROW_METRICS_TOKEN FURROW_TOKEN \
  AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY JUPYTERHUB_CRYPT_KEY CONFIGPROXY_AUTH_TOKEN; do
  eval "file=\${${name}_FILE:-}"
  if [ -z "$file" ]; then continue; fi
  if [ ! -r "$file" ]; then
    echo "start: ${name}_FILE names $file, which uid $(id -u) cannot read" >&2
    exit 1
  fi
  value=$(cat "$file")
  if [ -z "$value" ]; then echo "start: ${name}_FILE names $file, which is empty" >&2; exit 1; fi
  export "$name=$value"
  unset "${name}_FILE"
done
unset name file value
