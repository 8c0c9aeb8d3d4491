# shellcheck shell=bash
# Registries and chart repositories beside the nodes: real docker-registry daemons, and a server that answers as
# Harbor or ChartMuseum do. They listen on the lab's bridge alone and end with the lab.
# State: LAB/registry/ID with config.yml, data, log, pid, url, and where asked for password and tls.

registry_verb() {
  local verb=$1 id=${2:-registry}
  [[ $# -lt 2 ]] || shift
  shift
  check_name "$id"
  REGISTRY=$LAB/registry/$id
  case $verb in
    start) registry_start "$id" "$@" ;;
    stop) registry_stop "${1:-}" ;;
    resume) registry_run "$id" ;;
    env) registry_env ;;
    *) die "registry: '$verb'? it is start, stop, resume or env" ;;
  esac
}

# start ID [--auth] [--tls] [--kind registry|harbor|chartmuseum] [--project NAME]… [--flaky N]
registry_start() {
  local id=$1 auth='' tls='' kind=registry projects='' scheme=http flaky=0
  shift
  while [[ $# -gt 0 ]]; do
    case $1 in
      --auth) auth=1 ;;
      --tls) tls=1 scheme=https ;;
      --kind) kind=$2 && shift ;;
      --flaky) flaky=$2 && shift ;;
      --project) projects+="$2 " && shift ;;
      *) die "registry start: '$1'?" ;;
    esac
    shift
  done
  [[ ! -e $REGISTRY ]] || die "registry $id is there already"
  mkdir -p -m 700 "$LAB/registry" "$REGISTRY" "$REGISTRY/data"
  printf '%s=%q\n' REGISTRY_KIND "$kind" REGISTRY_PORT "$(registry_free_port)" REGISTRY_AUTH "$auth" \
    REGISTRY_TLS "$tls" REGISTRY_PROJECTS "$projects" REGISTRY_SCHEME "$scheme" \
    REGISTRY_FLAKY "$flaky" >"$REGISTRY/conf"
  [[ -z $auth ]] || registry_write_password
  [[ -z $tls ]] || registry_write_certificate
  registry_run "$id"
}

registry_free_port() {
  local port
  for ((port = 5000; port < 5100; port++)); do
    [[ -z $(ss -Hltn "src $LAB_SUBNET.1 and sport = :$port") ]] && { echo "$port" && return; }
  done
  die "no free port on $LAB_SUBNET.1"
}

registry_write_password() {
  (
    umask 077
    head -c 12 /dev/urandom | base64 | tr '+/' 'xy' >"$REGISTRY/password"
    # The daemon knows bcrypt alone (crypt(5), prefix $2y$).
    # shellcheck disable=SC2016
    perl -ne 'chomp; print "admin:", crypt($_, "\$2y\$05\$gantrylabgantrylabgant"), "\n"' "$REGISTRY/password" \
      >"$REGISTRY/htpasswd"
  )
}

# An authority of its own, and a certificate for the bridge's address.
registry_write_certificate() {
  local tls=$REGISTRY/tls
  mkdir -m 700 "$tls"
  {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj '/CN=gantry lab' \
      -keyout "$tls/ca.key" -out "$tls/ca.crt"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$LAB_SUBNET.1" \
      -keyout "$tls/server.key" -out "$tls/server.csr"
    openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.crt" -CAkey "$tls/ca.key" -CAcreateserial -days 30 \
      -extfile <(echo "subjectAltName=IP:$LAB_SUBNET.1") -out "$tls/server.crt"
  } >"$REGISTRY/openssl.log" 2>&1 || die "registry: openssl: $(tail -n 1 "$REGISTRY/openssl.log")"
}

registry_load() {
  [[ -r $REGISTRY/conf ]] || die "there is no registry $(basename "$REGISTRY")"
  # shellcheck source=/dev/null
  . "$REGISTRY/conf"
  REGISTRY_HOST=${LAB_SUBNET:-}.1:$REGISTRY_PORT
}

