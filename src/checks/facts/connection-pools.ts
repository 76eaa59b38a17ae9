import { itemsOf, type Service } from "./compose.ts";
import type { FilePlace } from "../triage-check.ts";

/** What one service may ask of the database at the same time. */
export interface Pool {
	service: Service;
	replicas: number;
	processes: number;
	/** Connections of one process. */
	size: number;
	places: readonly FilePlace[];
}

const POOL =
	/^(?:\w+_)?(?:(?:DB|DATABASE|PG|POSTGRES(?:QL)?|SQL(?:ALCHEMY)?)_?(?:MAX_)?POOL(?:_?(?:MAX|SIZE|MAX_SIZE|LIMIT))?|(?:DB|DATABASE|PG|POSTGRES|SQL)_?MAX_?CONNECTIONS)$/;
const OVERFLOW = /^(?:\w+_)?(?:DB|DATABASE|PG|POSTGRES(?:QL)?|SQL(?:ALCHEMY)?)_?(?:POOL_)?MAX_OVERFLOW$/;
const WORKERS = /(?:--workers|--web-workers|\s-w)[=\s]+(\d+)\b/;

/** The numbers that a service is given in its environment, by name. */
function numbersOf({ lines, file }: Service): { name: string; value: number; place: FilePlace }[] {
	return lines.flatMap(({ path, value, line }) => {
		if (path[2] !== "environment") return [];
		const [, name, text] = path[3] === "-" ? (/^["']?(\w+)=(\d+)["']?$/.exec(value) ?? []) : ["", path[3] ?? "", value];
		return name !== undefined && /^\d+$/.test(text ?? "")
			? [{ name, value: Number(text), place: file.place(line) }]
			: [];
	});
}

/** The pool of a service whose server starts several processes, each with its own; undefined where its size is not known. */
export function poolOf(
	service: Service,
	defaults: ReadonlyMap<string, { value: number; place: FilePlace }>,
): Pool | undefined {
	const numbers = numbersOf(service);
	const given = numbers.filter(({ name }) => POOL.test(name));
	const usual = [...defaults].filter(([name]) => POOL.test(name)).map(([, one]) => one);
	const [size, ...others] = given.length > 0 ? given : usual;
	const command = itemsOf(service, "command");
	const text = command
		.map(({ value }) => value)
		.join(" ")
		.replaceAll(/["',[\]]+/g, " ");
	if (size === undefined || others.length > 0 || !/\b(?:uvicorn|gunicorn|hypercorn|granian)\b/.test(text))
		return undefined;
	const concurrency = numbers.find(({ name }) => name === "WEB_CONCURRENCY");
	const workers = WORKERS.exec(text)?.[1];
	const replicas = service.lines.find(
		({ path, value }) => /^(?:deploy\.replicas|scale)$/.test(path.slice(2).join(".")) && /^\d+$/.test(value),
	);
	const overflow = numbers.find(({ name }) => OVERFLOW.test(name));
	return {
		service,
		replicas: replicas === undefined ? 1 : Number(replicas.value),
		processes: workers === undefined ? (concurrency?.value ?? 1) : Number(workers),
		size: size.value + (overflow?.value ?? 0),
		places: [
			size.place,
			...command.slice(0, 1).map(({ line }) => service.file.place(line)),
			...(replicas === undefined ? [] : [service.file.place(replicas.line)]),
		],
	};
}

/** How many connections a service of PostgreSQL allows, and where that is told; it keeps three for superusers. */
export function connectionsOf(service: Service): { most: number; place: FilePlace } | undefined {
	if (
		!/^(?:docker\.io\/)?(?:library\/)?(?:postgres|postgis\/postgis|pgvector\/pgvector|timescale\/timescaledb)(?:[:@]|$)/.test(
			service.image ?? "",
		)
	)
		return undefined;
	for (const { value, line } of itemsOf(service, "command")) {
		const most = /\bmax_connections["']?\s*=\s*["']?(\d+)/.exec(value)?.[1];
		if (most !== undefined) return { most: Number(most), place: service.file.place(line) };
		// A file of settings may say it.
		if (/config_file/.test(value)) return undefined;
	}
	const mounts = itemsOf(service, "volumes").some(({ value }) => /postgresql(?:\.auto)?\.conf/.test(value));
	return mounts ? undefined : { most: 100, place: service.file.place(service.line) };
}
