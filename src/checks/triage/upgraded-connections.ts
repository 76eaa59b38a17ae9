import { directivesIn, type Directive } from "../data/nginx-directives.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS328",
	scope: "static",
	severity: "error",
	question: "Does nginx speak HTTP 1.1 where it passes an upgrade on?",
	why: "nginx (up to 1.28) asks the program behind it by HTTP 1.0 unless told otherwise, and that has no upgrade: WebSockets fail although their headers are passed on.",
	example:
		"`proxy_set_header Upgrade $http_upgrade;` alone: write `proxy_http_version 1.1;` beside it, in the same location.",
	run(tree) {
		const files = tree.files.filter(
			(file) => file.has(HEADER) && !isAside(file.path) && ["live", "example"].includes(standingOf(file.path)),
		);
		// A file that includes these may say it for all of them.
		const all = files.length > 0 && (saidForAll(tree) || tree.files.some((file) => file.has(NEWER)));
		return {
			looked: `${files.length} files that pass upgrades on`,
			findings: all ? [] : files.flatMap((file) => (file.language === "nginx" ? inNginx(file) : inProgram(file))),
		};
	},
} satisfies StaticCheck;

const HEADER = /proxy_set_header\s+Upgrade\s+\\?\$http_upgrade/i;
/** Images whose nginx may ask by HTTP 1.1 by itself. */
const NEWER = /\bnginx:(?:1\.(?:29|[3-9]\d)|mainline|[2-9])/;
const VERSION = /proxy_http_version/;

const isUpgrade = ({ name, args: [header = "", value = ""] }: Directive): boolean =>
	name === "proxy_set_header" && /^upgrade$/i.test(header) && /^\$http_upgrade$/.test(value);

/** In the block http of a whole file of nginx. */
const saidForAll = (tree: Tree): boolean =>
	tree
		.in("nginx")
		.some((file) =>
			directivesIn(file).some(
				({ name, inside }) => name === "proxy_http_version" && inside.every((block) => block === "http"),
			),
		);

/** The version counts for the block where it stands and for those below; what is included may have it. */
function inNginx(file: SourceFile): Found[] {
	const all = directivesIn(file);
	const path: string[] = [];
	const said = new Set<string>();
	const places = all.map((directive, at) => {
		path.length = directive.inside.length;
		const key = [...path].join("/");
		if (directive.name === "proxy_http_version" || directive.name === "include") said.add(key);
		const next = all[at + 1];
		if (next !== undefined && next.inside.length > directive.inside.length) path.push(String(directive.at));
		return { directive, key };
	});
	const isSaid = (key: string): boolean => {
		const parts = key === "" ? [] : key.split("/");
		return Array.from({ length: parts.length + 1 }, (_, count) => parts.slice(0, count).join("/")).some((one) =>
			said.has(one),
		);
	};
	const known = new Set<string>();
	return places.flatMap(({ directive, key }) => {
		if (!isUpgrade(directive) || isSaid(key) || known.has(key)) return [];
		known.add(key);
		return [foundFor(file, directive.at)];
	});
}

/** A program or a template that makes such a file, and says the version nowhere. */
function inProgram(file: SourceFile): Found[] {
	const found = HEADER.exec(file.text);
	if (!/^(?:python|javascript|shell|powershell|text|yaml)$/.test(file.language) || found === null) return [];
	return file.has(VERSION) || file.has(/\binclude\s+[\w./-]+;/) || isComment(file, found.index)
		? []
		: [foundFor(file, found.index)];
}

const foundFor = (file: SourceFile, at: number): Found => ({
	message: `${file.path} passes an upgrade on, and has no proxy_http_version 1.1`,
	evidence: [file.placeAt(at)],
	fix: { say: "write proxy_http_version 1.1; beside it" },
});
