# leakwatch in a container. Build: docker build -t leakwatch .
#
# Watch the host (its processes, units and containers):
#   docker run --detach --name leakwatch --restart unless-stopped --pid=host --network=host \
#     --read-only --cap-drop=ALL --security-opt no-new-privileges leakwatch
#   --network=host serves http://127.0.0.1:9917 to the host alone. Instead of it, for other hosts too:
#     --env LEAKWATCH_LISTEN=:9917 --publish 9917:9917   (then with a password: see --web-config)
#   --cgroupns=host --volume /sys/fs/cgroup:/sys/fs/cgroup:ro shows it the limits of the other containers.
# Watch one other container: --pid=container:NAME
# What it needs beyond that on old kernels is said in systemd/leakwatch.service and by: docker run ... leakwatch doctor

FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/ scripts/
COPY src/ src/
RUN npm run build

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# The program is one file and needs no node_modules; package.json tells it its version.
COPY package.json LICENSE ./
COPY --from=build /app/dist/leakwatch.cjs /app/dist/demo-leak.js dist/
USER node
EXPOSE 9917
# Any answer below 500 will do: with passwords it is 401. With LEAKWATCH_LISTEN=off or TLS run it with --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "require('node:http').get('http://127.0.0.1:9917/healthz', (r) => process.exit(r.statusCode < 500 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["/app/dist/leakwatch.cjs"]
