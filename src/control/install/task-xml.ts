import { windowsArguments } from "./arguments.ts";
import { LOCAL_SERVICE, type Logon } from "./logon.ts";

export interface Task {
	/** `\CRES-ControlPlane-Boot`. */
	uri: string;
	/** `HOST\name` of who registers it. */
	user: string;
	logon: Logon;
	/** Absolute paths, and arguments that are quoted here. */
	program: string;
	args: readonly string[];
	directory: string;
}

/** How cres knows a task of its own. */
export const SOURCE = "cres control install";

/**
 * A task of the Windows Task Scheduler, version 1.2, in the order of its schema.
 * @see https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema
 */
export function taskXml({ uri, user, logon, program, args, directory }: Task): string {
	return [
		'<?xml version="1.0" encoding="UTF-16"?>',
		'<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
		...element("RegistrationInfo", [
			leaf("Source", SOURCE),
			leaf("Author", user),
			leaf("Description", "Starts the control plane of cres: what is not ready, in order."),
			leaf("URI", uri),
		]),
		...element("Triggers", trigger(logon, user)),
		...element("Principals", ['<Principal id="Runner">', ...indented(principal(logon, user)), "</Principal>"]),
		...element("Settings", settings()),
		'  <Actions Context="Runner">',
		...indented(
			element("Exec", [
				leaf("Command", program),
				leaf("Arguments", windowsArguments(args)),
				leaf("WorkingDirectory", directory),
			]),
		),
		"  </Actions>",
		"</Task>",
		"",
	].join("\r\n");
}

/** As schtasks /create /xml takes it: UTF-16, little-endian, with its mark. */
export const taskFile = (xml: string): Buffer => Buffer.from(`\uFEFF${xml}`, "utf16le");

/** At start-up the network and Docker come up beside it. */
const trigger = (logon: Logon, user: string): string[] =>
	logon === "interactive"
		? ["<LogonTrigger>", "  <Enabled>true</Enabled>", `  ${leaf("UserId", user)}`, "</LogonTrigger>"]
		: ["<BootTrigger>", "  <Enabled>true</Enabled>", "  <Delay>PT30S</Delay>", "</BootTrigger>"];

const principal = (logon: Logon, user: string): string[] =>
	logon === "local-service"
		? [leaf("UserId", LOCAL_SERVICE)]
		: [
				leaf("UserId", user),
				leaf("LogonType", logon === "s4u" ? "S4U" : "InteractiveToken"),
				leaf("RunLevel", "LeastPrivilege"),
			];

/** A boot that fails is tried again; nothing ends it or what it started; 7, the default priority, is below normal. */
const settings = (): string[] => [
	leaf("MultipleInstancesPolicy", "IgnoreNew"),
	leaf("DisallowStartIfOnBatteries", "false"),
	leaf("StopIfGoingOnBatteries", "false"),
	leaf("AllowHardTerminate", "false"),
	leaf("StartWhenAvailable", "true"),
	leaf("RunOnlyIfNetworkAvailable", "false"),
	leaf("AllowStartOnDemand", "true"),
	leaf("Enabled", "true"),
	leaf("Hidden", "false"),
	leaf("ExecutionTimeLimit", "PT0S"),
	leaf("Priority", "5"),
	"<RestartOnFailure>",
	`  ${leaf("Interval", "PT1M")}`,
	`  ${leaf("Count", "5")}`,
	"</RestartOnFailure>",
];

const element = (name: string, inner: readonly string[]): string[] => [
	`  <${name}>`,
	...indented(indented(inner)),
	`  </${name}>`,
];

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const leaf = (name: string, text: string): string => `<${name}>${escaped(text)}</${name}>`;

const ENTITIES: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&apos;",
};

/** Without control characters, for most of which XML 1.0 has no form. */
export const escaped = (text: string): string =>
	text
		.toWellFormed()
		.replaceAll(/(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]/gu, "")
		.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
