import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { outlineOf } from "./outline.ts";

/** Sections of a `cres.yaml` that say where servers are which somebody else runs. */
const SECTIONS = /^(?:temporal|store|registry|github|instances)$/;

/**
 * Lines of a YAML file that say where a server of somebody else is: those sections of a `cres.yaml` (`src/config/schema.ts`),
 * and of its `control.services` what belongs to a service with `external: true`. Counted from 1.
 */
export const outsideServersIn = once((file: SourceFile): ReadonlySet<number> => {
	if (!/(?:^|\/)cres(?:[.-][\w.-]+)?\.ya?ml$/.test(file.path)) return new Set();
	const lines = outlineOf(file);
	const external = new Set(
		lines.flatMap(({ path, value }) =>
			path[1] === "services" && path[3] === "external" && value === "true" ? [path[2]!] : [],
		),
	);
	return new Set(
		lines.flatMap(({ path: [top, kind, name], line }) =>
			SECTIONS.test(top ?? "") || (top === "control" && kind === "services" && external.has(name!)) ? [line] : [],
		),
	);
});
