import { posix } from "node:path";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { composeServices, itemsOf, type Service } from "../facts/compose.ts";
import { editOf, placeIn, unique } from "../facts/found.ts";
import { answersOn, containerPort, startedOn, type ContainerPort } from "../facts/service-ports.ts";
import { standingOf } from "../facts/standing.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS426",
	scope: "static",
	severity: "error",
	question: "Do the services of a compose file map, probe and call the ports on which the others listen?",
	why: "The container runs, and the mapping, the probe or the neighbour knocks at a port where nothing answers.",
	example: '`ports: ["8000:8000"]` beside `command: uvicorn … --port 8100`; write the same container port.',
	run(tree) {
		const services = composeServices(tree);
		const findings = [
			...services.flatMap((service) => [...ownPorts(tree, service), ...calls(tree, service, services)]),
			...services.flatMap((service) => browsed(service, services)),
			...tree.in("nginx").flatMap((file) => passes(tree, file, services, PASSED)),
			...mountedBy(tree, services).flatMap(({ file, beside }) => passes(tree, file, beside, NAMED)),
		];
		return { looked: `${services.length} services of compose files`, findings };
	},
} satisfies StaticCheck;

/** Mapping and probe against the port that is started. */
function ownPorts(tree: Tree, service: Service): Found[] {
	const said = startedOn(tree, service);
	const started = said.length === 0 ? exposedBy(tree, service) : said;
	if (started.length !== 1) return [];
	const mapped = itemsOf(service, "ports").flatMap(({ value, line }) => {
		const port = containerPort(value);
		return port === undefined ? [] : [{ port, line, what: "is mapped" }];
	});
	const probed = itemsOf(service, "healthcheck").flatMap(({ value, line }) =>
		[...value.matchAll(/(?:localhost|127\.0\.0\.1):(\d{2,5})/g)].map(([, port]) => ({
			port: Number(port),
			line,
			what: "is probed",
		})),
	);
	const wrong = (mapped.some(({ port }) => port === started[0]!.port) ? probed : [...mapped, ...probed]).filter(
		({ port }) => port !== started[0]!.port,
	);
	return wrong.map((one) => finding(service, one, started));
}

/** The one port of EXPOSE in the Dockerfile of a service that is told no other. */
function exposedBy(tree: Tree, service: Service): ContainerPort[] {
	const file = service.dockerfile === undefined ? undefined : tree.file(service.dockerfile);
	const told =
		itemsOf(service, "command").length > 0 ||
		itemsOf(service, "entrypoint").length > 0 ||
		service.lines.some(
			({ path, value }) =>
				path[2] === "env_file" ||
				path[2] === "extends" ||
				(path[2] === "environment" &&
					/PORT|LISTEN|BIND|ADDR/i.test(`${path.at(-1) ?? ""}=${value}`.replace(/_(?:URL|URI|HOST)\b.*/i, ""))),
		);
	if (file === undefined || told || /\$/.test(file.lines.filter((text) => /^\s*EXPOSE\s/i.test(text)).join()))
		return [];
	return file.lines.flatMap((text, index) =>
		/^\s*EXPOSE\s/i.test(text)
			? [...text.matchAll(/\d+/g)].map(([port]) => ({ port: Number(port), file, line: index + 1 }))
			: [],
	);
}

/** `http://api:8000` of a neighbour. */
function calls(tree: Tree, caller: Service, all: readonly Service[]): Found[] {
	return caller.lines
		.filter(({ path }) => path[2] === "environment" || path[2] === "command")
		.flatMap(({ value, path, line }) =>
			[...(value === "" ? (path.at(-1) ?? "") : value).matchAll(/(?<![\w.-])([\w.-]+):(\d{2,5})\b/g)].flatMap(
				([, name, called]) => {
					const service =
						name === caller.name
							? undefined
							: all.find((one) => one.name === name && one.file.path === caller.file.path);
					const ports = service && answersOn(tree, service);
					if (!ports || ports.some(({ port }) => port === Number(called))) return [];
					return [finding(service, { port: Number(called), line, what: `is called by ${caller.name}` }, ports)];
				},
			),
		);
}

