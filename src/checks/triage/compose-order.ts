import { composeFiles, type ComposeFile } from "../facts/compose-files.ts";
import { placeIn } from "../facts/found.ts";
import { isPlain, rootOf } from "../dockerfile/image-files.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { pathIn } from "../tree/path-in.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS429",
	scope: "static",
	severity: "error",
	question: "Can compose start the services in the order that they ask for?",
	why: "Who waits for `service_healthy` of a service without a healthcheck is refused; two services that wait for each other never start.",
	example: "`db: { condition: service_healthy }` and db has no healthcheck: add one.",
	run(tree) {
		const files = composeFiles(tree);
		const findings = files.flatMap((file) => [
			...circle(file),
			...(file.open ? [] : unhealthy(tree, file)),
			...borrowed(file),
		]);
		return { looked: `${files.length} compose files`, findings };
	},
} satisfies StaticCheck;

const CONDITIONS = ["service_started", "service_healthy", "service_completed_successfully"];

const dependencies = (service: Part | undefined): [name: string, part: Part][] => [
	...(service?.get("depends_on")?.list ?? []).flatMap((part): [string, Part][] =>
		part.text === undefined ? [] : [[part.text, part]],
	),
	...(service?.get("depends_on")?.map ?? []),
];

/** Told once, where the first of the file closes it. */
function circle({ file, services }: ComposeFile): Found[] {
	for (const start of services.keys()) {
		const path = walk(services, start, start, new Set());
		if (path === undefined) continue;
		const places = path.map(([, part]) => placeIn(file, part.line));
		return [
			{
				message: `${[start, ...path.map(([name]) => name)].join(" waits for ")}: none of them starts`,
				evidence: [places.at(-1)!, ...places.slice(0, -1)],
				fix: { say: "take one depends_on of the circle out" },
			},
		];
	}
	return [];
}

function walk(
	services: ReadonlyMap<string, Part>,
	from: string,
	to: string,
	seen: Set<string>,
): [string, Part][] | undefined {
	if (seen.has(from)) return undefined;
	seen.add(from);
	for (const [name, part] of dependencies(services.get(from))) {
		if (name === to) return [[name, part]];
		const rest = walk(services, name, to, seen);
		if (rest !== undefined) return [[name, part], ...rest];
	}
	return undefined;
}

function unhealthy(tree: Tree, file: ComposeFile): Found[] {
	const waits = [...file.services].flatMap(([service, part]) =>
		dependencies(part).flatMap(([name, one]) => {
			const condition = one.get("condition");
			return condition?.text === undefined ? [] : [{ service, name, text: condition.text, line: condition.line }];
		}),
	);
	const odd = waits.filter(({ text }) => !CONDITIONS.includes(text));
	const healthy = Map.groupBy(
		waits.filter(({ text }) => text === "service_healthy"),
		({ name }) => name,
	);
	return [
		...odd.map(({ service, name, text, line }): Found => ({
			message: `${service} waits for ${name} with the condition ${text}, which compose does not know`,
			evidence: [placeIn(file.file, line)],
			fix: { say: `write ${nearest(text, CONDITIONS, 12) ?? CONDITIONS.join(" or ")}` },
		})),
		...[...healthy].flatMap(([name, all]) => unchecked(tree, file, name, all)),
		...waits.filter(({ text }) => text === CONDITIONS[2]).flatMap((one) => endless(file, one)),
	];
}

/** Who waits until a service has ended, and compose starts that one again as often as it ends. */
function endless(file: ComposeFile, { service, name, line }: { service: string; name: string; line: number }): Found[] {
	const layers = file.beside.flatMap(({ services }) => services.get(name) ?? []);
	const restart = layers.map((layer) => layer.get("restart")).findLast((part) => part !== undefined);
	if (layers.length === 0 || !/^(?:always|unless-stopped)$/.test(restart?.text ?? "")) return [];
	return [
		{
			message: `${service} waits until ${name} has ended, and ${name} has restart: ${restart!.text!}, so that it is started again each time`,
			evidence: [placeIn(restart!.file, restart!.line), placeIn(file.file, line)],
			fix: { say: `write restart: "no" for ${name}` },
		},
	];
}

