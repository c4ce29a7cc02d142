# Two images of the same code and the same versions: `prod` serves the API, `dev` adds JupyterLab.
#
#   docker build --target prod -t dsdl-hunt:prod .
#   docker build --target dev -t dsdl-hunt:dev .
#
# The base is any Debian with Python 3.11 or newer and its venv module. A pip.conf and a CA
# certificate of your own reach the build as secrets, which no layer keeps:
#   --secret id=pip.conf,src=pip.conf --secret id=ca.pem,src=ca.pem   (cert = /run/secrets/ca.pem)
ARG BASE_IMAGE=python:3.11-slim-bookworm
FROM ${BASE_IMAGE} AS base

FROM base AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/pip \
    && python3 -m venv --without-pip /opt/venv
WORKDIR /build
COPY requirements.lock ./
COPY requirements requirements
COPY deploy/slim.sh deploy/sbom.py deploy/

FROM build AS prod-venv
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca.pem \
    /opt/pip/bin/pip --python /opt/venv/bin/python install --no-compile \
        -c requirements.lock -r requirements/prod.in \
    && sh deploy/slim.sh /opt/venv \
    && /opt/venv/bin/python deploy/sbom.py > /opt/venv/sbom.cdx.json

FROM prod-venv AS dev-venv
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=ca.pem \
    /opt/pip/bin/pip --python /opt/venv/bin/python install --no-compile \
        -c requirements.lock -r requirements/dev.in \
    && sh deploy/slim.sh /opt/venv \
    && /opt/venv/bin/python deploy/sbom.py > /opt/venv/sbom.cdx.json
COPY deploy/page_config.json /opt/venv/etc/jupyter/labconfig/page_config.json

FROM build AS code
WORKDIR /opt/dsdl-hunt
COPY app app
COPY model model
COPY notebooks notebooks
COPY LICENSE ./
RUN python3 -m compileall -q --invalidation-mode unchecked-hash app

FROM base AS common
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="DSDL Hunt" \
      org.opencontainers.image.description="Threat hunting container for Splunk's App for Data Science and Deep Learning" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /usr/bin/tini /usr/bin/tini
COPY --from=code /opt/dsdl-hunt /opt/dsdl-hunt
# Any user id with group 0 may run it; USER and HOME are for ids that /etc/passwd does not know.
RUN install --directory --owner 1000 --group 0 --mode 0775 /srv /run/first-start
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/dsdl-hunt \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/srv/home \
    USER=hunt \
    JUPYTER_RUNTIME_DIR=/tmp/jupyter
WORKDIR /opt/dsdl-hunt
VOLUME /srv
EXPOSE 5000
STOPSIGNAL SIGTERM
USER 1000:0
HEALTHCHECK --interval=15s --timeout=10s --start-period=20s CMD ["python", "-m", "app.health"]
ENTRYPOINT ["tini", "--", "python", "-m", "app"]

FROM common AS dev
COPY --from=dev-venv /opt/venv /opt/venv
EXPOSE 8888

FROM common AS prod
COPY --from=prod-venv /opt/venv /opt/venv
