import { editAt, placeIn } from "../facts/found.ts";
import { portsOf } from "../facts/ports.ts";
import { routesOf, type Route } from "../facts/routes.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS449",
	scope: "static",
	severity: "error",
	question: "Does nginx pass each path on as the program behind it serves it?",
	why: "With a path or a slash behind the host, proxy_pass puts that in the place of the location: the program answers 404. Without one, it gets the whole path.",
	example:
		"`location /api/v1/feed/ws { proxy_pass http://feed/; }`, and the program serves `/ws` below that prefix: write `proxy_pass http://feed;`.",
	run(tree) {
		const passes = tree.files.flatMap(passesIn);
		const routes = passes.length === 0 ? [] : [...routesOf(tree), ...prefixesIn(tree)];
		const findings =
			routes.length === 0 ? [] : passes.flatMap((one) => [...cut(tree, one, routes), ...whole(tree, one, routes)]);
		return { looked: `${passes.length} locations that pass requests on`, findings };
	},
} satisfies StaticCheck;

interface Pass {
	/** What stands behind `location`, placeholders left in. */
	location: string;
	exact: boolean;
	host: string;
	/** The path behind the host: undefined where there is none. */
	uri: string | undefined;
	block: string;
	file: SourceFile;
	/** Offset of `proxy_pass`. */
	at: number;
}

/** In files of nginx, and in texts from which programs make such files. */
const PASS =
	/location\s+(=|\^~)?\s*((?:\{\w+\}|\$\{\w+\})?\/[\w./{}$-]*|\{\w+\}|\$\{\w+\})\s*\{\{?([^}]*?proxy_pass\s+https?:\/\/((?:\{\w+\}|\$\{\w+\}|[\w.:-])+)(\/[\w./-]*)?\s*;[^}]*)\}/g;

function passesIn(file: SourceFile): Pass[] {
	const { path, text, language } = file;
	if (!text.includes("proxy_pass") || text.length > 200_000 || isAside(path) || isTest(path)) return [];
	if (standingOf(path) !== "live" && !/\.(?:template|tmpl|j2|conf)$/.test(path)) return [];
	if (!/^(?:nginx|python|javascript|shell|powershell|text|yaml)$/.test(language)) return [];
	return file.matches(PASS).flatMap(({ 0: all, 1: sign, 2: location, 3: block, 4: host, 5: uri, index }): Pass[] => {
		const at = index + all.indexOf("proxy_pass");
		return isComment(file, at) && language === "nginx"
			? []
			: [{ location: location!, exact: sign === "=", host: host!, uri, block: block!, file, at }];
	});
}

