import { describe, expect, it } from "vitest";
import { readCommandLine } from "../../src/cli/command-line.ts";

const COMMANDS = ["deploy", "exit-codes", "version", "ssh", "lock:show", "rehearse", "rehearse:down"];
const known = {
	isCommand: (id: string) => COMMANDS.includes(id),
	isTopic: (id: string) => COMMANDS.some((one) => one.startsWith(`${id}:`)),
};
const read = (line: string) => readCommandLine(line === "" ? [] : line.split(" "), known);
const run = (id: string, ...argv: string[]) => ({ kind: "run", id, argv });
const help = (id: string) => ({ kind: "help", id });

describe("a command line", () => {
	it.each([
		["deploy cpu-1 --dry-run", run("deploy", "cpu-1", "--dry-run")],
		["lock show cpu-1", run("lock:show", "cpu-1")],
		["lock:show cpu-1", run("lock:show", "cpu-1")],
		["rehearse", run("rehearse")],
		["--no-color deploy cpu-1", run("deploy", "--no-color", "cpu-1")],
		["rehearse down", run("rehearse:down")],
	])("%s names its command", (line, expected) => {
		expect(read(line)).toEqual(expected);
	});

	it.each([
		["exit-codes 4", run("exit-codes", "4")],
		["rehearse now", run("rehearse", "now")],
		["deploy 1 2 3", run("deploy", "1", "2", "3")],
	])("F7: %s gives what follows to the command", (line, expected) => {
		expect(read(line)).toEqual(expected);
	});

	it.each([
		["", help("")],
		["-h", help("")],
		["--help", help("")],
		["help", help("")],
		["deploy -h", help("deploy")],
		["deploy cpu-1 --help", help("deploy")],
		["help lock show", help("lock:show")],
		["lock", help("lock")],
		["lock --help", help("lock")],
		["rehearse -h", help("rehearse")],
		["-v", run("version")],
		["--version --json", run("version", "--json")],
		["version", run("version")],
	])("F8: %j asks for help or the version", (line, expected) => {
		expect(read(line)).toEqual(expected);
	});

	it("leaves what stands after -- to the command", () => {
		expect(read("ssh gpu-1 -- ls -h --version")).toEqual(run("ssh", "gpu-1", "--", "ls", "-h", "--version"));
	});

	it.each([
		["-c staging.yaml --json deploy cpu-1", run("deploy", "-c", "staging.yaml", "--json", "cpu-1")],
		["-cstaging.yaml deploy", run("deploy", "-cstaging.yaml")],
		["--config= deploy", run("deploy", "--config=")],
		["--log-file=x --verbose deploy", run("deploy", "--log-file=x", "--verbose")],
		["--json -v", run("version", "--json")],
		["--quiet", { kind: "help", id: "" }],
	])("%s takes global flags before the command", (line, expected) => {
		expect(read(line)).toEqual(expected);
	});

	it.each([
		["deplyo --json", { kind: "unknown-command", words: ["deplyo"] }],
		["lock shwo cpu-1", { kind: "unknown-command", words: ["lock", "shwo", "cpu-1"] }],
		["help deplyo", { kind: "unknown-command", words: ["deplyo"] }],
		["deplyo --help", { kind: "unknown-command", words: ["deplyo"] }],
		["constructor", { kind: "unknown-command", words: ["constructor"] }],
		["toString=1 deploy", { kind: "unknown-command", words: ["toString=1", "deploy"] }],
		["--bogus deploy", { kind: "unknown-flag", flag: "--bogus" }],
	])("%s is unknown", (line, expected) => {
		expect(read(line)).toEqual(expected);
	});
});