# Starts the daemon on what is there; also after a stop.
registry_run() {
  local command upstream
  registry_load
  ! registry_runs || die "registry $1 is running"
  if [[ $REGISTRY_KIND == registry ]]; then
    registry_config "$REGISTRY_HOST" >"$REGISTRY/config.yml"
    command=(docker-registry serve "$REGISTRY/config.yml")
  else
    # Harbor has a plain registry behind it; this one is reached from this machine alone.
    upstream=127.0.0.1:$((REGISTRY_PORT + 20000))
    command=(python3 "$LAB_HOME/lib/repository-server" --listen "$REGISTRY_HOST" --kind "$REGISTRY_KIND"
      --data "$REGISTRY/data" --projects "$REGISTRY_PROJECTS" --flaky "$REGISTRY_FLAKY")
    [[ -z $REGISTRY_AUTH ]] || command+=(--password-file "$REGISTRY/password")
    if [[ $REGISTRY_KIND == harbor ]]; then
      REGISTRY_AUTH='' REGISTRY_TLS='' registry_config "$upstream" >"$REGISTRY/config.yml"
      command+=(--upstream "$upstream" --config "$REGISTRY/config.yml")
    fi
  fi
  setsid "${command[@]}" </dev/null >>"$REGISTRY/log" 2>&1 9>&- &
  echo $! >"$REGISTRY/pid"
  wait_for 20 registry_answers || die "registry $1 does not answer: $(tail -n 5 "$REGISTRY/log")"
}

registry_config() {
  cat <<END
version: 0.1
log: {accesslog: {disabled: false}, level: info}
storage:
  filesystem: {rootdirectory: $REGISTRY/data}
  delete: {enabled: true}
http:
  addr: $1
  secret: $(basename "$REGISTRY")
END
  [[ -z $REGISTRY_TLS ]] || printf '  tls: {certificate: %s, key: %s}\n' "$REGISTRY/tls/server.crt" "$REGISTRY/tls/server.key"
  [[ -z $REGISTRY_AUTH ]] || printf 'auth: {htpasswd: {realm: lab, path: %s}}\n' "$REGISTRY/htpasswd"
}

registry_runs() { [[ -s $REGISTRY/pid ]] && grep -qz "$REGISTRY" "/proc/$(<"$REGISTRY/pid")/cmdline" 2>/dev/null; }

registry_answers() {
  [[ -n $(ss -Hltn "src $LAB_SUBNET.1 and sport = :$REGISTRY_PORT") ]] && registry_runs
}

# --kill: at once, as a power cut does.
registry_stop() {
  local signal=TERM
  registry_load
  [[ ${1:-} != --kill ]] || signal=KILL
  registry_runs || return 0
  # The daemon has its own session, so its children go with it.
  kill -"$signal" -- "-$(<"$REGISTRY/pid")" 2>/dev/null || true
  wait_for 10 registry_gone || kill -KILL -- "-$(<"$REGISTRY/pid")" 2>/dev/null || true
}

registry_gone() { ! registry_runs; }

registry_stop_all() {
  [[ ! -d $LAB/registry ]] || for REGISTRY in "$LAB"/registry/*/; do
    REGISTRY=${REGISTRY%/}
    [[ ! -r $REGISTRY/conf ]] || (registry_stop --kill) || true
  done
}

registry_env() {
  registry_load
  printf '%s=%q\n' REGISTRY_DIR "$REGISTRY" REGISTRY_HOST "$REGISTRY_HOST" \
    REGISTRY_URL "$REGISTRY_SCHEME://$REGISTRY_HOST"
  [[ -z $REGISTRY_AUTH ]] || printf '%s=%q\n' REGISTRY_USER admin REGISTRY_PASSWORD_FILE "$REGISTRY/password"
  [[ -z $REGISTRY_TLS ]] || printf '%s=%q\n' REGISTRY_CA "$REGISTRY/tls/ca.crt"
}
