import { editOf, placeIn } from "../facts/found.ts";
import { routesOf, type Route } from "../facts/routes.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** What asks this machine for a path: a probe, a script, a command of a document. */
const ASKED =
	/(?<![\w.@-])https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::(?:\d{2,5}|\$\{?\w+\}?))?(\/[\w/.-]*)(?![\w{$%*])/g;
/** Words of probes, which differ by a letter or two from one framework to the next. */
const PROBE =
	/^(?:health|healthz|healthcheck|health-check|health_check|heartbeat|live|livez|liveness|ready|readyz|readiness|status|ping|alive)$/;
const ASKING = ["dockerfile", "shell", "powershell", "batch", "yaml", "ini", "markdown", "nginx"] as const;

export default {
	code: "TS418",
	scope: "static",
	severity: "error",
	question: "Does a program of the tree answer the path that every probe asks for?",
	why: "The probe gets 404 from a program that runs well: it is restarted again and again, or never gets requests.",
	example:
		"`curl -f http://localhost:8000/healthz` in a HEALTHCHECK, and the application has `/health`; write the route that exists.",
	run(tree) {
		const routes = routesOf(tree);
		const files = tree.in(...ASKING).filter(({ path }) => ["live", "docs"].includes(standingOf(path)));
		const findings = routes.length === 0 ? [] : files.flatMap((file) => inFile(tree, file, routes));
		return { looked: `${routes.length} routes, ${files.length} files that may ask for one`, findings };
	},
} satisfies StaticCheck;

function inFile(tree: Tree, file: SourceFile, routes: readonly Route[]): Found[] {
	const seen = new Set<string>();
	return file.matches(ASKED).flatMap(({ 1: asked, index }): Found[] => {
		const path = asked!.replace(/[/.]+$/, "");
		const probe = path.slice(path.lastIndexOf("/") + 1);
		if (!PROBE.test(probe) || seen.has(path) || isComment(file, index)) return [];
		const sister = sisterOf(tree, path, routes);
		if (sister !== undefined) {
			seen.add(path);
			return [besideSister(file, file.lineAt(index), path, sister)];
		}
		if (isAnswered(tree, path, routes)) return [];
		// Of the probes that the tree has, one alone can be meant.
		const others = routes.filter((one) => PROBE.test(one.path.slice(one.path.lastIndexOf("/") + 1)));
		const meant = new Set(others.map((one) => one.path));
		if (meant.size !== 1) return [];
		seen.add(path);
		const line = file.lineAt(index);
		const [right] = others;
		return [
			{
				message: `${file.path} asks for ${path}, and the tree answers ${right!.path} alone`,
				evidence: [placeIn(file, line), ...others.slice(0, 3).map((one) => placeIn(one.file, one.line))],
				fix: { say: `write ${right!.path} for ${path}`, ...editOf(file, line, path, right!.path) },
				severity: standingOf(file.path) === "docs" ? "warning" : "error",
			},
		];
	});
}

/** The one path for probes beside the one that is asked: others ask for it. */
interface Sister {
	path: string;
	asked: { file: SourceFile; line: number };
	routes: readonly Route[];
}

/** Of `/api/v2/core/health` that one place asks for, `/api/v2/core/healthz`, which the rest of the tree does and which alone is a route. */
function sisterOf(tree: Tree, path: string, routes: readonly Route[]): Sister | undefined {
	const cut = path.lastIndexOf("/");
	const [folder, probe] = [path.slice(0, cut), path.slice(cut + 1)];
	const last = folder.slice(folder.lastIndexOf("/") + 1);
	const endsIn = (word: string): Route[] => routes.filter((one) => one.path.endsWith(`/${word}`));
	if (folder === "" || PROBE.test(last) || last === "actuator" || endsIn(probe).length > 0) return undefined;
	const near = new RegExp(`${RegExp.escape(folder)}/([\\w-]+)`, "g");
	const all = tree.files
		.filter(({ path: own }) => ["live", "docs", "test"].includes(standingOf(own)))
		.flatMap((file) =>
			file.includes(`${folder}/`) ? file.matches(near).map(({ 1: word, index }) => ({ word: word!, file, index })) : [],
		);
	const others = all.filter(({ word }) => word !== probe && PROBE.test(word) && endsIn(word).length > 0);
	const words = new Set(others.map(({ word }) => word));
	const isOnce = all.filter(({ word }) => word === probe).length === 1;
	const isOurs = tree.files.some(({ language, text }) => language === "nginx" && text.includes(folder));
	const [first] = others;
	if (!isOnce || words.size !== 1 || first === undefined) return undefined;
	const own = endsIn(first.word);
	if (
		!isOurs &&
		!own.some(({ file }) => new RegExp(`["'/]${RegExp.escape(last)}["'/.]`).test(`/${file.path}\n${file.text}`))
	)
		return undefined;
	return {
		path: `${folder}/${first.word}`,
		asked: { file: first.file, line: first.file.lineAt(first.index) },
		routes: own,
	};
}

const besideSister = (file: SourceFile, line: number, path: string, sister: Sister): Found => ({
	message: `${file.path} asks for ${path}, and what answers there is ${sister.path}`,
	evidence: [
		placeIn(file, line),
		placeIn(sister.asked.file, sister.asked.line),
		...sister.routes.slice(0, 2).map((one) => placeIn(one.file, one.line)),
	],
	fix: { say: `write ${sister.path}`, ...editOf(file, line, path, sister.path) },
	severity: standingOf(file.path) === "docs" ? "warning" : "error",
});

/** By a route, which may be mounted below another path; by nginx; by a program of somebody else that the tree names. */
const isAnswered = (tree: Tree, path: string, routes: readonly Route[]): boolean =>
	routes.some((one) => path === one.path || path.endsWith(one.path.replace(/\/$/, "") || "\0")) ||
	tree.files.some(
		({ language, text, path: from }) =>
			(language === "nginx" || language === "python" || language === "javascript" || language === "text") &&
			asWhole(path.slice(path.lastIndexOf("/"))).test(text) &&
			standingOf(from) !== "docs",
	) ||
	tree.files.some((file) => file.language !== "markdown" && file.has(FOREIGN));

const asWhole = (path: string): RegExp => new RegExp(`${RegExp.escape(path)}(?![\\w-])`);

/** Programs with probes of their own. */
const FOREIGN =
	/\b(?:llama-server|vllm|sglang|ollama|minio|temporal server|text-generation-launcher|triton|keycloak|grafana|prometheus|traefik|envoy|vault|consul|clickhouse|qdrant|weaviate|elasticsearch|opensearch|actuator|gradio|streamlit|comfyui)\b/i;
