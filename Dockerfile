# The thin layer: the compiled payload, kilobytes. What changes least comes first.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
ENV NODE_ENV=production
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/boot"]
COPY --chmod=755 images/dist/boot/ /
COPY images/dist/programs/ /
COPY images/dist/workflow/ /
COPY images/dist/code/ /
COPY images/dist/info/ /
