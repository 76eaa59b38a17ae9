import type { TakenSign } from "../data/make-signs.ts";
import type { Tree } from "../tree/tree.ts";
import { composeServices, type Service } from "./compose.ts";
import { envIn, envOf } from "./env.ts";

const NAMED = /(?<!\$)(?:\$\$)*\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g;
/** What compose has no reading for: its template takes `$$`, `$NAME` and `${NAME…}`. */
const REFUSED = /(?<!\$)(?:\$\$)*(\$(?:\([^)]*\)?|[\d?!#*@]))/;

/** Single dollar signs in what a service of compose runs, meant for the shell of the container. */
export const composeSigns = (tree: Tree): TakenSign[] => {
	const given = new Set(
		envOf(tree).flatMap(({ name, how, file }) => (how === "sets" && file.language === "env" ? [name] : [])),
	);
	return composeServices(tree).flatMap((service) => inService(service, given));
};

function inService({ file, name: service, lines }: Service, given: ReadonlySet<string>): TakenSign[] {
	const own = new Map(
		envIn(file).flatMap(({ name, how, block, value, line }) =>
			how === "sets" &&
			block === `services.${service}` &&
			value !== undefined &&
			!(file.lines[line - 1] ?? "").includes("$")
				? [[name, line]]
				: [],
		),
	);
	return lines
		.filter(({ path, value }) => /^(?:command|entrypoint|healthcheck)$/.test(path[2] ?? "") && value.includes("$"))
		.flatMap(({ value, line }): TakenSign[] => {
			const refused = REFUSED.exec(value)?.[1];
			if (refused !== undefined)
				return [{ file, line, sign: refused, what: "compose refuses the file for it", meant: `$${refused}` }];
			const [taken] = [...value.matchAll(NAMED)].filter(
				({ 1: a, 2: b }) => own.has((a ?? b)!) && !given.has((a ?? b)!),
			);
			const name = taken?.[1] ?? taken?.[2];
			return name === undefined
				? []
				: [
						{
							...{ file, line, sign: taken![0].slice(taken![0].lastIndexOf("$")) },
							what: `compose takes ${name} of its own environment, not of the service's`,
							meant: `$${taken![0].slice(taken![0].lastIndexOf("$"))}`,
						},
					];
		});
}
