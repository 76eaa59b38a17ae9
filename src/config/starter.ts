import { stringify } from "yaml";
import { z } from "zod";
import { transliterated } from "../contracts/objects.ts";
import { ENV } from "./env.ts";
import { configSchema } from "./schema.ts";

/** What a starter is made for. */
export interface StarterSettings {
	/** Address of cres.schema.json, as the editor's language server takes it. */
	schema: string;
	project: string;
	/** `owner/name` below the registry's address. */
	repository: string;
	/** Where the source lives. */
	source?: string | undefined;
}

/** The part of JSON Schema that cres.schema.json uses. */
interface Schema {
	description?: string;
	default?: unknown;
	properties?: Record<string, Schema>;
	required?: string[];
	additionalProperties?: Schema | boolean;
	/** One schema for each driver. */
	oneOf?: Schema[];
	const?: string;
}

/** Values of settings that have no default, as they stand in the starter's commented lines. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
	"image.source": "https://github.com/owner/app",
	"registry.push.ca": "/etc/ssl/registry-ca.pem",
	"registry.pull.address": "203.0.113.10:5000",
	"registry.pull.ca": "/etc/ssl/registry-ca.pem",
	"temporal.instance_address": "203.0.113.10:7233",
	"temporal.tls.ca": "certs/temporal-ca.pem",
	"temporal.tls.cert": "certs/cres.pem",
	"temporal.tls.key": "certs/cres-key.pem",
	"temporal.tls.server_name": "temporal.example.com",
	"temporal.tls.instance_server_name": "temporal.example.com",
	"store.instance_endpoint": "203.0.113.10:9000",
	"store.secure": true,
	"store.ca": "certs/store-ca.pem",
	"store.region": "eu-central-1",
	"attest.keys": { ci: "attest-ci.pub" },
	"attest.keyless.trusted_root": "sigstore-trusted-root.json",
	"attest.keyless.identities": {
		images: { repository: "owner/app", workflow: ".github/workflows/images.yml", ref: "refs/heads/main" },
	},
	"models.manifest": "0".repeat(64),
	"github.repository": "owner/app",
	"smoke.dependencies.temporal": `ghcr.io/owner/temporal@sha256:${"0".repeat(64)}`,
	"smoke.dependencies.store": `ghcr.io/owner/minio@sha256:${"0".repeat(64)}`,
	"control.services": {
		temporal: { command: ["temporal", "server", "start-dev", "--headless"], ready: { temporal: true }, wait: "45s" },
		store: { docker: { container: "minio" }, ready: { store: true } },
		api: { external: true, ready: { http: "http://127.0.0.1:8000/health" }, after: ["temporal", "store"] },
	},
	"backend.nginx.port": 8000,
	"backend.servers": { api: { port: 8001, instances: 2, modules: ["control"] } },
	"backend.command": "node server.js --port {port}",
	env: { WORKER_CPU_THREADS: "4" },
	"instances.cpu-1.driver": "docker",
	"instances.cpu-1.host": "203.0.113.7",
	"instances.cpu-1.key": "~/.ssh/id_ed25519",
	"instances.cpu-1.roles": ["cpu"],
	"instances.cpu-1.flavour": "cpu",
	"instances.cpu-1.env": { WORKER_CPU_THREADS: "8" },
	"instances.cpu-1.memory_mb": 4096,
	"instances.gpu-1.driver": "vast",
	"instances.gpu-1.id": 36717044,
	"instances.gpu-1.key": "~/.ssh/id_ed25519",
	"instances.gpu-1.roles": ["gpu"],
	"instances.gpu-1.flavour": "cuda",
	"instances.gpu-1.env": { WORKER_CPU_THREADS: "8" },
	"instances.gpu-1.gpu_name": "RTX 4090",
	"instances.gpu-1.max_dph": 0.5,
};
const EXAMPLE_INSTANCE = { docker: "cpu-1", vast: "gpu-1" } as Record<string, string>;

/** A cres.yaml with every setting: required ones filled in, the others commented out with their default or an example. */
export function starterText({ schema, project, repository, source }: StarterSettings): string {
	const values = {
		project,
		image: { repository, source },
		registry: { push: { address: "ghcr.io" } },
		temporal: { address: "127.0.0.1:7233" },
		store: { endpoint: "127.0.0.1:9000" },
	};
	const root = z.toJSONSchema(configSchema, { io: "input" }) as Schema;
	return [
		`# yaml-language-server: $schema=${schema}`,
		"# A setting behind # shows its default, or an example: remove the # to set it.",
		...settings(root, values, "", true).map((lines) => `\n${lines.join("\n")}`),
		"",
	].join("\n");
}

