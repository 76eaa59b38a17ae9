import { askedOnPorts, documentedPaths, type PortPath } from "../facts/documented-paths.ts";
import { HEALTH, isCode, probesOf, type Probe } from "../facts/health-probes.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { notOn, servedOn } from "../facts/served-paths.ts";
import { standingOf } from "../facts/standing.ts";
import { mountedBelow } from "../python/mounted.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS437",
	scope: "static",
	severity: "warning",
	question: "Does the code have the path that a health check asks for?",
	why: "The check gets 404 from a healthy program: it is restarted again and again, or never gets a request.",
	example: "`httpGet: { path: /health }` and the code serves `/healthz`: write one.",
	run(tree) {
		const probes = probesOf(tree);
		const routes = probes.length === 0 ? [] : routesOf(tree);
		const findings =
			routes.length === 0
				? []
				: probes.flatMap((probe) => [...unserved(tree, probe, routes), ...withoutPrefix(tree, probe)]);
		const told = documentedPaths(tree).filter(({ path }) => HEALTH.test(path));
		const asked = askedOnPorts(tree).filter(({ path }) => HEALTH.test(path));
		const served = asked.length === 0 ? undefined : servedOn(tree);
		const others = asked.flatMap((one) => {
			const found = notOn(one, served?.get(one.port), HEALTH);
			return found.length > 0 || told.length === 0 ? found : otherwise(tree, one, told);
		});
		const known = new Set(findings.map(({ evidence: [first] }) => keyOf(first)));
		return {
			looked: `${probes.length} health checks by HTTP`,
			findings: [...findings, ...others.filter(({ evidence: [first] }) => !known.has(keyOf(first)))],
		};
	},
} satisfies StaticCheck;

const keyOf = (place: Found["evidence"][0]): string => ("path" in place ? `${place.path}:${place.line}` : place.host);

/** A document has another path for the port, and the code has the one that is asked nowhere in one piece. */
function otherwise(tree: Tree, { port, path, file, line }: PortPath, told: readonly PortPath[]): Found[] {
	const own = told.filter((one) => one.port === port);
	const [first] = own;
	if (first === undefined || own.some((one) => one.path === path || one.path.endsWith(path) || path.endsWith(one.path)))
		return [];
	if (tree.files.some((one) => one !== file && standingOf(one.path) === "live" && one.text.includes(path))) return [];
	return [
		{
			message: `${file.path} asks port ${port} for ${path}, and ${first.file.path} says that it is ${first.path}`,
			evidence: [placeIn(file, line), placeIn(first.file, first.line)],
			fix: { say: `write ${first.path} in ${file.path}:${line}`, ...editOf(file, line, path, first.path) },
		},
	];
}

interface Route {
	path: string;
	file: SourceFile;
	line: number;
}

