# shellcheck shell=bash
# The lab's chart repository: packages that the real helm made, over HTTP on the bridge's address (lib/chart-server).

CHARTS_PORT=8080
CHARTS_PROJECT=release.daocloud.io

charts_url() { echo "http://$LAB_SUBNET.1:$CHARTS_PORT/chartrepo/$CHARTS_PROJECT"; }

# charts [--auth USER:PASSWORD] SOURCE…: a bundle, a chart's folder or a .tgz; prints the repository's URL.
charts_add() {
  local source folder auth=
  if [[ ${1:-} == --auth ]]; then
    [[ ${2:-} == ?*:?* ]] || die "charts: --auth wants USER:PASSWORD"
    auth=$2
    shift 2
  fi
  mkdir -p "$LAB/charts/repo"
  if [[ -n $auth ]]; then (umask 077 && printf '%s' "$auth" >"$LAB/charts/auth"); fi
  for source in "$@"; do
    if [[ -d $source ]]; then
      charts_helm package "$source" -d "$LAB/charts/repo"
    elif [[ $source == *.tgz ]]; then
      cp "$source" "$LAB/charts/repo/"
    else
      folder=$(mktemp -d "$LAB/charts/unpack.XXXXXX")
      tar -xf "$source" -C "$folder" original-chart 2>"$LAB/charts/tar.log" || die "charts: $source: $(tail -n 1 "$LAB/charts/tar.log")"
      charts_helm package "$folder/original-chart" -d "$LAB/charts/repo"
      rm -rf "$folder"
    fi
  done
  charts_helm repo index "$LAB/charts/repo" --url "$(charts_url)"
  charts_serve
  charts_url
}

# helm with its own cache and configuration in the lab's folder.
charts_helm() {
  HOME=$LAB/charts/home "$(kube_helm)" "$@" >"$LAB/charts/helm.log" 2>&1 || die "helm $1: $(tail -n 3 "$LAB/charts/helm.log")"
}

charts_serve() {
  [[ ! -s $LAB/charts/pid || ! -e /proc/$(<"$LAB/charts/pid") ]] || return 0
  setsid "$LAB_HOME/lib/chart-server" "$LAB/charts" "$LAB_SUBNET.1" $CHARTS_PORT "$CHARTS_PROJECT" \
    </dev/null >>"$LAB/charts/server.log" 2>&1 9>&- &
  wait_for 20 grep -qs '^ready' "$LAB/charts/server.log" ||
    die "the chart repository does not start: $(tail -n 3 "$LAB/charts/server.log")"
}
