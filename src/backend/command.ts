import { existsSync, globSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../errors/errors.ts";
import { namedEnvironment } from "../system/child-environment.ts";
import { instancesOf } from "./layout.ts";
import type { BackendSettings } from "./settings.ts";
import { wordsFor } from "./supervisor/programs.ts";

/** Where an ASGI application stands by convention: FastAPI's own places, and one package below src. */
const APPLICATIONS = ["main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py", "src/*/main.py"];

/**
 * What each instance of a backend runs: the command of its server, else that of the file, else uvicorn with the
 * application that lies beside the file.
 * @throws UserError backend_no_command, backend_env_missing (usage)
 */
export function commandsOf(settings: BackendSettings, root: string): Record<string, string[]> {
	let uvicorn: string[] | undefined;
	const found = instancesOf(settings).map((instance) => {
		const { command = settings.command } = settings.servers[instance.server]!;
		const words = typeof command === "string" ? command.split(/\s+/).filter(Boolean) : command;
		const own = words ?? (uvicorn ??= uvicornCommand(root, instance.server));
		return [instance.name, wordsFor(own, instance)] as const;
	});
	return Object.fromEntries(found);
}

function uvicornCommand(root: string, server: string): string[] {
	const [path] = APPLICATIONS.flatMap((pattern) => globSync(pattern, { cwd: root })).filter((file) =>
		/^app\b.*=/m.test(readFileSync(join(root, file), "utf8")),
	);
	if (path === undefined)
		throw new UserError(
			"backend_no_command",
			`the server ${server} has no command, and ${root} holds no application for uvicorn (${APPLICATIONS.join(", ")})`,
			{ hint: "add command: to the server, such as command: node server.js --port {port}" },
		);
	const parts = path.replaceAll("\\", "/").replace(/\.py$/, "").split("/");
	const inSource = parts[0] === "src";
	const module = (inSource ? parts.slice(1) : parts).join(".");
	const folder = inSource ? join(root, "src") : root;
	const options = ["--host", "127.0.0.1", "--port", "{port}", "--no-use-colors", "--app-dir", folder];
	return [pythonOf(root), "-m", "uvicorn", `${module}:app`, ...options];
}

/** The project's own Python, else the one on the PATH. */
function pythonOf(root: string): string {
	const own = [".venv/bin/python", "venv/bin/python", ".venv/Scripts/python.exe"].map((path) => join(root, path));
	return own.find((path) => existsSync(path)) ?? (delimiter === ";" ? "python" : "python3");
}

/** The variables that servers get from this environment, and from `more`. @throws UserError backend_env_missing (usage) */
export function passedEnvironment(
	{ servers }: BackendSettings,
	more: Readonly<Record<string, string>> = {},
): Record<string, string> {
	const names = [...new Set(Object.values(servers).flatMap(({ pass_env }) => pass_env))];
	const found = { ...namedEnvironment(names), ...namedEnvironment(names, more) };
	const missing = names.filter((name) => !Object.hasOwn(found, name));
	if (missing.length === 0) return found;
	throw new UserError("backend_env_missing", `pass_env names ${missing.join(", ")}, which this environment lacks`, {
		hint: `export ${missing[0]}=…, then run the command again`,
	});
}