/** Paths for machines that the code defines. */
const routesOf = (tree: Tree): Route[] =>
	tree.files
		.filter(isCode)
		.flatMap((file) =>
			[
				...file.text.matchAll(
					/(?:\b(?:get|route|handle|HandleFunc|Handle|add_api_route|add_url_rule|add_get|GET|path|all|use)\s*\(\s*|\b(?:url|pathname|path)\s*[!=]==?\s*)["'`](?:[A-Z]+ )?(\/[\w./-]+)["'`]/g,
				),
			].flatMap(({ 1: path, index }) =>
				HEALTH.test(path!) && !isComment(file, index) && !CLIENT.test(file.lines[file.lineAt(index) - 1]!)
					? [{ path: prefixAt(file, index) + path!, file, line: file.lineAt(index) }]
					: [],
			),
		);

/** `/internal` of `@router.get("/ready")` where the file has `router = APIRouter(prefix="/internal")`. */
function prefixAt(file: SourceFile, at: number): string {
	const owner =
		file.language === "python" ? /@(\w+)\.$/.exec(file.text.slice(Math.max(0, at - 60), at))?.[1] : undefined;
	if (owner === undefined) return "";
	const made = new RegExp(`^${owner}\\s*=\\s*\\w*(?:Router|Blueprint)\\(([^)]*)\\)`, "m").exec(file.text)?.[1];
	return /\b(?:url_)?prefix\s*=\s*["'](\/[^"']*)["']/.exec(made ?? "")?.[1] ?? "";
}

function unserved(tree: Tree, { path, place, holds }: Probe, all: readonly Route[]): Found[] {
	// One image asks itself: what others serve counts only where it is not known to have routes of its own.
	const own = all.filter(({ file }) => holds?.(file.path) ?? false);
	const routes = own.length > 0 ? own : all;
	const files = own.length > 0 ? tree.files.filter((file) => holds!(file.path)) : tree.files;
	const bare = path.replace(/\/$/, "");
	const tail = `/${bare.split("/").at(-1)!}`;
	// A router may stand below a prefix, a server of another file or language may answer.
	const quoted = new RegExp(`["'\`](?!https?:)(?:[^"'\`\\n]*)?${RegExp.escape(tail)}/?["'\`?]`);
	const known = files.some((file) =>
		file.language === "nginx"
			? file.text.includes(tail) && !passesOn(file, new RegExp(`${RegExp.escape(tail)}(?![\\w-])`))
			: isCode(file) &&
				file.text.includes(tail) &&
				file.lines.some((line) => line.includes(tail) && quoted.test(line) && !CLIENT.test(line) && !IMPORT.test(line)),
	);
	const bases = new Set(routes.map((one) => one.path));
	if (
		known ||
		/actuator/.test(bare) ||
		bases.size === 0 ||
		tree.files.some((file) => isCodeLike(file.path) && mayJoin(file, tail.slice(1)))
	)
		return [];
	const meant = [...bases].find((one) => bare.split("/").length > 2 && one.startsWith(`/${bare.split("/")[1]!}/`));
	return [
		{
			message: `${place.path} asks for ${path}, which the code does not serve: it has ${[...bases].join(", ")}`,
			evidence: [place, ...routes.slice(0, 3).map(({ file, line }) => placeIn(file, line))],
			fix: { say: `write ${meant ?? bare.slice(0, bare.lastIndexOf("/")) + [...bases][0]!}` },
		},
	];
}

/** The path of a router, asked without what the router stands below. */
function withoutPrefix(tree: Tree, { path, place }: Probe): Found[] {
	const asked = path.replace(/\/$/, "");
	const mounted = mountedBelow(tree, asked) ?? [];
	const gateway = tree
		.in("nginx")
		.some(({ text }) => new RegExp(`\\blocation\\s+[=~^*\\s]*${RegExp.escape(asked)}\\b`).test(text));
	if (mounted.length === 0 || gateway || mounted.some(({ ending }) => asked.endsWith(ending))) return [];
	const endings = [...new Set(mounted.map(({ ending }) => ending))];
	return [
		{
			message: `${place.path} asks for ${path}, and the code serves it below a prefix alone: …${endings.join(", …")}`,
			evidence: [place, ...mounted.slice(0, 3).map(({ file, line }) => placeIn(file, line))],
			fix: { say: `write the whole path, which ends in ${endings[0]!}` },
		},
	];
}

/** What asks another program: its path is no route of this one. */
const CLIENT =
	/\b(?:httpx|requests|axios|aiohttp|urllib\d?|session|client|got|ky|http)\.(?:get|head|post|request|stream|urlopen)\(|\b(?:fetch|urlopen|axios)\(|https?:\/\//;

/** `import { healthRoutes } from "./routes/health"`: the path of a file. */
const IMPORT =
	/^\s*(?:import|export|\})[^;]*\bfrom\s*["']|^\s*import\s*["']|^\s*(?:const|let|var)\b[^=]*=\s*(?:await\s+)?(?:require|import)\(/;

/** nginx asks another program for the path, and answers none itself. */
const passesOn = ({ lines }: SourceFile, tail: RegExp): boolean =>
	lines.every((line) => !tail.test(line) || /proxy_pass/.test(line));

/** A word of a path that is put together, unlike a word that sorts routes in the documents of an API. */
const mayJoin = ({ text, lines }: SourceFile, word: string): boolean =>
	text.includes(`"${word}"`) && lines.some((line) => line.includes(`"${word}"`) && !/\btags\s*[=:]/.test(line));

const isCodeLike = (path: string): boolean => /\.(?:py|[cm]?[jt]sx?|go|rs|rb|java|kt|cs|php)$/.test(path);
