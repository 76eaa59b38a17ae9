import { z } from "zod";
import { HOST_PORT } from "../contracts/host-port.ts";
import { ROLES } from "../contracts/queues.ts";
import { duration } from "./duration.ts";

const envName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, "an environment name: A-Z, 0-9 and _");
const serviceName = z
	.string()
	.regex(/^[a-z][a-z0-9-]{0,30}$/, "lower-case letters, digits and -, starting with a letter, at most 31");

const isOne = (given: object): boolean => Object.values(given).filter((value) => value !== undefined).length === 1;

const ready = z
	.strictObject({
		temporal: z.literal(true).optional().describe("Temporal of this file answers a call of its own"),
		store: z.literal(true).optional().describe("the object store of this file answers its keys"),
		tcp: z.string().regex(HOST_PORT, "host:port").optional().describe("something accepts connections at host:port"),
		http: z
			.url({ protocol: /^https?$/, error: "an http or https address" })
			.optional()
			.describe("this address answers with a status of 200 to 299"),
		pollers: z.array(z.enum(ROLES)).min(1).optional().describe("workers of these roles poll their queues"),
	})
	.refine(isOne, "one of temporal, store, tcp, http, pollers");

const docker = z
	.strictObject({
		container: z
			.string()
			.regex(/^[A-Za-z0-9][\w.-]*$/, "a container's name")
			.optional()
			.describe("container that is there already"),
		image: z
			.string()
			.regex(/^[A-Za-z0-9][^\s]*$/, "an image")
			.optional()
			.describe("image of a container that cres makes and removes"),
		args: z.array(z.string()).default([]).describe("arguments of the image"),
		publish: z
			.array(z.string().regex(/^(?:[\d.]+|\[[0-9a-f:]+\]):\d+:\d+$/i, "address:port:port, such as 127.0.0.1:9000:9000"))
			.default([])
			.describe("ports of the container: address:port:port"),
		volumes: z
			.array(z.string().regex(/^[^-].*:.+/, "name:/path"))
			.default([])
			.describe("volumes and folders of the container: name:/path"),
	})
	.refine(({ container, image }) => isOne({ container, image }), "either container or image");

const service = z
	.strictObject({
		command: z.array(z.string().min(1)).min(1).optional().describe("program and arguments that cres starts"),
		docker: docker.optional().describe("a container on this machine"),
		backend: z
			.string()
			.min(1)
			.optional()
			.describe("file of a backend that cres backend runs, such as backend.yaml, or cres.yaml for its own"),
		windows_service: z
			.string()
			.regex(/^[\w.$ -]{1,80}$/, "the short name of a Windows service")
			.optional()
			.describe("short name of a Windows service"),
		external: z.literal(true).optional().describe("true: somebody else runs it; cres only asks for its health"),
		cwd: z.string().min(1).optional().describe("folder that a command runs in; default: that of this file"),
		env: z.record(envName, z.string()).default({}).describe("clear values of its environment"),
		secrets: z
			.record(envName, envName)
			.default({})
			.describe("names in its environment, each with the name in .env whose value it gets"),
		runtime_env: z
			.boolean()
			.default(false)
			.describe("true: it gets the environment that the programs of our images need"),
		ready: ready.optional().describe("how its health is asked; default: that of temporal, store and worker"),
		wait: duration.optional().describe("how long it may take until it is ready"),
		stop_timeout: duration.optional().describe("how long a command may take to end before it is killed; default: 20s"),
		after: z.array(serviceName).default([]).describe("services that must be ready first"),
	})
	.refine(
		({ command, docker: container, backend, windows_service, external }) =>
			isOne({ command, container, backend, windows_service, external }),
		"one of command, docker, backend, windows_service, external",
	);

const taskName = z.string().regex(/^[\w\\][\w .()\\-]{0,199}$/, "the name of a scheduled task");
/** One task a service, as the control host had them before; they point to launchers that are gone. */
const SPLIT_TASKS = ["CRES-Temporal-8233", "CRES-MinIO-9000", "CRES-FastAPI-8000"];

/** What `cres control` starts on the control host. */
export const controlSchema = z.strictObject({
	services: z
		.record(serviceName, service)
		.default({})
		.describe("services of the control plane, by name; default: temporal and store"),
	disable_tasks: z
		.array(taskName)
		.max(50)
		.default(SPLIT_TASKS)
		.describe("scheduled tasks of Windows of before, which install disables and uninstall enables again"),
});

export type ControlServiceSettings = z.output<typeof service>;
