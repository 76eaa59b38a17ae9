import { ansibleOf } from "../data/ansible.ts";
import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS378",
	scope: "static",
	severity: "error",
	question: "Is every variable that Ansible fills in set somewhere?",
	why: "A variable that was renamed in group_vars and not in a template stops the play on every host: `'db_host' is undefined`.",
	example: "`DB_HOST={{ db_host }}` in a template, and group_vars say database_host.",
	run(tree) {
		const { plays, taskFiles } = ansibleOf(tree);
		const files =
			plays.length === 0 || isOpen(tree)
				? []
				: usersOf(
						tree,
						[...plays, ...taskFiles].map(({ file }) => file),
					);
		const set = files.length === 0 ? new Set<string>() : setIn(tree);
		return { looked: `${files.length} playbooks and templates`, findings: files.flatMap((file) => unset(file, set)) };
	},
} satisfies StaticCheck;

/** What is set may stand where nobody can read it: a vault, a role of others, a plugin. */
const isOpen = (tree: Tree): boolean =>
	tree.paths.some((path) =>
		/(?:^|\/)(?:vault|secrets?)(?:\.|\/)[\w.-]*\.?ya?ml$|(?:^|\/)(?:roles|collections)\/requirements\.ya?ml$|(?:^|\/)(?:vars_plugins|lookup_plugins)\//.test(
			path,
		),
	) ||
	tree.files.some(
		(file) =>
			file.text.startsWith("$ANSIBLE_VAULT") ||
			(file.language !== "markdown" && file.has(/--extra-vars[= ]["']?@|\bvars_prompt:|(?:^|\s)-e[ ]["']?@/)),
	);

/** The playbooks, and the templates of the folder that they stand in. */
function usersOf(tree: Tree, playbooks: readonly SourceFile[]): SourceFile[] {
	const tops = new Set(playbooks.map(({ path }) => path.slice(0, path.indexOf("/") + 1)));
	const templates = tree.files.filter(
		({ path }) => /(?:^|\/)templates\/.*\.j2$/.test(path) && [...tops].some((top) => path.startsWith(top)),
	);
	return [...new Set([...playbooks, ...templates])].filter(({ path }) => !isTest(path));
}

const SETS =
	/^[ \t]*(?:-[ \t]+)?(?:register|loop_var|index_var)[ \t]*:[ \t]*["']?(\w+)|^[ \t]*(?:-[ \t]+)?["']?([A-Za-z_]\w*)["']?[ \t]*[:=]|\b([A-Za-z_]\w*)=|\{%-?[ \t]*(?:set|for|macro)[ \t]+([\w \t,]+)|[{,][ \t]*["']?(\w+)["']?[ \t]*:/gm;

function setIn(tree: Tree): Set<string> {
	const files = tree.files.filter(
		({ language, path }) => language !== "markdown" || /(?:^|\/)(?:README|docs)/i.test(path),
	);
	return new Set(
		files
			.filter(({ text }) => text.length < 200_000)
			.flatMap(({ text }) => [...text.matchAll(SETS)])
			.flatMap(([, ...names]) => names.flatMap((one) => one?.split(/[\s,]+/) ?? [])),
	);
}

/** https://docs.ansible.com/ansible/latest/reference_appendices/special_variables.html, and words of Jinja. */
const OWN =
	/^(?:ansible_\w+|item|inventory_\w+|hostvars|groups|group_names|play_hosts|playbook_dir|role_path|role_name|role_names|omit|environment|vars|lookup|query|q|now|undef|range|dict|loop|namespace|true|false|True|False|None|none|not|self|caller|varargs|kwargs|cycler|joiner|lipsum|template_\w+)$/;
/** One name, what belongs to it, and filters that do not stand in for it. */
const USE = /\{\{-?[ \t]*([A-Za-z_]\w*)((?:\.\w+|\[[^\]\n]*\])*)[ \t]*((?:\|[^{}\n]*)?)-?\}\}/g;

function unset(file: SourceFile, set: ReadonlySet<string>): Found[] {
	const reported = new Set<string>();
	return file.matches(USE).flatMap(({ 0: all, 1: name, 3: filters, index }): Found[] => {
		if (OWN.test(name!) || set.has(name!) || /\b(?:default|d)\b/.test(filters!) || reported.has(name!)) return [];
		if (
			new RegExp(`\\b${name!}[ \\t]+is[ \\t]+(?:not[ \\t]+)?(?:un)?defined`).test(file.text) ||
			/^\s*#/.test(file.lines[file.lineAt(index) - 1]!)
		)
			return [];
		reported.add(name!);
		const known = [...set].filter((one) => one.includes("_") && one === one.toLowerCase());
		const last = name!.split("_").at(-1)!;
		const meant = nearest(name!, known, 3) ?? known.find((one) => one.endsWith(`_${last}`) && one[0] === name![0]);
		const at = index + all.indexOf(name!);
		return [
			{
				message: `${file.path} fills in ${name!}, which nothing of the tree sets`,
				evidence: [file.placeAt(at)],
				fix: {
					say:
						meant === undefined
							? `set ${name!} in group_vars, or write another name`
							: `write ${meant}, or set ${name!}`,
					...(meant === undefined ? {} : editAt(file, at, name!, meant)),
				},
			},
		];
	});
}
