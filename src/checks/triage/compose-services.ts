import { composeServices, type Service } from "../facts/compose.ts";
import { listed, placeIn } from "../facts/found.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { once } from "../tree/once.ts";

export default {
	code: "TS427",
	scope: "static",
	severity: "error",
	question: "Does every service of a compose file depend on services that are there?",
	why: "Compose refuses the whole file when one service depends on a name that was renamed or taken out.",
	example: "`depends_on: [redis]` and the service is called `cache`: write cache.",
	run(tree) {
		const services = composeServices(tree);
		const open = new Set(
			services.filter(({ file }) => file.has(/^include:|^[ \t]+extends:/m)).map(({ file }) => folderOf(file.path)),
		);
		const named = Map.groupBy(services, ({ file }) => folderOf(file.path));
		const findings = services.flatMap((service) => {
			const folder = folderOf(service.file.path);
			return open.has(folder) || !/compose/.test(service.file.path) ? [] : lost(service, named.get(folder)!);
		});
		return { looked: `${services.length} services of compose files`, findings };
	},
} satisfies StaticCheck;

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

function lost(service: Service, all: readonly Service[]): Found[] {
	const known = namesIn(all);
	const wanted = service.lines
		.filter(({ path }) => path[2] === "depends_on")
		.flatMap(({ path, value, line }) => {
			const list = /^\[(.*)\]$/.exec(value)?.[1];
			if (list !== undefined) return list.split(",").map((one) => ({ name: one.trim().replaceAll(/["']/g, ""), line }));
			if (path.at(-1) === "-") return [{ name: value, line }];
			return path.length === 4 && path[3] !== "-" && value === "" ? [{ name: path[3]!, line }] : [];
		});
	return wanted
		.filter(({ name }) => /^[\w.-]+$/.test(name) && !known.has(name))
		.map(({ name, line }) => ({
			message: `${service.name} depends on ${name}, and no service has that name`,
			evidence: [placeIn(service.file, line), ...all.slice(0, 3).map((one) => placeIn(one.file, one.line))],
			fix: {
				say: `write one of ${[...known]
					.filter((one) => one !== service.name)
					.slice(0, MOST)
					.join(", ")} in ${listed([{ file: service.file, line }])}, or add the service`,
			},
		}));
}

/** Names that a fix lists. */
const MOST = 10;
const namesIn = once((all: readonly Service[]): ReadonlySet<string> => new Set(all.map(({ name }) => name)));
