import { parseDocument } from "yaml";
import { standingOf } from "../facts/standing.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { Part } from "../workflows/part.ts";

/** A host of an inventory in the form of INI. */
interface InventoryHost {
	name: string;
	group: string;
	address: string | undefined;
	port: string | undefined;
	file: SourceFile;
	line: number;
}

/** What the tree says to Ansible. */
export interface Ansible {
	/** Plays with their file. */
	plays: readonly Part[];
	/** Lists of tasks and handlers of roles, and of files that are included. */
	taskFiles: readonly Part[];
	hosts: readonly InventoryHost[];
	groups: ReadonlySet<string>;
	/** Where the hosts are named; empty: nobody knows them. */
	inventories: readonly SourceFile[];
	/** Hosts come from a program or a provider too. */
	dynamic: boolean;
}

const TASKS = /(?:^|\/)(?:tasks|handlers)\/[^/]+\.ya?ml$/;

/** The playbooks, roles and inventories of a tree, read once. */
export const ansibleOf = once((tree: Tree): Ansible => {
	const yaml = tree
		.in("yaml")
		.filter(
			(file) => standingOf(file.path) === "live" && file.has(/^[ \t]*-[ \t]/m) && !file.path.startsWith(".github/"),
		);
	const plays = yaml
		.filter(
			({ text }) => /^(?:- |[ \t]+)hosts:/m.test(text) && /^[ \t]+(?:tasks|roles|handlers|pre_tasks):/m.test(text),
		)
		.flatMap(itemsOf);
	const taskFiles = yaml.filter(({ path }) => TASKS.test(path)).flatMap(itemsOf);
	const inventories = tree.files.filter(isInventory);
	const read = inventories.map(inventoryOf);
	return {
		plays: plays.filter((one) => one.get("hosts") !== undefined),
		taskFiles,
		hosts: read.flatMap(({ hosts }) => hosts),
		groups: new Set(read.flatMap(({ groups }) => groups)),
		inventories,
		dynamic: tree.files.some(
			(file) =>
				(/(?:^|\/)inventor(?:y|ies)\//.test(file.path) && (file.language === "python" || file.has(/^plugin:/m))) ||
				(file.language === "yaml" && file.has(/^all:\s*$/m)) ||
				file.has(/\badd_host:|\bgroup_by:/),
		),
	};
});

function itemsOf(file: SourceFile): readonly Part[] {
	const document = parseDocument(file.text, { prettyErrors: false, uniqueKeys: false, logLevel: "silent" });
	return document.errors.length > 0 ? [] : new Part(file, document, document.contents).list;
}

const isInventory = (file: SourceFile): boolean =>
	standingOf(file.path) === "live" &&
	(/(?:^|\/)(?:inventor(?:y|ies)\/(?:[\w-]+\/)*[\w-]+(?:\.(?:ini|cfg))?|hosts(?:\.ini)?|inventory(?:\.ini)?)$/.test(
		file.path,
	) ||
		file.has(/\bansible_host\s*=/)) &&
	/^\[[\w.:-]+\]/m.test(file.text) &&
	!/\.(?:ya?ml|py|md|j2)$/.test(file.path);

function inventoryOf(file: SourceFile): { hosts: InventoryHost[]; groups: string[] } {
	let [group, kind] = ["ungrouped", ""];
	const groups: string[] = [];
	const hosts = file.lines.flatMap((text, index): InventoryHost[] => {
		const [, head, as = ""] = /^\[([\w.-]+)(?::(\w+))?\]/.exec(text) ?? [];
		if (head !== undefined) {
			[group, kind] = [head, as];
			groups.push(head);
			return [];
		}
		const name = /^([\w.[\]:-]+)(?=\s|$)/.exec(text)?.[1];
		if (name === undefined || kind === "vars" || name.includes("=")) return [];
		if (kind === "children") {
			groups.push(name);
			return [];
		}
		const value = (key: string) => new RegExp(`\\b${key}\\s*=\\s*["']?([\\w.:-]+)`).exec(text)?.[1];
		return [{ name, group, address: value("ansible_host"), port: value("ansible_port"), file, line: index + 1 }];
	});
	return { hosts, groups };
}

const BLOCKS = ["tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"];

/** All tasks of a play or of a file, those of blocks too; a task itself is one of them. */
export const tasksBelow = (part: Part): readonly Part[] => [
	part,
	...BLOCKS.flatMap((key) => part.get(key)?.list ?? []).flatMap(tasksBelow),
];
