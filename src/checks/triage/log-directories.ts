import { posix } from "node:path";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { copiesOf } from "../dockerfile/image-files.ts";
import { supervisorFilesOf } from "../supervisor/programs.ts";
import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** There in every Linux, and those that the package of supervisor or of a server makes. */
const THERE =
	/^\/(?:|tmp|var|var\/log|var\/tmp|var\/run|run|dev|proc(?:\/.*)?|dev\/.*|root|home|opt|srv|mnt|etc|usr\/local|var\/log\/supervisor|etc\/supervisor(?:\/conf\.d)?|var\/log\/nginx|var\/lib|var\/cache)$/;

export default {
	code: "TS323",
	scope: "static",
	severity: "error",
	question: "Does the image make the folder of every log file?",
	why: "Supervisor refuses a program whose log's folder is absent: the API never comes up, and there is no log that says why.",
	example: "`stdout_logfile=/var/log/app/api.log` needs `RUN mkdir -p /var/log/app`.",
	run(tree) {
		const files = supervisorFilesOf(tree).filter(({ file }) => !isAside(file.path));
		const known = dockerfilesOf(tree).length > 0;
		const findings = known ? files.flatMap((ini) => unmade(tree, ini)) : [];
		return {
			looked: `${files.length} files of supervisor`,
			findings,
			...(known || files.length === 0
				? {}
				: {
						couldNotLook: [
							{
								what: "whether the folders of logs are made: the tree has no Dockerfile",
								how: "run triage where the Dockerfile is",
							},
						],
					}),
		};
	},
} satisfies StaticCheck;

function unmade(tree: Tree, { file, sections }: ReturnType<typeof supervisorFilesOf>[number]): Found[] {
	const seen = new Set<string>();
	return sections.flatMap(({ options }) =>
		options.flatMap(({ name, value, line }): Found[] => {
			if (
				!/^(?:stdout_logfile|stderr_logfile|logfile|childlogdir)$/.test(name) ||
				!value.startsWith("/") ||
				value.includes("%")
			)
				return [];
			const folder = posix.normalize(name === "childlogdir" ? value : posix.dirname(value)).replace(/(?<=.)\/$/, "");
			if (THERE.test(folder) || seen.has(folder) || isMade(tree, folder)) return [];
			seen.add(folder);
			return [
				{
					message: `${file.path} writes a log into ${folder}, and no instruction or script of the tree makes it`,
					evidence: [file.place(line)],
					fix: { say: `RUN mkdir -p ${folder} in the Dockerfile` },
				},
			];
		}),
	);
}

/** A Dockerfile, a script or a program that names the folder, or a COPY that lands in it. */
function isMade(tree: Tree, folder: string): boolean {
	const whole = new RegExp(`${RegExp.escape(folder)}(?![\\w.-])`);
	const named = tree.files.some(
		({ text, language }) => /^(?:dockerfile|shell|python|javascript|yaml|text)$/.test(language) && whole.test(text),
	);
	const braces = tree.files.some(
		({ text, language }) =>
			/^(?:dockerfile|shell)$/.test(language) &&
			text.includes(`${posix.dirname(folder)}/{`) &&
			text.includes(posix.basename(folder)),
	);
	const workdir = dockerfilesOf(tree).some(({ stages }) =>
		stages.some((stage) =>
			copiesOf(stage).some(
				({ to }) => to !== undefined && (to.replace(/\/$/, "") === folder || to.startsWith(`${folder}/`)),
			),
		),
	);
	return named || braces || workdir;
}
