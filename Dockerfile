# The workers of Longhaul: `docker run longhaul POOL…`. Stages: build, run, and trainer, which has Python's libraries as well.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim AS run
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates python3 \
  && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home --uid 10001 longhaul && install -d -o longhaul /home/longhaul/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/activities/sandboxes/supervisor ./activities/sandboxes/supervisor
COPY --from=build /app/config ./config
COPY --from=build /app/deploy ./deploy
COPY --from=build /app/prompts ./prompts
COPY --from=build /app/tasks ./tasks
COPY --from=build /app/trainer ./trainer
ENV NODE_ENV=production LONGHAUL_HOME=/home/longhaul/data
USER longhaul
VOLUME /home/longhaul/data
ENTRYPOINT ["node", "--enable-source-maps", "/app/dist/cli/main.js", "worker"]

FROM run AS trainer
USER root
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv && rm -rf /var/lib/apt/lists/*
RUN chown longhaul /app/dist
USER longhaul
RUN python3 /app/trainer/setup_environment.py --cache /home/longhaul/.cache/longhaul

FROM run
