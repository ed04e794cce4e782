# leakwatch in a container. Build: docker build --tag leakwatch .
# docs/deploy/docker.md and docs/deploy/kubernetes.md say how to watch a host, another container or a pod with it.
#
# The exact version makes two builds alike. For identical builds pin the digest, which
#   docker buildx imagetools inspect node:24.21.0-bookworm-slim
# prints: FROM node:24.21.0-bookworm-slim@sha256:...

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/ scripts/
COPY src/ src/
RUN npm run build
# The parts of the base image that leakwatch needs: Node, the shell that starts the program with it, env, which drops
# variables that are not leakwatch's, sleep, which the shell waits with while there is no room for Node, and the libraries.
RUN set -- /bin/sh /usr/bin/env /usr/bin/sleep "$(command -v node)" && \
  mkdir /image && cp --parents --dereference /etc/nsswitch.conf "$@" \
  $(ldd "$@" | grep --only-matching '/lib[^ ]*' | sort --unique) /image

FROM scratch
COPY --from=build /image /
WORKDIR /app
# The program is one file and needs no node_modules. It reads its version from package.json.
COPY package.json LICENSE ./
COPY --from=build /app/dist/leakwatch.cjs /app/dist/demo-leak.js /app/dist/licenses.txt \
  /app/dist/sbom.cdx.json dist/
ENV NODE_ENV=production PATH=/usr/local/bin:/usr/bin:/bin
# A number, because Kubernetes cannot check runAsNonRoot for a user given by name.
USER 1000:1000
EXPOSE 9917
# Checks that it has sampled lately. Every answer below 500 is good: with passwords it is 401. Each check starts Node,
# which takes 0.07 s of CPU, so checks are rare. With LEAKWATCH_LISTEN=off, another port or TLS use --no-healthcheck.
HEALTHCHECK --interval=2m --timeout=10s --start-period=10s --retries=3 \
  CMD ["/usr/bin/env", "-i", "/usr/local/bin/node", "-e", "require('node:http').get('http://127.0.0.1:9917/readyz', (r) => process.exit(r.statusCode < 500 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["/app/dist/leakwatch.cjs"]
