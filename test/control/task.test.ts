import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	systemdArgument,
	systemdWord,
	windowsArgument,
	windowsArguments,
} from "../../src/control/install/arguments.ts";
import { LOGONS, logonFacts } from "../../src/control/install/logon.ts";
import { unitText } from "../../src/control/install/systemd-unit.ts";
import { escaped, taskFile, taskXml, type Task } from "../../src/control/install/task-xml.ts";
import { argvOf, readXml, type XmlElement } from "../support/windows-texts.ts";

const task: Task = {
	uri: "\\CRES-ControlPlane-Boot",
	user: "HUIHUANG\\ops",
	logon: "s4u",
	program: "C:\\Program Files\\nodejs\\node.exe",
	args: ["C:\\cres & co\\bin\\run.js", "control", "boot", "--config", 'C:\\a "b"\\cres.yaml'],
	directory: "C:\\cres & co",
};

/**
 * The elements of https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema that a task of ours may have,
 * read from its XSD: `all` in any order, each once; `sequence` in this order.
 */
const SCHEMA: Readonly<
	Record<string, { kind: "all" | "sequence"; of: readonly string[]; required?: readonly string[] }>
> = {
	Task: {
		kind: "all",
		of: ["RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions"],
		required: ["Actions"],
	},
	RegistrationInfo: {
		kind: "all",
		of: ["URI", "SecurityDescriptor", "Source", "Date", "Author", "Version", "Description", "Documentation"],
	},
	Triggers: { kind: "sequence", of: ["BootTrigger", "LogonTrigger"] },
	BootTrigger: {
		kind: "sequence",
		of: ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "Delay"],
	},
	LogonTrigger: {
		kind: "sequence",
		of: ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit", "UserId", "Delay"],
	},
	Principals: { kind: "sequence", of: ["Principal"], required: ["Principal"] },
	Principal: { kind: "all", of: ["UserId", "LogonType", "GroupId", "DisplayName", "RunLevel"] },
	Settings: {
		kind: "all",
		of: [
			...["AllowStartOnDemand", "RestartOnFailure", "MultipleInstancesPolicy", "DisallowStartIfOnBatteries"],
			...["StopIfGoingOnBatteries", "AllowHardTerminate", "StartWhenAvailable", "NetworkProfileName"],
			...["RunOnlyIfNetworkAvailable", "WakeToRun", "Enabled", "Hidden", "DeleteExpiredTaskAfter"],
			...["IdleSettings", "NetworkSettings", "ExecutionTimeLimit", "Priority", "RunOnlyIfIdle"],
		],
	},
	RestartOnFailure: { kind: "all", of: ["Interval", "Count"], required: ["Interval", "Count"] },
	Actions: { kind: "sequence", of: ["Exec"], required: ["Exec"] },
	Exec: { kind: "all", of: ["Command", "Arguments", "WorkingDirectory"], required: ["Command"] },
};
/** Simple types of the same schema. */
const VALUES: Readonly<Record<string, RegExp>> = {
	Enabled: /^(true|false)$/,
	LogonType: /^(S4U|Password|InteractiveToken|InteractiveTokenOrPassword)$/,
	RunLevel: /^(LeastPrivilege|HighestAvailable)$/,
	MultipleInstancesPolicy: /^(Parallel|Queue|IgnoreNew|StopExisting)$/,
	Priority: /^([0-9]|10)$/,
	Delay: /^PT\d+[SM]$/,
	ExecutionTimeLimit: /^PT\d+[SMH]$/,
	Interval: /^PT[1-9]\d*M$/,
	Count: /^[1-9]\d*$/,
	URI: /^\\[^\\]+$/,
};

function faults({ name, children, text }: XmlElement): string[] {
	const rule = SCHEMA[name];
	if (!rule) return (VALUES[name]?.test(text) ?? children.length === 0) ? [] : [`${name}: ${text}`];
	const names = children.map((child) => child.name);
	const places = names.map((one) => rule.of.indexOf(one));
	return [
		...names.filter((one) => !rule.of.includes(one)).map((one) => `${name} has no ${one}`),
		...(new Set(names).size === names.length ? [] : [`${name} has one twice`]),
		...(rule.required ?? []).filter((one) => !names.includes(one)).map((one) => `${name} lacks ${one}`),
		...(rule.kind === "sequence" && places.some((at, index) => index > 0 && at < places[index - 1]!)
			? [`order of ${name}`]
			: []),
		...children.flatMap(faults),
	];
}
const find = (element: XmlElement, name: string): XmlElement | undefined =>
	element.name === name ? element : element.children.map((child) => find(child, name)).find(Boolean);

