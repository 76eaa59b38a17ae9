# The thin layer: the compiled payload, kilobytes. What changes least comes first.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
ENV NODE_ENV=production
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/boot"]
# All that its programs write to, beside /run: containers on Docker hosts are read-only but for these.
LABEL cres.writes="/tmp,/var/cache/cres,/var/log/cres,/workspace"
COPY --chmod=755 images/dist/boot/ /
COPY images/dist/programs/ /
COPY images/dist/workflow/ /
COPY images/dist/code/ /
COPY images/dist/info/ /