/** What `{base}` or `{settings.api_base}` stands for, where the file or the settings of the tree say one value. */
function baseOf(tree: Tree, file: SourceFile, name: string): string | undefined {
	const own = new RegExp(`^[ \\t]*(?:const[ \\t]+)?${RegExp.escape(name)}[ \\t]*=[ \\t]*([^\\n]+)$`, "m").exec(
		file.text,
	)?.[1];
	const said = /["'](\/[\w/-]+)["']/.exec(own ?? "")?.[1];
	if (said !== undefined) return said.replace(/\/$/, "");
	const key = own === undefined ? name.split(".").at(-1)! : /\.(\w+);?\s*$/.exec(own)?.[1];
	if (key === undefined || key.length < 4) return undefined;
	const values = tree
		.in("yaml", "toml", "json", "python")
		.flatMap(({ path, text }) =>
			standingOf(path) !== "live" || !text.includes(key)
				? []
				: [
						...text.matchAll(
							new RegExp(
								`^[ \\t]*["']?${RegExp.escape(key)}["']?(?:[ \\t]*:[ \\t]*str)?[ \\t]*[:=][ \\t]*["']?(/[\\w/-]+)`,
								"gm",
							),
						),
					].map(([, value]) => value!.replace(/\/$/, "")),
		);
	return new Set(values).size === 1 ? values[0] : undefined;
}

/** `include_router(…, prefix="/v1")`, `APIRouter(prefix="/v1")`, `register(…, { prefix: "/v1" })`. */
const prefixesIn = (tree: Tree): Route[] =>
	tree.in("python", "javascript").flatMap((file) =>
		isTest(file.path) || isAside(file.path) || !file.includes("prefix")
			? []
			: [
					...file.text.matchAll(/\b(?:url_)?prefix\s*[=:]\s*f?["'`](?:\$?\{([\w.]+)\})?((?:\/[\w-]+)+)\/?["'`]/g),
				].flatMap(({ 1: base, 2: path, index }) => {
					const head = base === undefined ? "" : baseOf(tree, file, base);
					return head === undefined ? [] : [{ path: `${head}${path!}`, file, line: file.lineAt(index) }];
				}),
	);

/** Programs that take a part of the path off themselves, or know that nginx did. */
const MOVED = /root_path|--root-path|X-Forwarded-Prefix|StripPrefix|SCRIPT_NAME|ProxyFix/;

const fixed = (location: string): string => location.replace(/^(?:\{\w+\}|\$\{\w+\})/, "").replace(/\/$/, "");

/** The program has the path of the location, and gets it without. */
function cut(tree: Tree, pass: Pass, routes: readonly Route[]): Found[] {
	const path = fixed(pass.location);
	if (pass.uri === undefined || path === "" || /[${}]/.test(path) || /\brewrite\b/.test(pass.block)) return [];
	const left = pass.uri.replace(/\/$/, "");
	if (
		left.endsWith(path) ||
		(left !== "" && path.endsWith(left) && left.split("/").length > 1 && served(left, routes).length > 0)
	)
		return [];
	const right = served(path, routes).filter(({ file }) => isBehind(tree, pass, file));
	const [first] = right;
	if (!first || tree.files.some((file) => file.language !== "markdown" && file.has(MOVED))) return [];
	// The same end below another path.
	if (
		routes.some(
			({ path: one, file }) => file === first.file && left !== "" && one.startsWith(left) && !one.startsWith(path),
		)
	)
		return [];
	const uri = `${pass.host}${pass.uri}`;
	return [
		{
			message: `${pass.file.path} passes ${pass.location} on as ${left === "" ? "/" : left}, and the program serves ${first.path}`,
			evidence: [
				placeIn(pass.file, pass.file.lineAt(pass.at)),
				...right.slice(0, 3).map((one) => placeIn(one.file, one.line)),
			],
			fix: {
				say: `write proxy_pass http://${pass.host}; without ${pass.uri}`,
				...editAt(pass.file, pass.file.text.indexOf(uri, pass.at), uri, pass.host),
			},
		},
	];
}

const served = (path: string, routes: readonly Route[]): Route[] =>
	routes.filter(({ path: one }) => one === path || one.startsWith(`${path}/`) || one.startsWith(`${path}?`));

/** The program gets the path of the location, and has no path that begins so. */
function whole(tree: Tree, pass: Pass, routes: readonly Route[]): Found[] {
	const path = pass.location.replace(/\/$/, "");
	if (pass.uri !== undefined || !/^\/[\w-]+$/.test(path) || /\brewrite\b/.test(pass.block) || pass.exact) return [];
	const port = Number(/:(\d+)$/.exec(pass.host)?.[1] ?? Number.NaN);
	const program = portsOf(tree).listeners.find((one) => one.sure && one.port === port && one.target !== undefined);
	const module = program?.target?.split(":")[0]!.replaceAll(".", "/");
	const own =
		module === undefined
			? undefined
			: tree.in("python").find((file) => file.path === `${module}.py` || file.path.endsWith(`/${module}.py`));
	if (!own || tree.files.some((file) => file.language !== "markdown" && file.has(MOVED))) return [];
	const folder = own.path.slice(0, own.path.lastIndexOf("/") + 1);
	const mine = routes.filter(({ file }) => file.path.startsWith(folder));
	const code = tree.in("python").filter((file) => file.path.startsWith(folder) && !isTest(file.path));
	const spoken = code.some(
		(file) =>
			new RegExp(`["'/]${RegExp.escape(path.slice(1))}(?:["'/{]|$)`, "m").test(file.text) ||
			file.has(/prefix\s*=\s*(?!["'])|\.mount\(|StaticFiles/),
	);
	if (mine.length === 0 || spoken) return [];
	return [
		{
			message: `${pass.file.path} passes ${pass.location} on as it is, and ${own.path} serves nothing below ${path}`,
			evidence: [
				placeIn(pass.file, pass.file.lineAt(pass.at)),
				...mine.slice(0, 3).map((one) => placeIn(one.file, one.line)),
			],
			fix: {
				say: `write proxy_pass http://${pass.host}/; so that ${path} is taken off, or serve the routes below ${path}`,
			},
		},
	];
}

/** Whether the host may be the program of the route: nobody says otherwise by a port. */
function isBehind(tree: Tree, { host }: Pass, file: SourceFile): boolean {
	const port = Number(/:(\d+)$/.exec(host)?.[1] ?? Number.NaN);
	const there = portsOf(tree).listeners.filter((one) => one.sure && one.port === port && one.file.language !== "nginx");
	if (Number.isNaN(port) || there.length === 0) return true;
	return there.some(({ target }) => {
		const module = target?.split(":")[0]!.split(".")[0];
		return module !== undefined && file.path.split("/").some((part) => part === module || part === `${module}.py`);
	});
}
