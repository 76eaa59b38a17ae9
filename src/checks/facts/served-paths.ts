import { hasModule } from "../claims/paths.ts";
import { moduleFile } from "../python/modules.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found } from "../triage-check.ts";
import { composeServices, itemsOf } from "./compose.ts";
import type { PortPath } from "./documented-paths.ts";
import { editOf, placeIn } from "./found.ts";
import { portsOf } from "./ports.ts";

/** All paths of the one application that is started on a port. */
export interface Served {
	file: SourceFile;
	paths: readonly string[];
	/** Of the first path. */
	at: number;
}

const ROUTE =
	/^@(\w+)\.(?:get|post|put|patch|delete|head|options|route|api_route|websocket)\(\s*(?:path\s*=\s*)?["']([^"'\n]*)["']/gm;
/** Routes may come from elsewhere. */
const OPEN =
	/include_router|\.mount\(|register_blueprint|add_(?:api_)?(?:route|url_rule|websocket_route)|add_middleware\(\s*(?!CORS|GZip|TrustedHost)|\bAPIRouter\b|root_path|url_prefix|\broutes\s*=/;

/** Port → the application that alone is started on it, where its file has all of its routes written out. */
export function servedOn(tree: Tree): ReadonlyMap<string, Served> {
	const targets = Map.groupBy(
		portsOf(tree).listeners.filter(({ sure }) => sure),
		({ port }) => String(port),
	);
	const mapped = new Set(
		composeServices(tree).flatMap((service) =>
			itemsOf(service, "ports").flatMap(({ value }) => {
				const [, host, inside] = /(?:^|:)["']?(\d{2,5}):(\d{2,5})(?:\/\w+)?["']?$/.exec(value) ?? [];
				return host !== undefined && host !== inside ? [host] : [];
			}),
		),
	);
	const found = new Map<string, Served>();
	for (const [port, all] of targets) {
		const [target, ...others] = new Set(all.map((one) => one.target));
		if (target === undefined || others.length > 0 || mapped.has(port) || !/^[A-Za-z_][\w.]*:\w+$/.test(target))
			continue;
		const served = servedBy(tree, target);
		if (served !== undefined) found.set(port, served);
	}
	return found;
}

function servedBy(tree: Tree, target: string): Served | undefined {
	const [module, app] = target.split(":") as [string, string];
	const file = hasModule(tree, module) === false ? undefined : moduleFile(tree, module);
	if (file === undefined || file.has(OPEN)) return undefined;
	// What gets the application may give it more routes.
	const made = new RegExp(`^${app}\\s*=\\s*(?:FastAPI|Flask|Starlette|Quart|Sanic)\\(`, "m");
	const given = new RegExp(`[(,=]\\s*${app}\\s*[,)]`);
	if (!made.test(file.text) || given.test(file.text)) return undefined;
	const routes = file.matches(ROUTE).filter(([, on]) => on === app);
	if (routes.length === 0) return undefined;
	return { file, paths: routes.map(([, , path]) => path!), at: routes[0]!.index };
}

/** Whether one of the routes answers a path; FastAPI has some of its own. */
const answers = ({ paths }: Served, path: string): boolean =>
	/^\/(?:docs|redoc|openapi\.json|static(?:\/.*)?)$/.test(path) ||
	paths.some((route) =>
		new RegExp(
			`^${route
				.split(/\{[^}]*\}|<[^>]*>/)
				.map((part) => RegExp.escape(part.replace(/\/$/, "")))
				.join("[^?]+")}/?$`,
		).test(path.replace(/\?.*$/, "")),
	);

/** The application that is started on the port has all of its routes in one file, and not this one; `kind`: of the path that is meant. */
export function notOn({ port, path, file, line }: PortPath, served: Served | undefined, kind: RegExp): Found[] {
	if (served === undefined || answers(served, path)) return [];
	const [meant] = served.paths.filter((one) => kind.test(one));
	return [
		{
			message: `${file.path} asks port ${port} for ${path}, which ${served.file.path} does not serve: it has ${served.paths.join(", ")}`,
			evidence: [placeIn(file, line), placeIn(served.file, served.file.lineAt(served.at))],
			fix:
				meant === undefined
					? { say: `ask for a path that it has, or add ${path} to ${served.file.path}` }
					: { say: `write ${meant}`, ...editOf(file, line, path, meant) },
		},
	];
}