/** The lines of each setting of an object. In a block that is commented out as a whole, defaults stand as values. */
function settings(schema: Schema, values: object, path: string, active: boolean): string[][] {
	return Object.entries(schema.properties ?? {}).map(([name, property]) => {
		const here = path === "" ? name : `${path}.${name}`;
		const inherited = active || !(schema.required?.includes(name) || property.default !== undefined);
		const given = (values as Record<string, unknown>)[name] ?? (inherited ? undefined : exampleOf(property, here));
		const isActive = given !== undefined;
		const lines = body(name, property, given ?? exampleOf(property, here), here, active && isActive);
		return [...comment(property), ...(isActive ? lines : lines.map((line) => `#${line}`))];
	});
}

function body(name: string, schema: Schema, value: unknown, path: string, active: boolean): string[] {
	const inner = objectSchema(schema);
	if (!inner)
		return stringify({ [name]: value }, { lineWidth: 0 })
			.trimEnd()
			.split("\n");
	const lines = settings(inner, (value ?? {}) as object, path, active).flat();
	return [`${name}:`, ...lines.map((line) => `  ${line}`)];
}

/** An object with settings of its own; one that maps names to instances is shown with one of each driver. */
function objectSchema({ properties, required, additionalProperties: rest }: Schema): Schema | undefined {
	if (properties) return { properties, ...(required ? { required } : {}) };
	if (typeof rest !== "object" || !rest.oneOf) return undefined;
	const examples = rest.oneOf.map((one) => [EXAMPLE_INSTANCE[one.properties?.["driver"]?.const ?? ""]!, one] as const);
	return { properties: Object.fromEntries(examples), required: examples.map(([name]) => name) };
}

const exampleOf = (schema: Schema, path: string): unknown =>
	EXAMPLES[path] ?? (objectSchema(schema) ? {} : schema.default);

function comment({ description, default: preset }: Schema): string[] {
	if (description === undefined) return [];
	const empty = typeof preset === "object" && Object.keys(preset ?? {}).length === 0;
	const shown = preset === undefined || empty ? "" : ` (default: ${[preset].flat().map(String).join(", ")})`;
	return [`# ${description}${shown}`];
}

/** Every name that cres reads, with its meaning: `.env.example`, and the first `.env`. */
export const envExampleText = (): string =>
	[
		"# What cres reads from the environment, else from .env beside cres.yaml. Keep .env out of Git.",
		...Object.entries(ENV).flatMap(([name, { meaning, default: preset, secret }]) => [
			"",
			`# ${meaning}${secret ? "; secret" : ""}`,
			`${name}=${preset ?? ""}`,
		]),
		"",
	].join("\n");

/** Hosts that take ssh on port 443, and where their pages are. */
const PAGES: Readonly<Record<string, string>> = {
	"ssh.github.com": "github.com",
	"altssh.gitlab.com": "gitlab.com",
	"altssh.bitbucket.org": "bitbucket.org",
};

/**
 * `owner/name` and web address of a Git remote; undefined where it names no host. User and password stay behind. Without an
 * address where the host is a name of ~/.ssh/config or of this machine.
 */
export function repositoryOf(remote: string): { repository: string; source: string | undefined } | undefined {
	const match = /^(?:[a-z+]+:\/\/(?:[^@/\s]*@)?|[^@/\s]+@)([\w.-]+)(?::\d+)?[:/]+([\w./-]+?)(?:\.git)?\/?$/i.exec(
		remote.trim(),
	);
	if (!match) return undefined;
	const host = PAGES[match[1]!.toLowerCase()] ?? match[1]!;
	const { name, page } = azurePlace(host, match[2]!) ?? { name: match[2]!, page: `${host}/${match[2]}` };
	const repository = name.toLowerCase();
	if (!configSchema.shape.image.shape.repository.safeParse(repository).success) return undefined;
	return { repository, source: page !== undefined && host.includes(".") ? `https://${page}` : undefined };
}

/**
 * Azure DevOps: ssh has hosts of its own and `v3/org/project/name`, pages have `_git` before the name
 * (https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate). Undefined: another host; without a
 * page where the path is an earlier one.
 */
function azurePlace(host: string, path: string): { name: string; page: string | undefined } | undefined {
	const isSsh = /^(?:ssh\.dev\.azure|vs-ssh\.visualstudio)\.com$/i.test(host);
	if (!isSsh && !/(?:^dev\.azure|\.visualstudio)\.com$/i.test(host)) return undefined;
	const [, place, last] = /^v3\/([^/]+\/[^/]+)\/([^/]+)$/.exec(path) ?? [];
	if (isSsh && place !== undefined) return { name: `${place}/${last}`, page: `dev.azure.com/${place}/_git/${last}` };
	const name = path.replace(/(^|\/)_(?:git|ssh)\//, "$1");
	return { name, page: isSsh ? undefined : `${host}/${path}` };
}

/** A directory's name in the form that `project` takes. */
export const projectName = (directory: string): string =>
	transliterated(directory).replaceAll("_", "-").replace(/^-+/, "").slice(0, 40).replace(/-+$/, "") || "app";
