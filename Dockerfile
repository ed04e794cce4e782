# leakwatch in a container. Build: docker build --tag leakwatch .
# How to watch a host, another container or a pod with it: docs/deploy/docker.md and docs/deploy/kubernetes.md.
#
# An exact version, so that two builds are alike; whoever wants them the same pins the digest of it, which
#   docker buildx imagetools inspect node:24.21.0-bookworm-slim
# prints, as FROM node:24.21.0-bookworm-slim@sha256:... .

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/ scripts/
COPY src/ src/
RUN npm run build
# All that is needed of the base: Node, the shell that hands the program to it, what tells the size of a page and of a
# tick at boot, and the libraries of the three.
RUN mkdir /image && cp --parents --dereference /bin/sh /etc/nsswitch.conf /usr/bin/getconf "$(command -v node)" \
  $(ldd /bin/sh /usr/bin/getconf "$(command -v node)" | grep --only-matching '/lib[^ ]*' | sort --unique) /image

FROM scratch
COPY --from=build /image /
WORKDIR /app
# The program is one file and needs no node_modules; package.json tells it its version.
COPY package.json LICENSE ./
COPY --from=build /app/dist/leakwatch.cjs /app/dist/demo-leak.js /app/dist/licenses.txt dist/
ENV NODE_ENV=production PATH=/usr/local/bin:/usr/bin:/bin
# A number: Kubernetes does not believe names when it has to run as non-root.
USER 1000:1000
EXPOSE 9917
# Has it sampled lately? Any answer below 500 will do: with passwords it is 401. Each check is a start of Node, 0.07 s of
# CPU: hence seldom. With LEAKWATCH_LISTEN=off, another port or TLS run it with --no-healthcheck.
HEALTHCHECK --interval=2m --timeout=10s --start-period=10s --retries=3 \
  CMD ["node", "-e", "require('node:http').get('http://127.0.0.1:9917/readyz', (r) => process.exit(r.statusCode < 500 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["/app/dist/leakwatch.cjs"]
