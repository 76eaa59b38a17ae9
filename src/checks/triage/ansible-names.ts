import { posix } from "node:path";
import { ansibleOf, tasksBelow, type Ansible } from "../data/ansible.ts";
import { nearest } from "../../system/nearest.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { endingIn } from "../launch/resolve.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS377",
	scope: "static",
	severity: "error",
	question: "Does Ansible find every handler, group of hosts and file that a playbook names?",
	why: "A handler of another name stops the play after half of its tasks; a play for a group that is not there does nothing, and says so only in a warning.",
	example:
		"`notify: restart agent` and the handler is called Restart fleet agent; `hosts: database` and the inventory has [db].",
	run(tree) {
		const ansible = ansibleOf(tree);
		const tasks = [...ansible.plays, ...ansible.taskFiles].flatMap(tasksBelow);
		const findings = [
			...notified(ansible, tasks),
			...ansible.plays.flatMap((play) => unknownHosts(ansible, play)),
			...tasks.flatMap((task) => goneFiles(tree, task)),
			...sameAddress(ansible),
		];
		return { looked: `${ansible.plays.length} plays, ${ansible.hosts.length} hosts`, findings };
	},
} satisfies StaticCheck;

const isComputed = (text: string): boolean => /\{\{|\{%/.test(text);

/** Handlers have no list of their own once included: every task of the tree counts as one. */
function notified({ plays, taskFiles }: Ansible, tasks: readonly Part[]): Found[] {
	const inHandlers = [
		...plays.flatMap((play) => play.get("handlers")?.list ?? []),
		...taskFiles.filter(({ file }) => /(?:^|\/)handlers\//.test(file.path)),
	].flatMap(tasksBelow);
	const names = inHandlers.flatMap((one) =>
		[one.get("name")?.text ?? [], ...(one.get("listen")?.texts ?? []).map(({ text }) => text!)].flat(),
	);
	const open =
		names.some(isComputed) ||
		plays.some((play) => (play.get("roles")?.list ?? []).some((role) => isForeign(role, taskFiles)));
	if (open) return [];
	return tasks.flatMap((task) =>
		(task.get("notify")?.texts ?? []).flatMap((part): Found[] => {
			const text = part.text!.replace(/^[\w-]+ : /, "");
			if (isComputed(text) || names.includes(text)) return [];
			const meant = names.find((one) => one.toLowerCase() === text.toLowerCase()) ?? nearest(text, names);
			const handler = inHandlers.find((one) => one.get("name")?.text === (meant ?? names[0]));
			return [
				{
					message: `${part.file.path} notifies \`${text}\`, and no handler has that name`,
					evidence: [part.place, ...(handler === undefined ? [] : [handler.place])],
					fix: {
						say:
							names.length === 0
								? `add a handler with the name ${text}`
								: `write ${meant ?? `the name of a handler: ${names.slice(0, 4).join(", ")}`}`,
						...(meant === undefined ? {} : editOf(part.file, part.line, text, meant)),
					},
				},
			];
		}),
	);
}

/** A role that the tree does not have. */
function isForeign(role: Part, taskFiles: readonly Part[]): boolean {
	const name = role.text ?? role.get("role")?.text ?? role.get("name")?.text ?? "";
	return !taskFiles.some(({ file }) => file.path.includes(`${name}/tasks/`));
}

function unknownHosts({ groups, hosts, dynamic, inventories }: Ansible, play: Part): Found[] {
	const part = play.get("hosts");
	if (part === undefined || dynamic || inventories.length === 0) return [];
	const known = [...groups, ...hosts.map(({ name }) => name)];
	return part.texts.flatMap((one) =>
		one.text!.split(/[:,]/).flatMap((word): Found[] => {
			const name = word.trim().replace(/^[&!]/, "");
			if (!/^[\w.-]+$/.test(name) || /^(?:all|localhost|127\.0\.0\.1|ungrouped)$/.test(name) || known.includes(name))
				return [];
			if (known.some((host) => host.includes("[") && name.startsWith(host.slice(0, host.indexOf("["))))) return [];
			const meant =
				nearest(name, known) ??
				known.find((host) => host.length > 1 && (name.startsWith(host) || host.startsWith(name)));
			return [
				{
					message: `${part.file.path} has a play for ${name}, and no inventory of the tree has such a group or host`,
					evidence: [one.place, inventories[0]!.place(1)],
					fix: { say: meant === undefined ? `name one of ${[...groups].slice(0, 6).join(", ")}` : `write ${meant}` },
				},
			];
		}),
	);
}

const MODULES =
	/^(?:ansible\.builtin\.)?(?:copy|template|script|unarchive|assemble|include_tasks|import_tasks|include_vars)$/;

function goneFiles(tree: Tree, task: Part): Found[] {
	return [...task.map].flatMap(([key, options]): Found[] => {
		const module = MODULES.exec(key)?.[0].replace("ansible.builtin.", "");
		const source = /^(?:script|include_\w+|import_\w+)$/.test(module ?? "")
			? options.text === undefined
				? options.get("file")
				: options
			: options.get("src");
		const text = source?.text?.split(/\s/)[0];
		if (module === undefined || text === undefined || isComputed(source!.text!) || /^[/~]|:\/\//.test(text)) return [];
		if (/^(?:yes|true)$/i.test(options.get("remote_src")?.text ?? "") || isThere(tree, task.file.path, text)) return [];
		return [
			{
				message: `${task.file.path} gives ${module} the file ${text}, which is not in the tree`,
				evidence: [source!.place],
				fix: { say: `bring ${posix.join(posix.dirname(task.file.path), text)} back, or name the file that is there` },
			},
		];
	});
}

/** Beside the playbook, in its `files` and `templates`, in those of its role, or wherever a path ends so. */
function isThere(tree: Tree, by: string, text: string): boolean {
	const folder = posix.dirname(by);
	const bases = [folder, posix.join(folder, ".."), ""].flatMap((one) => [
		one,
		...["files", "templates", "tasks", "vars"].map((name) => posix.join(one, name)),
	]);
	return (
		bases.some((base) => tree.has(posix.join(base, text))) ||
		endingIn(tree, text) !== undefined ||
		tree.files.some(({ path, text: all }) => path.endsWith(".gitignore") && all.includes(posix.basename(text)))
	);
}

/** Two hosts of one inventory with one address: one of them is another machine. */
function sameAddress({ hosts }: Ansible): Found[] {
	const sides = hosts.filter(({ address }) => address !== undefined && !/^(?:127\.|localhost)/.test(address));
	const groups = [
		...Map.groupBy(sides, ({ file, address, port }) => `${file.path} ${address!} ${port ?? ""}`).values(),
	];
	return groups.flatMap((all): Found[] => {
		const names = [...new Set(all.map(({ name }) => name))];
		const [first] = all;
		const later = all.find(({ name }) => name !== first!.name);
		if (later === undefined) return [];
		return [
			{
				message: `${names.join(" and ")} have one address, ${first!.address!}`,
				evidence: [placeIn(later.file, later.line), placeIn(first!.file, first!.line)],
				fix: { say: `write the address of ${later.name}` },
				severity: "warning",
			},
		];
	});
}