/** All who wait for one service without a healthcheck: it is one fault. */
function unchecked(
	tree: Tree,
	file: ComposeFile,
	name: string,
	all: readonly { service: string; line: number }[],
): Found[] {
	const layers = file.beside.flatMap(({ services }) => services.get(name) ?? []);
	const checked = layers.some(
		(layer) => layer.get("healthcheck") !== undefined && layer.get("healthcheck", "disable")?.text !== "true",
	);
	const [first, ...rest] = all.map(({ line }) => placeIn(file.file, line));
	if (first === undefined || layers.length === 0 || checked || !hasNone(tree, file, layers)) return [];
	const who = all.map(({ service }) => service).join(", ");
	return [
		{
			message: `${who} ${all.length > 1 ? "wait" : "waits"} until ${name} is healthy, and ${name} has no healthcheck: compose refuses to start ${all.length > 1 ? "them" : "it"}`,
			evidence: [first, ...layers.slice(0, 1).map((layer) => placeIn(layer.file, layer.line)), ...rest],
			fix: { say: `give ${name} a healthcheck, or wait for service_started` },
		},
	];
}

/** Images of which it is known that they bring no HEALTHCHECK. */
const WITHOUT =
	/^(?:docker\.io\/)?(?:library\/)?(?:postgres|redis|valkey\/valkey|rabbitmq|mysql|mariadb|mongo|nginx|memcached|minio\/minio|temporalio\/[\w-]+|python|node|alpine|debian|ubuntu|busybox|golang|caddy|httpd|haproxy|traefik|nats|registry|eclipse-mosquitto|prom\/[\w-]+|grafana\/(?:grafana|loki)|timescale\/timescaledb|pgvector\/pgvector|postgis\/postgis|vllm\/vllm-openai)(?:[:@]|$)/;

function hasNone(tree: Tree, file: ComposeFile, layers: readonly Part[]): boolean {
	const build = layers.map((layer) => layer.get("build")).find((part) => part !== undefined);
	const image = layers.map((layer) => layer.get("image")?.text).find((text) => text !== undefined);
	if (build === undefined) return image !== undefined && WITHOUT.test(image);
	const context = pathIn(file.folder, build.text ?? build.get("context")?.text ?? ".");
	const path = context === undefined ? undefined : posix.join(context, build.get("dockerfile")?.text ?? "Dockerfile");
	const model = dockerfilesOf(tree).find((one) => one.file.path === path);
	const last = model?.stages.at(-1);
	return (
		last !== undefined &&
		(isPlain(rootOf(last).base) || rootOf(last).base === "scratch") &&
		!model!.steps.some(({ keyword }) => keyword === "HEALTHCHECK")
	);
}

/** `network_mode: service:vpn`, `volumes_from`, `links`. */
function borrowed(file: ComposeFile): Found[] {
	const known = new Set(file.beside.flatMap(({ services }) => [...services.keys()]));
	return [...file.services].flatMap(([service, part]) => {
		const modes = ["network_mode", "pid", "ipc"].flatMap((key) => {
			const text = /^service:(.+)$/.exec(part.get(key)?.text ?? "")?.[1];
			return text === undefined ? [] : [{ name: text, at: part.get(key)! }];
		});
		const lists = ["links", "volumes_from"].flatMap((key) =>
			(part.get(key)?.texts ?? [])
				.filter(({ text }) => !text!.startsWith("container:"))
				.map((at) => ({ name: at.text!.split(":")[0]!, at })),
		);
		return file.open
			? []
			: [...modes, ...lists]
					.filter(({ name }) => !known.has(name) && !/[${}]/.test(name))
					.map(({ name, at }): Found => ({
						message: `${service} borrows from ${name}, and no service has that name`,
						evidence: [placeIn(file.file, at.line)],
						fix: { say: `write one of ${[...known].filter((one) => one !== service).join(", ")}` },
					}));
	});
}