describe("the task", () => {
	it.each(LOGONS)("for %s is one of the published schema", (logon) => {
		const root = readXml(taskXml({ ...task, logon }));
		expect(root.attributes).toEqual({ version: "1.2", xmlns: "http://schemas.microsoft.com/windows/2004/02/mit/task" });
		expect(faults(root)).toEqual([]);
		const context = find(root, "Actions")!.attributes["Context"];
		expect(find(root, "Principal")!.attributes["id"]).toBe(context);
	});

	it("is refused by the same rules when an element is wrong, twice, missing or out of order", () => {
		const wrong = (from: string | RegExp, to: string) => faults(readXml(taskXml(task).replace(from, to)));
		expect(wrong("<Priority>5</Priority>", "<Priority>11</Priority>")).toEqual(["Priority: 11"]);
		expect(wrong("<LogonType>S4U</LogonType>", "<LogonType>S4</LogonType>")).toEqual(["LogonType: S4"]);
		expect(
			wrong(/<Enabled>true<\/Enabled>\s*<Delay>PT30S<\/Delay>/, "<Delay>PT30S</Delay><Enabled>true</Enabled>"),
		).toEqual(["order of BootTrigger"]);
		expect(wrong("<Count>5</Count>", "")).toEqual(["RestartOnFailure lacks Count"]);
		expect(wrong("<Hidden>false</Hidden>", "<Hiden>false</Hiden>")).toEqual(["Settings has no Hiden"]);
	});

	it("starts at start-up but for interactive, whose trigger and principal are the user's logon", () => {
		const shape = (logon: Task["logon"]) => {
			const root = readXml(taskXml({ ...task, logon }));
			return [find(root, "Triggers")!.children[0]!.name, ...find(root, "Principal")!.children.map(({ text }) => text)];
		};
		expect(shape("s4u")).toEqual(["BootTrigger", "HUIHUANG\\ops", "S4U", "LeastPrivilege"]);
		expect(shape("interactive")).toEqual(["LogonTrigger", "HUIHUANG\\ops", "InteractiveToken", "LeastPrivilege"]);
		expect(shape("local-service")).toEqual(["BootTrigger", "S-1-5-19"]);
	});

	it("says of each logon what it forbids, and asks for no password", () => {
		for (const logon of LOGONS) {
			expect(logonFacts(logon, "H\\u").forbids).not.toBe("");
			expect(taskXml({ ...task, logon })).not.toMatch(/Password/);
		}
	});

	it('carries paths with & < " and blanks back out as they went in', () => {
		const root = readXml(taskXml(task));
		expect(find(root, "Command")!.text).toBe(task.program);
		expect(find(root, "WorkingDirectory")!.text).toBe(task.directory);
		expect(argvOf(find(root, "Arguments")!.text)).toEqual(task.args);
	});

	it("is UTF-16LE with a mark and CRLF", () => {
		const bytes = taskFile(taskXml({ ...task, directory: "C:\\Übung\\辉煌" }));
		expect([...bytes.subarray(0, 4)]).toEqual([0xff, 0xfe, 0x3c, 0x00]);
		const text = bytes.toString("utf16le").slice(1);
		expect(text).toMatch(/^<\?xml version="1.0" encoding="UTF-16"\?>\r\n/);
		expect(text.replaceAll("\r\n", "")).not.toContain("\n");
		expect(find(readXml(text), "WorkingDirectory")!.text).toBe("C:\\Übung\\辉煌");
	});

	it("lets nothing of a text become markup (any text)", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				const root = readXml(`<Task>${escaped(text)}</Task>`);
				expect(root.children).toEqual([]);
				expect(root.text).toBe(text.toWellFormed().replaceAll(/(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]/gu, ""));
			}),
		);
	});
});

describe("arguments", () => {
	it.each([
		["plain", "plain"],
		["", '""'],
		["two words", '"two words"'],
		["C:\\a b\\", '"C:\\a b\\\\"'],
		['say "hi"', '"say \\"hi\\""'],
		['back\\"slash', '"back\\\\\\"slash"'],
		["C:\\plain\\", "C:\\plain\\"],
	])("%j is written as %s", (text, expected) => {
		expect(windowsArgument(text)).toBe(expected);
		expect(argvOf(expected)).toEqual([text]);
	});

	it("are what CommandLineToArgvW reads (any argv)", () => {
		const text = fc.string({ unit: fc.constantFrom('"', "\\", " ", "\t", "a", "ü", "%", "&", "'") });
		fc.assert(
			fc.property(fc.array(text), (argv) => {
				expect(argvOf(windowsArguments(argv))).toEqual(argv);
			}),
		);
	});

	it("of systemd are quoted so that nothing in them is expanded", () => {
		expect(systemdArgument('/a b/%h/$HOME/"q"\\')).toBe('"/a b/%%h/$$HOME/\\"q\\"\\\\"');
		expect(systemdWord("/a b/%h/$HOME")).toBe('"/a b/%%h/$HOME"');
	});
});

it("a unit boots once, stays active, and ends no service", () => {
	expect(
		unitText({
			scope: "system",
			program: "/usr/bin/node",
			args: ["/opt/cres/bin/run.js", "--config", "/srv/a b/cres.yaml"],
			directory: "/srv/a b",
			path: "/opt/100%/bin:/usr/bin",
			timeoutS: 150,
		}),
	).toMatchInlineSnapshot(`
		"# Made by cres control install; cres control uninstall removes it.
		[Unit]
		Description=Control plane of cres
		Wants=network-online.target
		After=network-online.target docker.service
		StartLimitIntervalSec=0

		[Service]
		Type=oneshot
		RemainAfterExit=yes
		WorkingDirectory=/srv/a b
		Environment="PATH=/opt/100%%/bin:/usr/bin"
		ExecStart="/usr/bin/node" "/opt/cres/bin/run.js" "--config" "/srv/a b/cres.yaml" "control" "boot"
		ExecStop="/usr/bin/node" "/opt/cres/bin/run.js" "--config" "/srv/a b/cres.yaml" "control" "stop"
		KillMode=process
		Restart=on-failure
		RestartSec=60
		TimeoutStartSec=150

		[Install]
		WantedBy=multi-user.target
		"
	`);
});
