import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import ms, { type StringValue } from "ms";
import { expect, it } from "vitest";
import { readConfigText } from "../../src/config/faults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { duration, renderConfig, showConfig } from "../../src/config/show.ts";

const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
secrets: [MINIO_ACCESS_KEY, MINIO_SECRET_KEY, API_TOKEN]
rollout: { watch: 1500ms, drain_timeout: 90s }
control: { services: { temporal: { external: true, wait: 90s }, store: { external: true } } }
instances:
  cpu-1: { driver: docker, host: 203.0.113.7, key: ~/.ssh/id, roles: [cpu] }
`;

async function load(environment: Record<string, string>) {
	const root = await realpath(await mkdtemp(join(tmpdir(), "cres-show-")));
	await writeFile(join(root, "cres.yaml"), yaml);
	await writeFile(join(root, ".env"), "REGISTRY_USERNAME=ops\nREGISTRY_PASSWORD=sentinel-value\n");
	return loadConfig({ directory: root, environment });
}

it("prints a cres.yaml with every default, and where each name comes from", async () => {
	const config = await load({ API_TOKEN: "sentinel-token", BASE_IMAGE: "a\nb: c" });
	const text = renderConfig(showConfig(config)).replace(config.root, "/project");
	expect(text).not.toContain("sentinel");
	expect(text).toMatchInlineSnapshot(`
		"# cres.yaml, .env and the environment, merged, for /project
		project: video
		image:
		  repository: owner/worker
		  context: .
		channels:
		  - canary
		  - stable
		build:
		  flavour: cpu
		registry:
		  push:
		    address: ghcr.io
		    tls: true
		temporal:
		  address: 127.0.0.1:7233
		  namespace: default
		store:
		  endpoint: 127.0.0.1:9000
		  secure: false
		  bucket: cres
		  path_style: true
		github:
		  api: https://api.github.com
		  workflow: images.yml
		queue: video-processing
		rollout:
		  deploy_timeout: 1m
		  drain_timeout: 90s
		  watch: 1500ms
		  retain: 3
		attest:
		  keys: {}
		  max_age: 720h
		models: {}
		smoke: {}
		control:
		  services:
		    temporal:
		      external: true
		      env: {}
		      secrets: {}
		      runtime_env: false
		      after: []
		      wait: 90s
		    store:
		      external: true
		      env: {}
		      secrets: {}
		      runtime_env: false
		      after: []
		env: {}
		secrets:
		  - MINIO_ACCESS_KEY
		  - MINIO_SECRET_KEY
		  - API_TOKEN
		instances:
		  cpu-1:
		    driver: docker
		    host: 203.0.113.7
		    port: 22
		    user: root
		    key: ~/.ssh/id
		    roles:
		      - cpu
		    env: {}
		    docker_socket: /var/run/docker.sock
		triage:
		  silence: []

		# environment names (they go into .env, not here)
		#   NAME                 SOURCE       VALUE                 MEANING
		#   REGISTRY_USERNAME    .env         ops                   user of the
		#                                                           registry; on GHCR
		#                                                           your account name
		#   REGISTRY_PASSWORD    .env         [redacted]            password or token of
		#                                                           the registry; on
		#                                                           GHCR one with
		#                                                           write:packages
		#   MINIO_ACCESS_KEY     unset        unset                 access key of the
		#                                                           object store (alias
		#                                                           AWS_ACCESS_KEY_ID)
		#   MINIO_SECRET_KEY     unset        unset                 secret key of the
		#                                                           object store (alias
		#                                                           AWS_SECRET_ACCESS_
		#                                                           KEY)
		#   TEMPORAL_API_KEY     unset        unset                 API key of Temporal,
		#                                                           if it asks for one;
		#                                                           turns TLS on
		#   ATTEST_KEY           unset        unset                 private key that
		#                                                           signs attestations:
		#                                                           PKCS8, as PEM or its
		#                                                           base64 in one line;
		#                                                           cres attest keygen
		#   TEMPORAL_CODEC_KEYS  unset        unset                 keys that payloads
		#                                                           in Temporal are
		#                                                           encrypted with,
		#                                                           id:base64 by commas,
		#                                                           the first one
		#                                                           encrypts; empty:
		#                                                           none
		#   VAST_API_KEY         unset        unset                 key of the Vast.ai
		#                                                           account: scopes
		#                                                           instance_read and
		#                                                           instance_write, misc
		#                                                           for --replace
		#   VAST_URL             default      https://console.      origin of Vast.ai's
		#                                     vast.ai               API
		#   VAST_REGISTRY_       unset        unset                 user that Vast's
		#   USERNAME                                                hosts pull with, if
		#                                                           not
		#                                                           REGISTRY_USERNAME
		#   VAST_REGISTRY_       unset        unset                 its token;
		#   PASSWORD                                                read:packages is
		#                                                           enough, and Vast
		#                                                           stores it
		#   VAST_HOST            unset        unset                 written by cres
		#                                                           endpoint rotate for
		#                                                           your own scripts;
		#                                                           cres itself asks the
		#                                                           API
		#   VAST_PORT            unset        unset                 as VAST_HOST
		#   GITHUB_TOKEN         unset        unset                 token of GitHub's
		#                                                           API: actions,
		#                                                           contents and commit
		#                                                           statuses; in a
		#                                                           workflow the one of
		#                                                           Actions
		#   GITHUB_RUN_ID        unset        unset                 set by GitHub
		#                                                           Actions: the run
		#                                                           that cres ci record
		#                                                           writes down
		#   ACTIONS_ID_TOKEN_    unset        unset                 set by GitHub
		#   REQUEST_URL                                             Actions with
		#                                                           id-token: write;
		#                                                           attest.keyless
		#   ACTIONS_ID_TOKEN_    unset        unset                 as
		#   REQUEST_TOKEN                                           ACTIONS_ID_TOKEN_
		#                                                           REQUEST_URL
		#   CRES_VAST_TIME_      default      1                     tests only: divides
		#   FACTOR                                                  every interval and
		#                                                           time-out of the Vast
		#                                                           driver
		#   PIP_INDEX_URL        default      https://pypi.org/     package index that
		#                                     simple                cres tools fetch
		#                                                           asks, as pip does;
		#                                                           https, without a
		#                                                           password
		#   BASE_IMAGE           environment  a b: c                OS image that the
		#                                                           base image is built
		#                                                           on, pinned:
		#                                                           host/repository@
		#                                                           sha256:…
		#   NODE_EXTRA_CA_CERTS  unset        unset                 PEM bundle handed to
		#                                                           builds as a secret
		#                                                           when --ca-bundle is
		#                                                           not given
		#   API_TOKEN            environment  [redacted]            named under secrets
		#                                                           in cres.yaml"
	`);
	expect(readConfigText(text)).toEqual(readConfigText(yaml));
});

it("shows durations without loss", () => {
	expect([0, 1, 1_500, 2_000, 60_000, 90_000, 7_200_000].map(duration)).toEqual([
		"0ms",
		"1ms",
		"1500ms",
		"2s",
		"1m",
		"90s",
		"2h",
	]);
	fc.assert(fc.property(fc.nat(), (time) => ms(duration(time) as StringValue) === time));
});
