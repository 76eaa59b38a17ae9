import type { SourceFile } from "../tree/source-file.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { itemsOf, type Service } from "./compose.ts";
import { liveEnvOf } from "./env.ts";

/** Where a port of a container is told. */
export interface ContainerPort {
	port: number;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

const IMAGES: readonly (readonly [RegExp, readonly number[]])[] = [
	[/(?:^|\/)(?:postgres|postgis|pgvector|timescaledb)/, [5432]],
	[/(?:^|\/)(?:redis|valkey|keydb|dragonfly)/, [6379]],
	[/(?:^|\/)(?:mysql|mariadb)/, [3306]],
	[/(?:^|\/)mongo/, [27017]],
	[/(?:^|\/)minio/, [9000, 9001]],
	[/(?:^|\/)(?:auto-setup|temporal)/, [7233, 7234, 7235, 7239, 8233, 8000]],
	[/(?:^|\/)rabbitmq/, [5672, 15672]],
];

/** What the program of a service is started to listen on: its command, or that of its Dockerfile. */
export function startedOn(tree: Tree, service: Service): ContainerPort[] {
	const own = itemsOf(service, "command").flatMap(({ value, line }) =>
		optionPorts(value).map((port) => ({ port, file: service.file, line })),
	);
	if (own.length > 0 || itemsOf(service, "command").length > 0) return own;
	const file = service.dockerfile === undefined ? undefined : tree.file(service.dockerfile);
	return file ? commandPorts(file) : [];
}

/** `--port 8000`, `--bind 0.0.0.0:8000`, `http.server 8000`, `-p 8000` of a server, in a shell's or in JSON form. */
export const optionPorts = (text: string): number[] =>
	[
		...text
			.replaceAll(/["',[\]]+/g, " ")
			.matchAll(
				/--(?:port|bind|server\.port|http-port|listen)[= ]+(?:[\w.*]*:)?(\d{2,5})\b(?!\.\d)|\bhttp\.server\s+(\d{2,5})\b|\s-(?:b|p)\s+(?:[\w.*]*:)?(\d{2,5})\b(?!:)/g,
			),
	].map(([, long, word, short]) => Number(long ?? word ?? short));

/** Ports in the last CMD or ENTRYPOINT. */
export function commandPorts(file: SourceFile): ContainerPort[] {
	const at = file.lines.findLastIndex((text) => /^\s*(?:CMD|ENTRYPOINT)\b/i.test(text));
	if (at === -1) return [];
	const end = file.lines.findIndex((text, index) => index >= at && !/\\\s*$/.test(text));
	return file.lines
		.slice(at, end + 1)
		.flatMap((text, index) => optionPorts(text).map((port) => ({ port, file, line: at + index + 1 })));
}

/** Every port on which the service may answer inside of its network; undefined when nobody says. */
export function answersOn(tree: Tree, service: Service): ContainerPort[] | undefined {
	const mapped = itemsOf(service, "ports").flatMap(({ value, line }) => {
		const port = containerPort(value);
		return port === undefined ? [] : [{ port, file: service.file, line }];
	});
	const exposed = itemsOf(service, "expose").flatMap(({ value, line }) =>
		/^\d+/.test(value) ? [{ port: Number.parseInt(value, 10), file: service.file, line }] : [],
	);
	const file = service.dockerfile === undefined ? undefined : tree.file(service.dockerfile);
	const declared = (file?.lines ?? []).flatMap((text, index) =>
		/^\s*EXPOSE\s/i.test(text)
			? [...text.matchAll(/\d+/g)].map(([port]) => ({ port: Number(port), file: file!, line: index + 1 }))
			: [],
	);
	const known = IMAGES.find(([pattern]) => service.image !== undefined && pattern.test(service.image))?.[1] ?? [];
	const started = startedOn(tree, service);
	const all = [
		...started,
		...mapped,
		...exposed,
		...(started.length > 0 ? [] : declared.filter(({ port }) => !isMoved(tree, service, port))),
		...envPorts(service).map(({ port, line }) => ({ port, file: service.file, line })),
		...known.map((port) => ({ port, file: service.file, line: service.line })),
	];
	const closed = service.dockerfile !== undefined || known.length > 0;
	return all.length === 0 || !closed ? undefined : all;
}

/** `8000`, `8000:8100`, `127.0.0.1:8000:8100/tcp`, `target: 8100`. */
export function containerPort(value: string): number | undefined {
	const found = /(?:^|:)(\d{2,5})(?:\/(?:tcp|udp))?$/.exec(value);
	return found ? Number(found[1]) : undefined;
}

const envPorts = (service: Service): { name: string; port: number; line: number }[] =>
	service.lines.flatMap(({ path, value, line }) => {
		const text = `${path.at(-1) ?? ""}=${value}`;
		const [, name, port] = (path[2] === "environment" ? /(\w*PORT)=(\d{2,5})$/.exec(text) : null) ?? [];
		return port === undefined ? [] : [{ name: name!, port: Number(port), line }];
	});

/** Name → the one port that code takes where nobody sets it. */
const defaultPorts = once((tree: Tree): ReadonlyMap<string, string> => {
	const reads = liveEnvOf(tree).filter(({ how, name, value }) => how === "reads" && name.endsWith("PORT") && value);
	const byName = Map.groupBy(reads, ({ name }) => name);
	return new Map(
		[...byName].flatMap(([name, all]) =>
			all.every(({ value }) => value === all[0]!.value) ? [[name, all[0]!.value!] as const] : [],
		),
	);
});

/** The port is a default of the code, and the service is given another one for it. */
function isMoved(tree: Tree, service: Service, port: number): boolean {
	const given = envPorts(service);
	const others = given.filter((one) => defaultPorts(tree).get(one.name) === String(port));
	return others.length > 0 && given.every((one) => one.port !== port);
}

/** A command that listens for its own machine alone: its port is not the one of its image. */
export const isOnLoopback = (command: string): boolean =>
	/--(?:host|bind|address|listen-host)[ =]["']?(?:127\.|localhost\b|\[?::1)|\s-b[ =]?["']?(?:127\.|localhost:)/.test(
		command,
	);
