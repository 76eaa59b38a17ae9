import { isPortName } from "../facts/env-statement.ts";
import { liveEnvOf } from "../facts/env.ts";
import type { Side } from "../facts/found.ts";
import { numbersOf } from "../facts/line-numbers.ts";
import { isNamedLive } from "../facts/named-ports.ts";
import { WELL_KNOWN } from "../facts/ports.ts";
import { isOnLoopback, optionPorts } from "../facts/service-ports.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** What a Dockerfile declares, and what its nginx asks, against the one port of the programs that its supervisor starts. */
export function supervisedSides(tree: Tree, file: SourceFile): Side[] {
	const copies = file.lines.filter((text) => /^\s*(?:COPY|ADD)\s/i.test(text)).join("\n");
	const copied = (one: SourceFile): boolean => copies.includes(` ${one.path} `);
	const started = tree
		.in("ini")
		.flatMap((one) =>
			copied(one)
				? one.lines.flatMap((text, index) =>
						/^\s*command\s*=/.test(text) && !isOnLoopback(text)
							? optionPorts(text).map((port): Side => ({ value: String(port), file: one, line: index + 1, weight: 2 }))
							: [],
					)
				: [],
		);
	const exposed = numbersOf(file, /^\s*EXPOSE\s+(.*)$/i, /\b(\d{2,5})\b/g);
	const given = givenPorts(tree, copied);
	if (exposed.some(({ value }) => given.some((one) => one.value === value))) return [];
	const alone = givenAlone(tree, exposed, given);
	if (alone.length > 0) return [...exposed, ...alone];
	const [first] = started;
	if (!first || new Set(started.map(({ value }) => value)).size > 1) return [];
	if (exposed.length === 0 || exposed.some(({ value }) => value === first.value)) return [];
	const ahead = tree.in("nginx").filter(copied);
	const listened = ahead.flatMap((one) => numbersOf(one, /^\s*listen\s/, /\b(\d{2,5})\b/g));
	if (exposed.every(({ value }) => listened.some((one) => one.value === value))) return [];
	const asked = tree
		.in("nginx")
		.flatMap((one) => numbersOf(one, /proxy_pass/, /(?:localhost|127\.0\.0\.1):(\d{2,5})/g))
		.filter(({ value }) => exposed.some((one) => one.value === value));
	return [...exposed, ...asked, first];
}

/** `environment=METRICS_PORT="9465"` of a program */
const givenPorts = (tree: Tree, copied: (file: SourceFile) => boolean): Side[] =>
	liveEnvOf(tree).flatMap(({ how, name, value, file, line, block }) =>
		how === "sets" && block.startsWith("program:") && isPortName(name) && /^\d{2,5}$/.test(value ?? "") && copied(file)
			? [{ value: value!, file, line, weight: 1 }]
			: [],
	);

/** The one port that programs are given and that nobody else names, beside an exposed one that others reach and no code has. */
function givenAlone(tree: Tree, exposed: readonly Side[], given: readonly Side[]): Side[] {
	const [own, ...more] = given;
	const [outer, ...others] = exposed;
	if (own === undefined || outer === undefined || more.length > 0 || others.length > 0) return [];
	if (WELL_KNOWN.has(Number(own.value)) || isNamedLive(tree, Number(own.value), own.file)) return [];
	const number = new RegExp(`((?<![\\w.])${outer.value}(?![\\w.]))`, "g");
	const live = tree.files.filter(({ path, text }) => standingOf(path) === "live" && text.includes(outer.value));
	if (live.some(({ language, path }) => /^(?:javascript|python)$/.test(language) || path.endsWith(".go"))) return [];
	const reached = live
		.filter(({ language }) => /^(?:shell|powershell|yaml)$/.test(language))
		.flatMap((file) => numbersOf(file, REACHES, number));
	return reached.length === 0 ? [] : [...reached, own];
}

/** A published port, a rule of a firewall, a target of a scrape. */
const REACHES = /--publish\b|(?<!\w)-p\s|\bports?\b|targets|\ballow\b|^\s*-\s*["']?[\d.:]+["']?\s*$/;
