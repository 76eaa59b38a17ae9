import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import {
	systemdArgument,
	systemdWord,
	windowsArgument,
	windowsArguments,
} from "../../src/control/install/arguments.ts";
import { LOGONS, logonFacts } from "../../src/control/install/logon.ts";
import { unitText } from "../../src/control/install/systemd-unit.ts";
import { escaped, taskFile, taskXml, type Task } from "../../src/control/install/task-xml.ts";
import { ROOT } from "../support/sources.ts";
import { argvOf, readXml, type XmlElement } from "../support/windows-texts.ts";

const task: Task = {
	uri: "\\CRES-ControlPlane-Boot",
	user: "HUIHUANG\\ops",
	logon: "s4u",
	program: "C:\\Program Files\\nodejs\\node.exe",
	args: ["C:\\cres & co\\bin\\run.js", "control", "boot", "--config", 'C:\\a "b"\\cres.yaml'],
	directory: "C:\\cres & co",
};

/** What a validator of XML schemas says of the file that schtasks gets; nothing: it is valid. */
async function faults(xml: string): Promise<string[]> {
	const schema = await readFile(join(ROOT, "test/fixtures/task-scheduler/task.xsd"), "utf8");
	const { errors } = await validateXML({ xml: { fileName: "task.xml", contents: taskFile(xml) }, schema });
	return errors.map(({ message }) => message.replaceAll(/\{[^}]*\}|Schemas validity error : /g, "").trim());
}

const find = (element: XmlElement, name: string): XmlElement | undefined =>
	element.name === name ? element : element.children.map((child) => find(child, name)).find(Boolean);

describe("the task", () => {
	it.each(LOGONS)("for %s is one of the published schema", async (logon) => {
		const root = readXml(taskXml({ ...task, logon }));
		expect(root.attributes).toEqual({ version: "1.2", xmlns: "http://schemas.microsoft.com/windows/2004/02/mit/task" });
		expect(await faults(taskXml({ ...task, logon }))).toEqual([]);
	});

	it.each([
		["<Priority>5</Priority>", "<Priority>11</Priority>", "'11' is greater than the maximum"],
		["<LogonType>S4U</LogonType>", "<LogonType>S4</LogonType>", "'S4' is not an element of the set"],
		[
			"<Enabled>true</Enabled>\r\n      <Delay>PT30S</Delay>",
			"<Delay>PT30S</Delay><Enabled>true</Enabled>",
			"not expected",
		],
		["<Count>5</Count>", "", "Expected is ( Count )"],
		["<Hidden>false</Hidden>", "<Hiden>false</Hiden>", "'Hiden': This element is not expected"],
		["<Hidden>false</Hidden>", "<Hidden>false</Hidden><Hidden>true</Hidden>", "'Hidden': This element is not expected"],
		["<Interval>PT1M</Interval>", "<Interval>PT30S</Interval>", "'PT30S' is less than the minimum"],
		['Context="Runner"', 'Context="Other"', "No match found for key-sequence ['Other']"],
		[/<Command>.*<\/Command>/, `<Command>${"x".repeat(261)}</Command>`, "length of '261'"],
	])("is refused by it with %s as %s", async (from, to, message) => {
		const wrong = taskXml(task).replace(from, to);
		expect(wrong).not.toBe(taskXml(task));
		expect((await faults(wrong)).join("\n")).toContain(message);
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
