import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/sources.ts";

/** A command that goes on until it is stopped, and then needs a moment to tidy up. */
const WAITS = `
	import { BaseCommand } from ${JSON.stringify(pathToFileURL(join(ROOT, "src/cli/base-command.ts")).href)};
	import { setTimeout as delay } from "node:timers/promises";
	class Waits extends BaseCommand {
		async run() {
			await this.parse(Waits);
			process.stdout.write("waits\\n");
			await delay(60_000, undefined, { signal: this.signal }).catch(() => {});
			await delay(50);
			process.stdout.write("tidied up\\n");
			throw this.signal.reason;
		}
	}
	await Waits.run([], ${JSON.stringify(ROOT)}).catch(() => {});
	process.exit();
`;

it.each<[NodeJS.Signals, number, string]>([
	["SIGINT", 130, "interrupted"],
	["SIGTERM", 143, "terminated"],
	["SIGQUIT", 143, "terminated"],
	["SIGHUP", 143, "hung_up"],
])("F5: %s stops a command, which tidies up and exits %i", async (signal, code, name) => {
	const child = spawn(process.execPath, ["--input-type=module", "-e", WAITS], { stdio: ["ignore", "pipe", "pipe"] });
	child.stdout.once("data", () => child.kill(signal));
	const ended = once(child, "close");
	const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
	expect({ exitCode: exitCode as number, stdout }).toEqual({ exitCode: code, stdout: "waits\ntidied up\n" });
	expect(stderr).toMatch(new RegExp(`\n✖ .*\n {2}code: ${name}\n$`));
});

it.each<[NodeJS.Signals, number]>([
	["SIGINT", 130],
	["SIGTERM", 143],
])("F1: a second %s ends a command that tidies up, at once", async (signal, code) => {
	const source = WAITS.replace("await delay(50)", "await delay(60_000)");
	const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "pipe"] });
	child.stdout.once("data", () => child.kill(signal));
	child.stderr.once("data", () => child.kill(signal)); // it says that it stops
	const [stdout, stderr, [exitCode]] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		once(child, "close"),
	]);
	expect({ exitCode: exitCode as number, stdout }).toEqual({ exitCode: code, stdout: "waits\n" });
	expect(stderr).toBe("\nstopping; press Ctrl-C again to stop at once\n");
});
