# The thin layer: the compiled payload, kilobytes. What changes least comes first.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
ENV NODE_ENV=production NODE_OPTIONS=--max-old-space-size=1024
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/images/worker/main.js"]
COPY images/dist/workflow/ /
COPY images/dist/code/ /
COPY images/dist/info/ /
