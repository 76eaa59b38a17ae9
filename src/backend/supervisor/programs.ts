import { MARK } from "../../system/mark.ts";
import type { PipedProgram } from "../../system/piped.ts";
import type { Instance } from "../layout.ts";
import { modulesOf } from "../settings.ts";
import type { SupervisorPorts } from "./ports.ts";
import type { SupervisorSpec } from "./spec.ts";

/** Of all that one instance starts; ends in a slash, so that no mark begins another one. */
export const markOf = ({ nonce }: Pick<SupervisorSpec, "nonce">, name: string): string => `${nonce}/${name}/`;

const filled = (text: string, { name, server, port, modules }: Instance): string =>
	text
		.replaceAll("{port}", String(port))
		.replaceAll("{name}", name)
		.replaceAll("{server}", server)
		.replaceAll("{modules}", modules.join(","));

/** The words of a command for one instance: `{port}`, `{name}`, `{server}` and `{modules}` are filled in. */
export const wordsFor = (command: readonly string[], instance: Instance): string[] =>
	command.map((word) => filled(word, instance));

/** The program of one instance, with ENABLED_MODULES in its environment. */
export function instanceProgram(
	spec: SupervisorSpec,
	instance: Instance,
	ports: Pick<SupervisorPorts, "environment">,
): PipedProgram {
	const settings = spec.settings.servers[instance.server]!;
	const [file, ...args] = spec.commands[instance.name]!;
	const own = Object.entries(settings.env).map(([name, value]) => [name, filled(value, instance)]);
	const given = {
		PYTHONUNBUFFERED: "1",
		...Object.fromEntries(own),
		ENABLED_MODULES: modulesOf(settings).join(","),
		API_BASE_URL: spec.settings.api_base_url,
		[MARK]: markOf(spec, instance.name),
	};
	return { file: file!, args, env: ports.environment(given, settings.pass_env), cwd: spec.place.root };
}

/** nginx in the foreground: its master is the process that is watched. */
export function gatewayProgram(spec: SupervisorSpec, ports: Pick<SupervisorPorts, "environment">): PipedProgram {
	const { gateway, directory } = spec.place;
	const args = ["-c", gateway, "-p", directory, "-g", "daemon off;"];
	return { file: spec.nginx, args, env: ports.environment({ [MARK]: markOf(spec, "nginx") }, []), cwd: directory };
}