/** An address that is built into a page: it is asked from the host, where a service may have another port. */
function browsed(page: Service, all: readonly Service[]): Found[] {
	const published = all
		.filter(({ file }) => file.path === page.file.path)
		.flatMap((service) =>
			itemsOf(service, "ports").flatMap(({ value, line }) => {
				const [, host, inside] = /^(?:[\d.]+:)?(\d+):(\d+)$/.exec(value) ?? [];
				return host === undefined ? [] : [{ service, host, inside: inside!, line }];
			}),
		);
	return page.lines.flatMap(({ path, value, line }): Found[] => {
		const text = `${path.at(-1) ?? ""}=${value}`;
		const port = /(?:VITE|NEXT_PUBLIC|REACT_APP|PUBLIC)_\w+=["']?\w+:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(
			text,
		)?.[1];
		const meant = published.find(({ inside, host }) => inside === port && host !== port);
		if (port === undefined || meant === undefined || published.some(({ host }) => host === port)) return [];
		return [
			{
				message: `port ${port} of this machine is built into ${page.name}, and ${meant.service.name} is published on ${meant.host}`,
				evidence: [placeIn(page.file, line), placeIn(meant.service.file, meant.line)],
				fix: { say: `write ${meant.host} for ${port}`, ...editOf(page.file, line, port, meant.host) },
			},
		];
	});
}

/** `proxy_pass http://api:8000;` and `server api:8000;` of an nginx in front of the services. */
const PASSED = /^[ \t]*(?:\w+_pass\s+(?:https?:\/\/)?|server\s+)([a-z][\w-]*):(\d{2,5})\b/gm;
/** `targets: ["reporter:9464"]`, `url: http://loki:3100` of a program's own settings. */
const NAMED = /(?<![\w.@-])(?:(?:https?|grpc|tcp|redis):\/\/)?([a-z][\w-]*):(\d{2,5})(?![\w.:-])/g;

/** Settings of the tree that a compose file mounts into a service, with the services that it names there. */
function mountedBy(tree: Tree, services: readonly Service[]): { file: SourceFile; beside: readonly Service[] }[] {
	const found = new Map<SourceFile, Set<Service>>();
	for (const service of services)
		for (const { value } of itemsOf(service, "volumes")) {
			const path = posix.join(posix.dirname(service.file.path), /^["']?([^:]+):\//.exec(value)?.[1] ?? "");
			const file = tree.file(path);
			if (file === undefined || !/^(?:yaml|json|toml|ini|text|env|other)$/.test(file.language)) continue;
			const beside = services.filter((one) => one.file === service.file && one !== service);
			found.set(file, new Set([...(found.get(file) ?? []), ...beside]));
		}
	return [...found].map(([file, beside]) => ({ file, beside: [...beside] }));
}

function passes(tree: Tree, file: SourceFile, services: readonly Service[], pattern: RegExp): Found[] {
	if (standingOf(file.path) !== "live") return [];
	return file.matches(pattern).flatMap(({ 1: name, 2: port, 0: all, index }): Found[] => {
		if (pattern === NAMED && isComment(file, index)) return [];
		const named = services.filter((one) => one.name === name);
		const ports = named.map((service) => answersOn(tree, service));
		if (named.length === 0 || ports.some((own) => own === undefined || own.some((one) => one.port === Number(port))))
			return [];
		const right = ports.flatMap((own) => own!);
		const line = file.lineAt(index + all.length - 1);
		return [
			{
				message: `port ${port!} of ${name!} is asked by ${file.path}, and it listens on ${[...new Set(right.map((one) => one.port))].join(", ")}`,
				evidence: [placeIn(file, line), ...unique(right).map((one) => placeIn(one.file, one.line))],
				fix: { say: `write ${right[0]!.port} for ${port!} in ${file.path}:${line}` },
			},
		];
	});
}

function finding(
	service: Service,
	{ port, line, what }: { port: number; line: number; what: string },
	right: readonly ContainerPort[],
): Found {
	const ports = [...new Set(right.map((one) => one.port))];
	return {
		message: `port ${port} of ${service.name} ${what}, and it listens on ${ports.join(", ")}`,
		evidence: [placeIn(service.file, line), ...unique(right).map((one) => placeIn(one.file, one.line))],
		fix: {
			say: `write ${ports[0]!} for ${port} in ${service.file.path}:${line}`,
			...(ports.length === 1 ? editOf(service.file, line, String(port), String(ports[0])) : {}),
		},
	};
}
